import assert from "node:assert/strict";
import {test} from "node:test";
import "../canvas.js";
import {attachOverlay} from "../../../viewer/jpkl_viewer/browser/hosts.js";
import {fakeClock} from "../clock.js";

test("what is drawn over the picture is waited for until it has a size, or the viewer is closed", (t) => {
  const clock = fakeClock(t);
  /** @type {object[]} */
  const attached = [];
  const figure = {attach: (/** @type {object} */ view) => attached.push(view)};
  let looks = 0;
  let width = 0;
  const findView = () => /** @type {any} */ ({frame: {bbox: {width}}, n: looks++});
  const jpkl = /** @type {any} */ ({figure, isClosed: false});
  attachOverlay(jpkl, findView);
  clock.pass(100);
  width = 100;
  clock.pass(100);
  assert.deepEqual([attached.length, looks < 10], [1, true]);
  width = looks = 0;
  attachOverlay(jpkl, findView);
  jpkl.isClosed = true;
  clock.pass(1000);
  assert.deepEqual([attached.length, looks], [1, 1]);
});
