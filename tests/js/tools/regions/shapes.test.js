import assert from "node:assert/strict";
import {test} from "node:test";
import {
  cornersOf,
  insideFrame,
  nudged,
  placed,
  reshaped,
  shifted,
  snap,
} from "../../../../viewer/jpkl_viewer/tools/regions/shapes.js";

/** @typedef {import("../../../../viewer/jpkl_viewer/tools/regions/shapes.js").Point} Point */
/** @typedef {import("../../../../viewer/jpkl_viewer/tools/regions/shapes.js").Shape} Shape */

const FRAME = {width: 100, height: 50};

/** @param {...Point} points */
const rectangle = (...points) => ({shape: /** @type {Shape} */ ("rectangle"), points});
/** @param {...Point} points */
const line = (...points) => ({shape: /** @type {Shape} */ ("line"), points});

test("a rectangle has four corners in turn, other shapes have their points", () => {
  assert.deepEqual(cornersOf(rectangle([1, 2], [5, 9])), [
    [1, 2],
    [5, 2],
    [5, 9],
    [1, 9],
  ]);
  assert.deepEqual(cornersOf(line([1, 2], [5, 9])), [
    [1, 2],
    [5, 9],
  ]);
});

test("points snap to pixels, rectangles to edges of pixels, others to a tenth", () => {
  assert.deepEqual(snap("point", [3.4, 7.6]), [3, 8]);
  assert.deepEqual(snap("rectangle", [3.2, 7.6]), [3.5, 7.5]);
  assert.deepEqual(snap("rectangle", [-0.4, 0.1]), [-0.5, 0.5]);
  assert.deepEqual(snap("line", [3.44, 7.66]), [3.4, 7.7]);
});

test("new corners are inside a pixel of the frame, also after they snap", () => {
  assert.deepEqual(snap("point", insideFrame([-30, 200], FRAME)).map(Math.abs), [0, 49]);
  assert.deepEqual(snap("rectangle", insideFrame([-30, 200], FRAME)), [-0.5, 49.5]);
  assert.deepEqual(insideFrame([7.25, 9.5], FRAME), [7.25, 9.5]);
});

test("each corner of a rectangle moves, and the opposite one stays", () => {
  const roi = rectangle([10.5, 10.5], [20.5, 30.5]);
  const to = /** @type {Point} */ ([12.5, 15.5]);
  const opposite = [
    [20.5, 30.5],
    [10.5, 30.5],
    [10.5, 10.5],
    [20.5, 10.5],
  ];
  for (let corner = 0; corner < 4; corner++) {
    const corners = cornersOf(rectangle(...reshaped(roi, corner, to)));
    assert.deepEqual(corners[corner], to);
    assert.deepEqual(corners[(corner + 2) % 4], opposite[corner]);
  }
});

test("a rectangle keeps a pixel at least", () => {
  const roi = rectangle([10.5, 10.5], [20.5, 30.5]);
  assert.equal(reshaped(roi, 2, [10.6, 25]), roi.points);
  assert.equal(reshaped(roi, 0, [12, 30.4]), roi.points);
});

test("of a line or polygon the corner alone moves", () => {
  assert.deepEqual(reshaped(line([1, 1], [5, 5]), 1, [7.04, 2]), [
    [1, 1],
    [7, 2],
  ]);
});

test("moving a rectangle keeps its pixels whole, a line moves by tenths", () => {
  assert.deepEqual(shifted(rectangle([0.5, 0.5], [4.5, 4.5]), 2.4, -0.3, FRAME), [
    [2.5, 0.5],
    [6.5, 4.5],
  ]);
  assert.deepEqual(shifted(line([1.1, 1], [5.2, 5]), 2.44, 0.16, FRAME), [
    [3.5, 1.2],
    [7.6, 5.2],
  ]);
});

test("the middle of a shape stays within the frame", () => {
  for (const [dx, dy] of [
    [1000, 1000],
    [-1000, -1000],
  ]) {
    const [[x0, y0], [x1, y1]] = shifted(line([10, 10], [20, 20]), dx, dy, FRAME);
    const middle = [(x0 + x1) / 2, (y0 + y1) / 2];
    assert.deepEqual(middle, dx > 0 ? [99, 49] : [0, 0]);
  }
});

test("arrow keys move a shape, with Shift its last corner", () => {
  const roi = rectangle([0.5, 0.5], [4.5, 4.5]);
  assert.deepEqual(nudged(roi, 1, 0, false, FRAME), [
    [1.5, 0.5],
    [5.5, 4.5],
  ]);
  assert.deepEqual(nudged(roi, 1, 0, true, FRAME), [
    [0.5, 0.5],
    [5.5, 4.5],
  ]);
  assert.deepEqual(nudged(line([0, 0], [4, 4]), 0, -1, true, FRAME), [
    [0, 0],
    [4, 3],
  ]);
  const point = {shape: /** @type {Shape} */ ("point"), points: [/** @type {Point} */ ([3, 3])]};
  assert.deepEqual(nudged(point, 0, 1, true, FRAME), [[3, 4]]);
});

test("a shape is put into the middle of what is seen, as large as that allows", () => {
  const whole = [
    {min: -0.5, max: 99.5},
    {min: -0.5, max: 49.5},
  ];
  assert.deepEqual(placed("line", whole, FRAME), [
    [44, 25],
    [56, 25],
  ]);
  const corner = [
    {min: 90, max: 130},
    {min: -40, max: 0},
  ];
  assert.deepEqual(placed("point", corner, FRAME), [[99, 0]]);
  const deep = [
    {min: 10, max: 11},
    {min: 10, max: 11},
  ];
  assert.deepEqual(placed("rectangle", deep, FRAME), [
    [9.5, 9.5],
    [12.5, 12.5],
  ]);
  assert.equal(placed("polygon", whole, FRAME).length, 3);
});

test("an ellipse is kept as the box around it, like a rectangle", () => {
  const points = /** @type {Point[]} */ ([
    [0.5, 0.5],
    [4.5, 8.5],
  ]);
  const roi = {shape: /** @type {Shape} */ ("ellipse"), points};
  assert.equal(cornersOf(roi).length, 4);
  assert.deepEqual(snap("ellipse", [3.2, 7.6]), [3.5, 7.5]);
  assert.deepEqual(reshaped(roi, 2, [6.4, 9.6]), [points[0], [6.5, 9.5]]);
  assert.equal(reshaped(roi, 2, [0.6, 9.6]), points, "it keeps a pixel at least");
  assert.deepEqual(shifted(roi, 1.4, 0, FRAME)[0], [1.5, 0.5]);
});

test("of a freehand shape, arrow keys with Shift move all, as it has no corners to be taken", () => {
  const points = /** @type {Point[]} */ ([
    [1, 1],
    [5, 1],
    [5, 5],
  ]);
  const roi = {shape: /** @type {Shape} */ ("freehand"), points};
  assert.deepEqual(nudged(roi, 1, 0, true, FRAME), nudged(roi, 1, 0, false, FRAME));
});
