import assert from "node:assert/strict";
import {test} from "node:test";
import {Stack} from "../../../../viewer/jpkl_viewer/browser/state/stack.js";
import {vectors} from "../../vectors.js";

const description = vectors("labels").stack;
const stack = new Stack(description);

test("numbers and positions of frames are two ways of saying the same", () => {
  const total = stack.sizes.reduce((a, b) => a * b);
  for (const number of [0, 1, 57, total - 1]) assert.equal(stack.number(stack.position(number)), number);
  assert.deepEqual(stack.position(total - 1), [4, 2, 1, 3, 0]);
});

test("frame indices are written as in Python", () => {
  assert.equal(stack.index(1), "(0, 0, 0, 1, 0)");
  assert.equal(new Stack({...description, dims: [description.dims[0]], channelDim: null}).index(3), "(3,)");
});

test("a projection is asked for through its first frame, so that all positions along it share a key", () => {
  const projection = {dim: 0, method: "max", start: 1, stop: 4};
  const keys = [0, 4].map((time) => stack.frameKey([time, 0, 0, 2, 0], projection));
  assert.deepEqual(keys, ["26@max,0,1,4", "26@max,0,1,4"]);
  assert.equal(stack.frameKey([1, 0, 0, 2, 0], null), 26);
});

test("a projection around the position is of a fixed part at each", () => {
  const projection = {dim: 0, method: "sum", start: 0, stop: 5, around: 1};
  const at = (/** @type {number} */ time) =>
    stack.projectionOf({projection, composite: false, position: [time, 0, 0, 2, 0]});
  assert.deepEqual(at(0), {dim: 0, method: "sum", start: 0, stop: 2});
  assert.deepEqual(at(3), {dim: 0, method: "sum", start: 2, stop: 5});
  // What a sum of three stands for is three times what a frame does.
  const [one, three] = [null, at(3)].map((each) => stack.scale([3, 0, 0, 2, 0], each));
  assert.equal(three?.value(51), 3 * (one?.value(51) ?? 0));
});

test("the channels of a composite are not projected", () => {
  const position = [0, 0, 0, 2, 0];
  const projection = {dim: 1, method: "max", start: 0, stop: 3};
  assert.equal(stack.projectionOf({projection, composite: true, position}), null);
  assert.equal(stack.projectionOf({projection, composite: false, position}), projection);
  assert.deepEqual(
    stack.projectionOf({projection: {...projection, dim: 0}, composite: true, position})?.dim,
    0,
  );
});

test("names of channels that say no more than their number are no labels", () => {
  assert.deepEqual([stack.label(1, 0), stack.label(1, 2), stack.label(0, 1)], ["DNA", "", "0.5 s"]);
});

test("samples of one channel lie all over the stack", () => {
  const sample = stack.sample(2, 6);
  assert.deepEqual(
    sample.map(([time]) => time),
    [0, 1, 2, 2, 3, 4],
  );
  assert.ok(sample.every((position) => position[1] === 2));
});

test("frames of more pixels than are sent whole are large", () => {
  assert.equal(new Stack({...description, width: 4096, height: 4096}).isLarge, false);
  assert.equal(new Stack({...description, width: 4097, height: 4096}).isLarge, true);
});
