import assert from "node:assert/strict";
import {test} from "node:test";
import {AutoContrast} from "../../../../viewer/jpkl_viewer/browser/pixels/auto.js";
import {makeStack, makeState} from "../../stacks.js";

/** @typedef {import("../../../../viewer/jpkl_viewer/browser/types.js").State} State */

const stack = makeStack();
const start = makeState(stack);
const projection = {dim: 0, method: "max", start: 0, stop: 10};

/** With automatic limits. @param {Partial<State>} others */
function auto(others = {}) {
  return {...start, channels: [{...start.channels[0], auto: true}], ...others};
}

test("limits that a view starts with are kept until another projection is shown", () => {
  const limits = new AutoContrast(stack);
  assert.deepEqual(limits.take([0], auto()), []);
  assert.deepEqual(limits.take([0], auto({position: [7]})), [], "not for each frame");
  assert.deepEqual(limits.take([0], auto({projection})), [0]);
  assert.deepEqual(limits.take([0], auto({projection})), []);
  assert.deepEqual(limits.take([0], auto({projection: {...projection, stop: 9}})), [0]);
  assert.deepEqual(limits.take([0], auto()), [0], "back to the frames");
});

test("a link to a projection keeps its limits, too", () => {
  const limits = new AutoContrast(stack);
  assert.deepEqual(limits.take([0], auto({projection})), []);
  assert.deepEqual(limits.take([0], auto()), [0]);
});

test("new limits that are asked for come with the next picture, once", () => {
  const limits = new AutoContrast(stack);
  limits.take([0], auto());
  limits.ask([0]);
  assert.deepEqual(limits.take([0], auto()), [0]);
  assert.deepEqual(limits.take([0], auto()), []);
});

test("channels that Python makes automatic get limits, unless it gives them some", () => {
  const limits = new AutoContrast(stack);
  const [before, after] = [start.channels, auto().channels];
  limits.take([0], start);
  limits.askForNew(before, [{...after[0], limits: [3, 9]}]);
  limits.askForNew(after, after);
  limits.askForNew(before, before);
  assert.deepEqual(limits.take([0], auto()), []);
  limits.askForNew(before, after);
  assert.deepEqual(limits.take([0], auto()), [0]);
});

test("limits by hand, and those of the whole stack, stay", () => {
  const limits = new AutoContrast(stack);
  limits.take([0], start);
  assert.deepEqual(limits.take([0], {...start, projection}), []);
  assert.deepEqual(limits.take([0], auto({projection, histogram_of: "stack"})), []);
});

test("a channel that was hidden when the projection changed is fitted when it is shown", () => {
  const limits = new AutoContrast(stack);
  const channels = [0, 1].map(() => ({...start.channels[0], auto: true}));
  assert.deepEqual(limits.take([0, 1], auto({channels})), []);
  assert.deepEqual(limits.take([0], auto({channels, projection})), [0]);
  assert.deepEqual(limits.take([0, 1], auto({channels, projection})), [1]);
});
