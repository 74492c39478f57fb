import assert from "node:assert/strict";
import {test} from "node:test";
import {pinch, wheelFactor} from "../../../../viewer/jpkl_viewer/browser/stage/gestures.js";
import {Presses} from "../../../../viewer/jpkl_viewer/browser/stage/presses.js";

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

test("two fingers on a touchpad, which browsers say is the wheel with Ctrl, zoom as far as they go apart", () => {
  const apart = (/** @type {number} */ factor) => -100 * Math.log(factor);
  const steps = Array.from({length: 10}, () =>
    wheelFactor({deltaY: apart(2) / 10, deltaMode: 0, ctrlKey: true}),
  );
  assert.ok(Math.abs(steps.reduce((all, each) => all * each) - 2) < 1e-9);
  assert.equal(wheelFactor({deltaY: -120, deltaMode: 0, ctrlKey: true}), 1.2, "and a wheel as without it");
});

test("with Ctrl, a notch is one in Firefox, too, which counts in pixels unless the mode is read first", () => {
  let isInLines = false;
  const event = {
    ctrlKey: true,
    get deltaMode() {
      isInLines = true;
      return 1;
    },
    get deltaY() {
      return isInLines ? -3 : -48;
    },
  };
  assert.equal(wheelFactor(event), 1.2);
});

test("a press clicks where it did not move, and no other finger was there", () => {
  const presses = new Presses();
  presses.down(1, [5, 5], true);
  presses.move(1, [7, 5]);
  assert.equal(presses.up(1, [6, 5]), true);
  presses.down(1, [5, 5], true);
  presses.move(1, [50, 5]);
  assert.equal(presses.up(1, [5, 5]), false, "it has been elsewhere");
  presses.down(1, [5, 5], true);
  presses.down(2, [80, 5], false);
  presses.move(1, [30, 5]);
  assert.deepEqual(presses.places, [
    [30, 5],
    [80, 5],
  ]);
  assert.deepEqual([presses.up(1, [30, 5]), presses.up(2, [80, 5])], [false, false]);
  assert.deepEqual(presses.places, []);
  presses.down(3, [5, 5], true);
  presses.down(4, [9, 9], true);
  assert.deepEqual(presses.places, [[9, 9]], "the end of the third was not heard");
});
