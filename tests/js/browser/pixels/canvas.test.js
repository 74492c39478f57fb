import assert from "node:assert/strict";
import {test} from "node:test";
import "../../canvas.js";
import {CanvasPainter} from "../../../../viewer/jpkl_viewer/browser/pixels/canvas.js";
import {Viewport} from "../../../../viewer/jpkl_viewer/browser/state/viewport.js";

test("a canvas whose context was lost is drawn again, and stays hidden where it was", (t) => {
  const before = /** @type {any} */ (globalThis).window;
  t.after(() => {
    Object.assign(globalThis, {window: before});
    Reflect.deleteProperty(globalThis, "document");
  });
  /** @type {Record<string, () => void>} */
  const listeners = {};
  let n = 0;
  const canvas = {
    className: "",
    style: {},
    hidden: true,
    append() {},
    addEventListener: (/** @type {string} */ type, /** @type {() => void} */ listen) =>
      (listeners[type] = listen),
    getContext: () => ({putImageData: () => n++}),
  };
  Object.assign(globalThis, {window: {devicePixelRatio: 1}, document: {createElement: () => canvas}});
  const frame = {width: 2, height: 1, color: false};
  const viewport = new Viewport(frame, () => {});
  viewport.resize({left: 0, top: 0, width: 4, height: 2});
  const painter = new CanvasPainter(viewport, frame);
  listeners.contextrestored();
  assert.deepEqual([n, canvas.hidden], [0, true]);
  const target = /** @type {import("../../../../viewer/jpkl_viewer/browser/types.js").Target} */ (
    painter.target
  );
  painter.draw(new Uint32Array(2), target);
  listeners.contextrestored();
  assert.deepEqual([n, canvas.hidden], [2, false]);
  canvas.hidden = true; // as of labels, where a projection is shown
  listeners.contextrestored();
  assert.deepEqual([n, canvas.hidden], [3, true]);
});
