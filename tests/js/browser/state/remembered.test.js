import assert from "node:assert/strict";
import {test} from "node:test";
import {
  Remembered,
  browserStore,
  entryName,
} from "../../../../viewer/jpkl_viewer/browser/state/remembered.js";
import {makeStack, makeState} from "../../stacks.js";

const stack = makeStack({
  dims: [
    {name: "time", size: 10, coords: null, unit: ""},
    {name: "channel", size: 2, coords: null, unit: ""},
  ],
  channelDim: 1,
  channels: [
    {name: "DNA", color: "#0000ff"},
    {name: "actin", color: "#00ff00"},
  ],
});

/** @type {[number, number][]} */
const LIMITS = [
  [10, 200],
  [5, 90],
];

/** The first view of the stack. */
const first = () => {
  const state = makeState(stack, {composite: true});
  state.channels.forEach((channel, i) => (channel.limits = LIMITS[i]));
  return state;
};

/** A store in which a test can look. */
class MemoryStore {
  /** @type {Map<string, string>} */
  entries = new Map();
  /** @param {string} name */
  getItem(name) {
    return this.entries.get(name) ?? null;
  }
  /** @param {string} name @param {string} value */
  setItem(name, value) {
    this.entries.set(name, value);
  }
  /** @param {string} name */
  removeItem(name) {
    this.entries.delete(name);
  }
}

/** A page that is opened on a store. @param {MemoryStore | null} store */
function open(store) {
  const remembered = new Remembered(store, stack, first());
  const state = remembered.read();
  remembered.open(state);
  return {remembered, state};
}

/**
 * A state with other values of a channel.
 * @param {ReturnType<typeof first>} state
 * @param {number} number
 * @param {Partial<import("../../../../viewer/jpkl_viewer/browser/types.js").ChannelDisplay>} values
 */
const withChannel = (state, number, values) => ({
  ...state,
  channels: state.channels.map((channel, i) => (i === number ? {...channel, ...values} : channel)),
});

test("what was changed is there the next time, and nothing else is kept", () => {
  const store = new MemoryStore();
  const {remembered, state} = open(store);
  assert.deepEqual(state, first());
  const changed = {...withChannel(state, 1, {limits: [7, 70]}), position: [4, 1], composite: false};
  remembered.write(changed);
  assert.deepEqual([...store.entries.values()], ["composite=0&channels=%2C7-70"]);
  assert.deepEqual(open(store).state, {...changed, position: [0, 0]});
});

test("changes of several visits add up", () => {
  const store = new MemoryStore();
  const one = open(store);
  one.remembered.write(withChannel(one.state, 0, {gamma: 2}));
  const two = open(store);
  two.remembered.write({...withChannel(two.state, 1, {visible: false}), colormap: "magma"});
  const {state} = open(store);
  assert.deepEqual([state.channels[0].gamma, state.channels[1].visible], [2, false]);
  assert.deepEqual([state.colormap, state.channels[0].limits], ["magma", [10, 200]]);
});

test("what only a link has brought is not kept", () => {
  const store = new MemoryStore();
  const {remembered, state} = open(store);
  const linked = {...withChannel(state, 0, {limits: [1, 2]}), invert: true};
  remembered.open(linked);
  remembered.write(linked);
  assert.equal(store.entries.size, 0);
  remembered.write(withChannel(linked, 1, {limits: [3, 4]}));
  assert.deepEqual(open(store).state, withChannel(first(), 1, {limits: [3, 4]}));
});

test("what is changed back to the first view is forgotten, and so is all by a reset", () => {
  const store = new MemoryStore();
  const {remembered, state} = open(store);
  remembered.write({...state, invert: true});
  assert.equal(store.entries.size, 1);
  remembered.write(state);
  assert.equal(store.entries.size, 0);
  remembered.write(withChannel({...state, invert: true}, 0, {gamma: 2}));
  const later = open(store);
  later.remembered.write(withChannel(later.state, 0, {gamma: 1}));
  assert.deepEqual([...store.entries.values()], ["invert=1"]);
  later.remembered.forget();
  assert.equal(store.entries.size, 0);
  later.remembered.write({...first(), per_frame: true});
  assert.equal(open(store).state.per_frame, true);
});

test("of the tools, what is set by hand is kept, and no regions", () => {
  const store = new MemoryStore();
  const {remembered, state} = open(store);
  const info = {dim_names: {time: "hour"}};
  remembered.write({...state, tools: {info, rois: {rois: []}}});
  assert.deepEqual(open(store).state.tools, {info});
  remembered.write({...state, tools: {rois: {rois: []}}});
  assert.deepEqual(open(store).state.tools, {});
});

for (const text of ["", "nonsense", "channels=9-3:x,,,,&colormap=", "composite", "invert=1&tools=%7B%7D"])
  test(`an entry that makes no sense changes nothing else: ${text}`, () => {
    const store = new MemoryStore();
    store.setItem(entryName(stack), text);
    const {composite, invert, channels, tools} = open(store).state;
    assert.deepEqual([channels, tools], [first().channels, {}]);
    assert.deepEqual([composite, invert], [true, text.startsWith("invert")]);
  });

test("a browser that keeps nothing is no obstacle", () => {
  const refuse = () => {
    throw new Error("no storage here");
  };
  for (const store of [null, {getItem: refuse, setItem: refuse, removeItem: refuse}]) {
    const {remembered, state} = open(/** @type {any} */ (store));
    remembered.write({...state, invert: true});
    remembered.forget();
    assert.deepEqual(open(/** @type {any} */ (store)).state, first());
  }
  assert.equal(browserStore(), null, "there is no window here, let alone its storage");
});

test("stacks of other names, shapes and dims have entries of their own", () => {
  const dims = [{name: "time", size: 11, coords: null, unit: ""}];
  const names = [stack, makeStack({title: "b"}), makeStack({height: 7}), makeStack({dims}), makeStack()];
  assert.equal(new Set(names.map((each) => entryName(each))).size, names.length);
});
