import assert from "node:assert/strict";
import {test} from "node:test";
import {
  flipped,
  orientationOf,
  rotated,
  turns,
} from "../../../../viewer/jpkl_viewer/browser/page/orientation.js";
import {Viewport} from "../../../../viewer/jpkl_viewer/browser/state/viewport.js";

const UPRIGHT = {rotation: "0", flip: false};

test("links may say anything of the rotation", () => {
  assert.deepEqual(orientationOf({rotation: "270", flip: true}), {turns: 3, isFlipped: true});
  for (const rotation of ["45", "", "-90", "360", "x", "1e99"])
    assert.deepEqual(orientationOf({rotation, flip: false}), {turns: 0, isFlipped: false}, rotation);
});

/**
 * Where on the stage the corners and the middle of a frame are.
 * @param {import("../../../../viewer/jpkl_viewer/browser/page/orientation.js").Turned} state
 */
function corners(state) {
  const viewport = new Viewport({width: 4, height: 2}, () => {});
  viewport.resize({left: 10, top: 20, width: 40, height: 40});
  viewport.orient(orientationOf(state));
  return [
    [0, 0],
    [3, 0],
    [3, 1],
  ].map(([x, y]) => viewport.toStage(x, y).join());
}

test("a frame is turned clockwise, and flipped as it is seen", () => {
  const upright = ["15,35", "45,35", "45,45"];
  assert.deepEqual(corners(UPRIGHT), upright);
  const right = rotated(UPRIGHT, 1);
  assert.deepEqual(corners(right), ["35,25", "35,55", "25,55"]);
  assert.deepEqual(corners(rotated(right, 1)), ["45,45", "15,45", "15,35"]);
  assert.deepEqual(corners(rotated(UPRIGHT, -1)), ["25,55", "25,25", "35,25"]);
  assert.deepEqual(corners(flipped(UPRIGHT)), ["45,35", "15,35", "15,45"]);
  assert.deepEqual(corners(flipped(right)), ["25,25", "25,55", "35,55"], "left and right on the screen");
  assert.deepEqual(flipped(flipped(right)), right);
  assert.deepEqual(rotated(rotated(rotated(right, 1), 1), 1), UPRIGHT);
});

test("commands do nothing where frames are shown as stored", () => {
  let state = UPRIGHT;
  const change = (/** @type {typeof UPRIGHT} */ values) => void (state = values);
  const view = {state, whyUpright: "Ortho", change};
  assert.equal(turns(view).turnRight(), false);
  assert.equal(state, UPRIGHT);
  turns({...view, whyUpright: ""}).turnRight();
  assert.deepEqual(state, {rotation: "90", flip: false});
});
