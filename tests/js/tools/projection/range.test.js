import assert from "node:assert/strict";
import {test} from "node:test";
import {firstDim} from "../../../../viewer/jpkl_viewer/browser/tool.js";
import {rangeOf} from "../../../../viewer/jpkl_viewer/tools/projection/range.js";

test("z is projected first, by any of its names", () => {
  const dims = [{name: "time"}, {name: "Z"}, {name: "zoom"}];
  assert.equal(firstDim(dims, [0, 1, 2], 0), 1);
  assert.equal(firstDim(dims, [0, 2], 0), 2);
  assert.equal(firstDim(dims, [0], 0), 0);
});

test("a range is of indices that there are, in any order, as it was typed", () => {
  assert.deepEqual(rangeOf("0", "9", 10), {start: 0, stop: 10});
  assert.deepEqual(rangeOf("7", "2", 10), {start: 2, stop: 8});
  assert.deepEqual(rangeOf("-3", "99", 10), {start: 0, stop: 10});
  assert.deepEqual(rangeOf("", "x", 10), {start: 0, stop: 1});
  assert.deepEqual(rangeOf("2.9", "Infinity", 10), {start: 2, stop: 10});
});
