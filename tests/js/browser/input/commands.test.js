import assert from "node:assert/strict";
import {test} from "node:test";
import {chained, nextSpeed, viewCommands} from "../../../../viewer/jpkl_viewer/browser/input/commands.js";

/** A viewer of two dims that notes what is done to it. */
function viewer({
  composite = false,
  active = 0,
  sizes = [5, 3],
  channelDim = /** @type {number | null} */ (null),
  whyNoZoom = "",
} = {}) {
  /** @type {any[][]} */
  const done = [];
  const note =
    (/** @type {string} */ name) =>
    (/** @type {any[]} */ ...values) =>
      void done.push([name, ...values]);
  const notes = (/** @type {string[]} */ ...names) =>
    Object.fromEntries(names.map((name) => [name, note(name)]));
  const view = {
    stack: {sizes, channelDim, canCompose: true, color: false, channels: [{}, {}]},
    state: {
      position: [2, 1],
      composite,
      playback: {dim: 0, fps: 10},
      invert: false,
    },
    motion: {dim: () => active},
    viewport: /** @type {any} */ (null),
    fit: note("fit"),
    whyNoZoom,
    ...notes("move", "activate", "togglePlay", "changePlayback", "change"),
    contrast: notes("toggle", "solo", "autoAll", "fullAll", "toggleComposite"),
  };
  return {done, commands: viewCommands(/** @type {any} */ (view))};
}

test("steps go along the active dim", () => {
  const {done, commands} = viewer({active: 1});
  for (const name of ["on", "back", "tenOn", "first", "last"]) commands[name]();
  assert.deepEqual(
    done.map(([, dim, index]) => [dim, index]),
    [
      [1, 2],
      [1, 0],
      [1, 11],
      [1, 0],
      [1, 2],
    ],
  );
});

test("a step along the next dim leaves the active one active", () => {
  const {done, commands} = viewer();
  commands.nextDimOn();
  assert.deepEqual(done, [
    ["move", 1, 2],
    ["activate", 0],
  ]);
});

test("the dims take turns at being active", () => {
  const {done, commands} = viewer({active: 1});
  commands.nextDim();
  commands.previousDim();
  assert.deepEqual(done, [
    ["activate", 0],
    ["activate", 0],
  ]);
});

test("the channel dim of a composite is not to be moved along", () => {
  const {done, commands} = viewer({composite: true, channelDim: 1, active: 1});
  commands.on();
  assert.deepEqual(done, [["move", 0, 3]]);
  assert.equal(commands.nextDim(), false);
});

test("a single frame has nothing to move along", () => {
  const {commands} = viewer({sizes: [1, 1]});
  assert.equal(commands.on, undefined);
  assert.equal(commands.play, undefined);
});

test("channels have keys", () => {
  const {done, commands} = viewer();
  for (const name of ["channel2", "alone1", "auto", "fullRange", "composite"]) commands[name]();
  assert.deepEqual(done, [["toggle", 1], ["solo", 0], ["autoAll"], ["fullAll"], ["toggleComposite"]]);
  assert.equal(commands.channel3, undefined);
});

test("a composite is not inverted", () => {
  assert.equal(viewer({composite: true}).commands.invert(), false);
  const {done, commands} = viewer();
  commands.invert();
  assert.deepEqual(done, [["change", {invert: true}]]);
});

test("speeds go through the usual ones, and end at the limits", () => {
  assert.equal(nextSpeed(10, 1), 15);
  assert.equal(nextSpeed(12, -1), 10);
  assert.equal(nextSpeed(60, 1), 60);
  assert.equal(nextSpeed(0.1, -1), 0.1);
});

test("of commands of one name the later goes first, and the others where it has nothing to do", () => {
  /** @type {string[]} */
  const done = [];
  let isBusy = true;
  const first = {undo: () => void done.push("first"), select: () => void done.push("select")};
  const {undo, select} = chained([first, undefined, {undo: () => isBusy && Boolean(done.push("second"))}]);
  undo();
  isBusy = false;
  assert.notEqual(undo(), false);
  select();
  assert.deepEqual(done, ["second", "first", "select"]);
  assert.equal(chained([{undo: () => false}, {undo: () => false}]).undo(), false);
});

test("keys do not zoom where a view has no zoom", () => {
  for (const whyNoZoom of ["", "montage"]) {
    const {done, commands} = viewer({whyNoZoom});
    commands.fit();
    assert.equal(done.length, whyNoZoom ? 0 : 1);
  }
});
