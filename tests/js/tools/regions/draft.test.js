import assert from "node:assert/strict";
import {test} from "node:test";
import {REGIONS} from "../../../../viewer/jpkl_viewer/browser/base/limits.js";
import {Draft} from "../../../../viewer/jpkl_viewer/tools/regions/draft.js";

/** @typedef {import("../../../../viewer/jpkl_viewer/tools/regions/shapes.js").Point} Point */

/** @param {Point} a @param {Point} b */
const isSamePlace = ([ax, ay], [bx, by]) => Math.hypot(ax - bx, ay - by) < 2;

/** @param {Draft} draft @param {...Point} places */
function click(draft, ...places) {
  let points = null;
  for (const place of places) {
    draft.move(place);
    points = draft.press(place) ?? draft.release();
  }
  return points;
}

test("a point is complete by a press", () => {
  assert.deepEqual(new Draft("point", isSamePlace).press([3.4, 5.6]), [[3, 6]]);
});

test("a line goes from press to release, and a click makes none", () => {
  const draft = new Draft("line", isSamePlace);
  assert.equal(click(draft, [3, 3]), null);
  assert.deepEqual(draft.points, []);
  assert.equal(draft.press([3, 3]), null);
  draft.move([10, 20]);
  assert.deepEqual(draft.points, [
    [3, 3],
    [10, 20],
  ]);
  assert.deepEqual(draft.release(), [
    [3, 3],
    [10, 20],
  ]);
  assert.deepEqual(draft.points, []); // the next one begins
});

test("a rectangle needs a pixel both ways", () => {
  const draft = new Draft("rectangle", isSamePlace);
  draft.press([3, 3]);
  draft.move([30, 3.2]);
  assert.equal(draft.release(), null);
  draft.press([3, 3]);
  draft.move([4, 4]);
  assert.deepEqual(draft.release(), [
    [3.5, 3.5],
    [4.5, 4.5],
  ]);
});

const TRIANGLE = /** @type {Point[]} */ ([
  [0, 0],
  [20, 0],
  [10, 20],
]);

test("a polygon is closed by a press at its first or last corner, or by a key", () => {
  for (const close of [
    (/** @type {Draft} */ draft) => click(draft, [0.4, 0.4]),
    (/** @type {Draft} */ draft) => click(draft, [10, 20]),
    (/** @type {Draft} */ draft) => draft.close(),
  ]) {
    const draft = new Draft("polygon", isSamePlace);
    assert.equal(click(draft, ...TRIANGLE), null);
    assert.deepEqual(draft.points, [...TRIANGLE, [10, 20]]);
    assert.deepEqual(close(draft), TRIANGLE);
    assert.deepEqual(draft.points, []);
  }
});

test("two corners are no polygon yet", () => {
  const draft = new Draft("polygon", isSamePlace);
  assert.equal(click(draft, [0, 0], [20, 0], [20, 0]), null);
  assert.equal(draft.close(), null);
  assert.equal(draft.points.length, 3);
});

test("other shapes are not closed", () => {
  const draft = new Draft("line", isSamePlace);
  draft.press([3, 3]);
  assert.equal(draft.close(), null);
  assert.equal(draft.points.length, 2);
});

test("a polygon has so many corners at most", () => {
  const draft = new Draft("polygon", isSamePlace);
  for (let i = 0; i < REGIONS.mostPoints + 10; i++) click(draft, [10 * i, 10 * (i % 2)]);
  assert.equal(draft.close()?.length, REGIONS.mostPoints);
});

test("nothing moves before the first press", () => {
  const draft = new Draft("line", isSamePlace);
  draft.move([5, 5]);
  assert.deepEqual(draft.points, []);
  assert.equal(draft.release(), null);
});

test("freehand is the path of one drag, with the points that it needs", () => {
  const draft = new Draft("freehand", isSamePlace);
  draft.press([10, 10]);
  for (let x = 11; x <= 30; x++) draft.move([x, 10 + 0.1 * (x % 2)]);
  for (let y = 11; y <= 30; y++) draft.move([30, y]);
  assert.equal(draft.points.length, 41, "all of it is seen on the way");
  assert.deepEqual(draft.release(), [
    [10, 10],
    [30, 10],
    [30, 30],
  ]);
  assert.deepEqual(draft.points, []);
  draft.press([10, 10]);
  draft.move([20, 10]);
  assert.equal(draft.release(), null, "a stroke holds nothing");
});
