import assert from "node:assert/strict";
import {test} from "node:test";
import {pinch, wheelFactor} from "../../../../viewer/jpkl_viewer/browser/stage/gestures.js";

test("a notch of the wheel zooms by a fifth, whatever it is counted in, and a fling by no more than three", () => {
  assert.equal(wheelFactor({deltaY: -120, deltaMode: 0}), 1.2);
  assert.equal(wheelFactor({deltaY: -3, deltaMode: 1}), 1.2);
  assert.ok(Math.abs(wheelFactor({deltaY: 120, deltaMode: 0}) * 1.2 - 1) < 1e-12);
  assert.equal(wheelFactor({deltaY: -1e6, deltaMode: 0}), 1.2 ** 3);
  const small = wheelFactor({deltaY: -4, deltaMode: 0});
  assert.ok(small > 1 && small < 1.01, "a touchpad zooms smoothly");
});

test("two fingers zoom by their distance, and pan by their middle", () => {
  const {dx, dy, factor, middle} = pinch(
    [
      [0, 0],
      [10, 0],
    ],
    [
      [5, 5],
      [25, 5],
    ],
  );
  assert.deepEqual([dx, dy, factor, middle], [10, 5, 2, [15, 5]]);
});
