import assert from "node:assert/strict";
import {test} from "node:test";
import {pixelAt} from "../../../viewer/jpkl_viewer/browser/input.js";

test("the pixel under the pointer is that of the figure's frame, and none outside of it", () => {
  const figureView = /** @type {any} */ ({
    el: {getBoundingClientRect: () => ({left: 100, top: 50})},
    frame: {
      bbox: {left: 10, top: 20, width: 200, height: 100},
      x_scale: {invert: (/** @type {number} */ s) => (s - 10) / 2},
      y_scale: {invert: (/** @type {number} */ s) => (s - 20) / 2},
    },
  });
  const at = (/** @type {number} */ clientX, /** @type {number} */ clientY) =>
    pixelAt(figureView, {clientX, clientY});
  assert.deepEqual(at(110, 70), [0, 0]);
  assert.deepEqual(at(150, 80), [20, 5]);
  assert.deepEqual(at(309, 169), [100, 50]);
  for (const [x, y] of [
    [109, 70],
    [110, 69],
    [310, 100],
    [150, 170],
  ])
    assert.equal(at(x, y), null);
});
