import assert from "node:assert/strict";
import {test} from "node:test";
import {
  SavedPresets,
  isApplied,
  presetOf,
  presetsFor,
  savedOf,
} from "../../../../viewer/jpkl_viewer/browser/contrast/presets.js";
import {makeStack, makeState} from "../../stacks.js";

/** @typedef {import("../../../../viewer/jpkl_viewer/browser/types.js").State} State */
/** @typedef {import("../../../../viewer/jpkl_viewer/browser/contrast/presets.js").Preset} Preset */

/** @param {...string} names */
const stackOf = (...names) =>
  makeStack({
    dims: [{name: "channel", size: names.length, coords: null, unit: ""}],
    channelDim: 0,
    channels: names.map((name, i) => ({name, color: `#00000${i}`})),
  });

const stack = stackOf("DNA", "actin", "DIC");

/** A composite whose third channel is hidden, with limits and gamma of its own. */
function shown() {
  const state = makeState(stack, {composite: true});
  state.channels.forEach((channel, i) =>
    Object.assign(channel, {limits: [i, 100 + i], gamma: 1 + i, visible: i < 2}),
  );
  return state;
}

/** @param {Preset[]} presets @param {string} name */
function find(presets, name) {
  const found = presets.find((preset) => preset.name === name);
  assert.ok(found, name);
  return found;
}

/** @param {State} state @param {Preset} preset @returns {State} */
const applied = (state, preset) => ({...state, ...preset.values});

/** @param {State} state */
const colors = (state) => state.channels.map(({color}) => color);

test("there are presets for as many channels as are shown, and they leave the others alone", () => {
  const state = shown();
  const presets = presetsFor(state, state, stack);
  assert.deepEqual(
    presets.map(({name}) => name),
    [
      "Suggested",
      "Green, magenta",
      "Magenta, green",
      "Cyan, orange",
      "Red, green",
      "All gray",
      "All inferno",
    ],
  );
  const after = applied(state, find(presets, "Magenta, green"));
  assert.deepEqual(colors(after), ["#ff00ff", "#00ff00", "#000002"]);
  assert.deepEqual(
    after.channels.map(({visible}) => visible),
    [true, true, false],
  );
});

test("colors change neither limits nor gamma", () => {
  const state = shown();
  const contrast = (/** @type {State} */ of) =>
    of.channels.map(({limits, gamma, auto}) => [limits, gamma, auto]);
  for (const preset of presetsFor(state, state, stack))
    assert.deepEqual(contrast(applied(state, preset)), contrast(state), preset.name);
});

test("of a channel that is shown alone, all are meant", () => {
  const state = {...shown(), composite: false};
  const presets = presetsFor(state, state, stack);
  const after = applied(state, find(presets, "Cyan, magenta, yellow"));
  assert.deepEqual([after.composite, colors(after)], [true, ["#00ffff", "#ff00ff", "#ffff00"]]);
  assert.ok(after.channels.every(({visible, colormap}) => visible && colormap === "color"));
});

test("gray is of one channel at a time, whatever colormap a channel has", () => {
  const state = shown();
  state.channels[0].colormap = "magma";
  const after = applied(state, find(presetsFor(state, state, stack), "All gray"));
  assert.deepEqual([after.composite, after.colormap, after.channels[0].colormap], [false, "gray", "color"]);
  assert.deepEqual(colors(after), colors(state));
});

test("Suggested goes back to the colors of the first view", () => {
  const first = shown();
  const state = applied(first, find(presetsFor(first, first, stack), "Red, green"));
  const preset = find(presetsFor(state, first, stack), "Suggested");
  assert.ok(!isApplied(preset, state));
  assert.deepEqual(applied(state, preset), first);
  assert.ok(isApplied(preset, first));
});

/** A store in memory. */
function memory() {
  /** @type {Map<string, string>} */
  const entries = new Map();
  return {
    entries,
    getItem: (/** @type {string} */ name) => entries.get(name) ?? null,
    setItem: (/** @type {string} */ name, /** @type {string} */ text) => void entries.set(name, text),
    removeItem: (/** @type {string} */ name) => void entries.delete(name),
  };
}

test("what is saved is for all stacks with the same channels, with limits only if it is to have them", () => {
  const store = memory();
  const state = {...shown(), colormap: "magma"};
  state.channels[1].color = "#123456";
  const saved = new SavedPresets(store, stack);
  assert.ok(saved.add(savedOf(" mine ", false, state, stack)));
  assert.ok(saved.add(savedOf("all of it", true, state, stack)));
  const other = makeState(stack);
  const [mine, whole] = new SavedPresets(store, stackOf("DNA", "actin", "DIC")).all;
  const after = applied(other, presetOf(mine, other, stack));
  assert.deepEqual([mine.name, after.colormap, after.composite], ["mine", "magma", true]);
  assert.deepEqual(colors(after), colors(state));
  assert.deepEqual(after.channels[2].limits, [0, 255]);
  assert.deepEqual(applied(other, presetOf(whole, other, stack)).channels, state.channels);
  assert.deepEqual(new SavedPresets(store, stackOf("DNA", "actin")).all, []);
});

test("one of the same name is replaced, and one that is deleted is gone", () => {
  const saved = new SavedPresets(memory(), stack);
  saved.add(savedOf("a", false, shown(), stack));
  saved.add(savedOf("b", false, shown(), stack));
  saved.add(savedOf("a", true, shown(), stack));
  assert.deepEqual(
    saved.all.map(({name, limits}) => [name, limits]),
    [
      ["b", false],
      ["a", true],
    ],
  );
  saved.remove("b");
  saved.remove("a");
  assert.deepEqual(saved.all, []);
});

test("what a store holds that is no preset is passed over", () => {
  const store = memory();
  const entry = 'jpkl presets|["DNA","actin","DIC"]';
  for (const text of ["{", "7", "null", "[7, null, {}]"]) {
    store.setItem(entry, text);
    assert.deepEqual(new SavedPresets(store, stack).all, []);
  }
  const strange = {name: "a", composite: true, colormap: "gray", channels: "9-3:x:1:red,,,:::", limits: true};
  store.setItem(entry, JSON.stringify([strange]));
  const state = shown();
  const [found] = new SavedPresets(store, stack).all;
  assert.deepEqual(applied(state, presetOf(found, state, stack)).channels, state.channels);
  assert.ok(!new SavedPresets(null, stack).canSave);
});

test("a store that refuses is no reason to fail", () => {
  const full = {
    ...memory(),
    setItem() {
      throw new Error("full");
    },
  };
  assert.equal(new SavedPresets(full, stack).add(savedOf("a", false, shown(), stack)), false);
});
