import assert from "node:assert/strict";
import {test} from "node:test";
import {initialDisplay} from "../../../../viewer/jpkl_viewer/browser/state/settings.js";
import {Stack} from "../../../../viewer/jpkl_viewer/browser/state/stack.js";
import {
  changesOf,
  follow,
  followProjection,
  stateFor,
} from "../../../../viewer/jpkl_viewer/tools/compare/follow.js";

/** @typedef {import("../../../../viewer/jpkl_viewer/browser/types.js").State} State */

/** @param {...[name: string, size: number]} dims */
function stackOf(...dims) {
  const channelDim = dims.findIndex(([name]) => name === "channel");
  const n = channelDim < 0 ? 1 : dims[channelDim][1];
  return new Stack({
    title: "a",
    height: 4,
    width: 4,
    color: false,
    dims: dims.map(([name, size]) => ({name, size, coords: null, unit: ""})),
    channelDim: channelDim < 0 ? null : channelDim,
    channels: Array.from({length: n}, (_, i) => ({name: `channel ${i}`, color: `#00000${i}`})),
    pixelSize: null,
    pixelUnit: "",
    aspect: 1,
    quality: 90,
    ranges: null,
  });
}

test("dims of the same name go together, in any order, as far as there are frames", () => {
  const stack = stackOf(["time", 50], ["channel", 2]);
  const other = stackOf(["channel", 2], ["z", 9], ["time", 10]);
  assert.deepEqual(follow([7, 1], stack, other, [0, 4, 0]), [1, 4, 7]);
  assert.deepEqual(follow([49, 0], stack, other, [1, 4, 7]), [0, 4, 9]);
  assert.deepEqual(follow([7], stackOf(["slice", 50]), other, [1, 4, 2]), [1, 4, 2]);
});

test("a projection goes along the dim of the same name, over the frames that there are", () => {
  const stack = stackOf(["time", 50], ["z", 9]);
  const other = stackOf(["z", 5], ["time", 50]);
  const projection = {dim: 1, method: "max", start: 2, stop: 9};
  assert.deepEqual(followProjection(projection, stack, other), {...projection, dim: 0, stop: 5});
  assert.equal(followProjection({...projection, start: 5}, stack, other), null);
  assert.equal(followProjection(projection, stack, stackOf(["time", 50])), null);
  assert.equal(followProjection(null, stack, other), null);
});

test("channels that the view does not have look as at first", () => {
  const display = {
    ...initialDisplay("#ff0000"),
    visible: false,
    limits: /** @type {[number, number]} */ ([9, 99]),
    gamma: 2,
  };
  const state = /** @type {State} */ ({position: [3], channels: [display], projection: null, invert: true});
  const other = stackOf(["time", 9], ["channel", 2]);
  assert.deepEqual(stateFor(state, stackOf(["time", 9]), other, [0, 1]), {
    position: [3, 1],
    channels: [display, initialDisplay("#000001")],
    projection: null,
    invert: true,
  });
});

test("shared contrast is that of the same values in the files, channel by channel, or each has its own", () => {
  const [a, b] = [stackOf(["channel", 2]), stackOf(["channel", 3])];
  a.ranges = {shape: [2], values: [0, 1000, 0, 100]};
  b.ranges = {shape: [1], values: [100, 600]};
  const displays = a.channels.map(({color}) => ({...initialDisplay(color), limits: [0, 51]}));
  const state = /** @type {State} */ (
    /** @type {unknown} */ ({position: [0], channels: displays, projection: null, per_frame: false})
  );
  const limitsIn = (/** @type {State} */ {channels}) => channels.map(({limits}) => limits);
  const shared = stateFor(state, a, b, [0]);
  assert.deepEqual(limitsIn(shared), [
    [-51, 51],
    [-51, -40.8],
    [0, 255],
  ]);
  const own = stateFor(state, a, b, [0], "own");
  assert.equal(own.per_frame, true);
  b.ranges = {shape: [1], values: [0, 1]};
  assert.equal(stateFor(state, a, b, [0]).per_frame, true, "else it would be all black");
  assert.equal(stateFor(state, a, b, [0], "shared").per_frame, false, "as is chosen");
  b.ranges = null;
  assert.deepEqual(limitsIn(stateFor(state, a, b, [0]))[0], [0, 51]);
});

test("a step of a scrub changes nothing but the position, and a tool that is used nothing but the tools", () => {
  const state = /** @type {State} */ ({position: [1], names: true, tools: {}});
  assert.deepEqual(changesOf(state, {...state, position: [2]}), ["position"]);
  assert.deepEqual(changesOf(state, {...state, tools: {compare: {mode: "off"}}}), ["tools"]);
  assert.deepEqual(changesOf(state, {...state, names: false, position: [2]}), ["position", "names"]);
  assert.deepEqual(changesOf(state, state), [], "asked to show it again");
});
