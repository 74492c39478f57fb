import assert from "node:assert/strict";
import {test} from "node:test";
import {Input} from "../../../../viewer/jpkl_viewer/browser/input/input.js";
import {Viewport} from "../../../../viewer/jpkl_viewer/browser/state/viewport.js";

test("the pixel under the pointer is another one where the picture moves below it", () => {
  /** @type {Record<string, (event: object) => void>} */
  const listeners = {};
  const root = {
    addEventListener: (/** @type {string} */ type, /** @type {(event: object) => void} */ listen) =>
      (listeners[type] = listen),
  };
  const stage = {getBoundingClientRect: () => ({left: 10, top: 10})};
  const viewport = new Viewport({width: 100, height: 100}, () => {});
  viewport.resize({left: 0, top: 0, width: 200, height: 200});
  let n = 0;
  const input = new Input(/** @type {any} */ ({root, stage, viewport}), {onPoint: () => n++});
  input.follow();
  assert.deepEqual([input.pixel, n], [null, 0]);
  listeners.pointermove({target: {closest: () => null}, clientX: 31, clientY: 51});
  assert.deepEqual(input.pixel, [10, 20]);
  viewport.orient({turns: 1, isFlipped: false});
  assert.deepEqual(input.pixel, [10, 20]);
  input.follow();
  assert.deepEqual([input.pixel, n], [[20, 89], 2]);
  listeners.pointerleave({});
  input.follow();
  assert.deepEqual([input.pixel, n], [null, 3]);
  viewport.orient({turns: 0, isFlipped: false});
  const pane = {getBoundingClientRect: () => ({left: 300, top: 10})};
  const event = {target: {closest: () => pane}, clientX: 321, clientY: 51};
  listeners.pointermove(event);
  assert.deepEqual(input.pixel, [10, 20]);
  event.target.closest = () => assert.fail("later, an event in a shadow tree is at the host of that");
  input.follow();
  assert.deepEqual(input.pixel, [10, 20], "over a pane beside the picture, too");
});
