import assert from "node:assert/strict";
import {test} from "node:test";
import {targetOf, visibleCrop} from "../../../../viewer/jpkl_viewer/browser/pixels/target.js";

const frame = {width: 100, height: 50};
/** @param {number} min @param {number} max */
const range = (min, max) => ({min, max});

test("pixels lie around whole numbers, and those that are seen in part count", () => {
  assert.deepEqual(visibleCrop(frame, [-0.5, 99.5], [-0.5, 49.5]), {x: 0, y: 0, width: 100, height: 50});
  assert.deepEqual(visibleCrop(frame, [9.6, 20.4], [3, 4]), {x: 10, y: 3, width: 11, height: 2});
  assert.deepEqual(visibleCrop(frame, [-50, 500], [-1, 3]), {x: 0, y: 0, width: 100, height: 4});
});

test("there is no target where nothing of the frame is seen", () => {
  assert.equal(visibleCrop(frame, [100, 200], [0, 9]), null);
  assert.equal(targetOf(frame, [range(0, 9), range(-9, -1)], {width: 10, height: 10}, 1), null);
});

test("a frame takes as many pixels as the screen has, and no more than it has itself", () => {
  const ranges = [range(-0.5, 99.5), range(-0.5, 49.5)];
  const small = targetOf(frame, ranges, {width: 20, height: 10}, 2);
  assert.deepEqual([small?.width, small?.height, small?.key], [40, 20, "0 0 100 50 40 20"]);
  const large = targetOf(frame, ranges, {width: 999, height: 500}, 1);
  assert.deepEqual([large?.width, large?.height], [100, 50]);
});
