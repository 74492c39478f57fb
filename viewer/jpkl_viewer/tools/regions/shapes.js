// Geometry of regions of interest, in pixels of the frame: what moving and reshaping makes of their points.

import {REGIONS} from "../../browser/base/limits.js";

/** @typedef {[x: number, y: number]} Point the center of the first pixel is at (0, 0) */
/** @typedef {"point" | "line" | "rectangle" | "ellipse" | "polygon" | "freehand"} Shape */
/** @typedef {{width: number, height: number}} Size */

/**
 * A region of interest as it is kept and asked for. Its name stays as it is; it is called by its label, if it has one.
 * @typedef {{name: string, shape: Shape, points: Point[], label?: string}} PlainRoi
 */

/** With its color, which follows from the name. @typedef {PlainRoi & {color: string}} Roi */

/**
 * How many points make a shape, and how it is drawn.
 * @type {Record<Shape, {least: number, most: number, hint: string}>}
 */
export const SHAPES = {
  point: {least: 1, most: 1, hint: "Click a pixel"},
  line: {least: 2, most: 2, hint: "Drag from one end to the other"},
  rectangle: {least: 2, most: 2, hint: "Drag from corner to corner"},
  ellipse: {least: 2, most: 2, hint: "Drag from corner to corner of the box around it"},
  polygon: {
    least: 3,
    most: REGIONS.mostPoints,
    hint: "Click the corners; double-click or press Enter to close it",
  },
  freehand: {least: 3, most: REGIONS.mostPoints, hint: "Draw around it in one stroke"},
};

/**
 * Whether a shape is kept as two opposite corners of a box, which lie on edges of pixels.
 * @param {Shape} shape
 */
export const isBox = (shape) => shape === "rectangle" || shape === "ellipse";

/**
 * Whether a shape holds what is inside of it.
 * @param {Shape} shape
 */
export const isArea = (shape) => shape !== "point" && shape !== "line";

/** How far from the center of the outermost pixel a corner can be: just inside the pixel's edge. */
const EDGE = 0.499;

/** @param {number} value @param {number} least @param {number} most */
const within = (value, least, most) => Math.min(most, Math.max(least, value));

/** @param {number} value @param {number} digits after the decimal point */
const rounded = (value, digits) => Math.round(10 ** digits * value) / 10 ** digits;

/**
 * The corners of a shape in turn: of a rectangle, and the box around an ellipse, four.
 * @param {{shape: Shape, points: Point[]}} roi
 * @returns {Point[]}
 */
export function cornersOf({shape, points}) {
  if (!isBox(shape)) return points;
  const [[x0, y0], [x1, y1]] = points;
  return [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ];
}

/**
 * A point where shapes of a kind may have one: pixels' edges for rectangles, as they hold whole pixels, and ellipses.
 * @param {Shape} shape
 * @param {Point} point
 * @returns {Point}
 */
export function snap(shape, [x, y]) {
  if (shape === "point") return [Math.round(x), Math.round(y)];
  if (isBox(shape)) return [Math.round(x + 0.5) - 0.5, Math.round(y + 0.5) - 0.5];
  return [rounded(x, 1), rounded(y, 1)];
}

/**
 * The nearest point inside a pixel of the frame.
 * @param {Point} point
 * @param {Size} frame
 * @returns {Point}
 */
export function insideFrame([x, y], {width, height}) {
  return [within(x, -EDGE, width - 1 + EDGE), within(y, -EDGE, height - 1 + EDGE)];
}

/**
 * Two opposite corners of a rectangle after one of its four corners, in the order of `cornersOf`, is at (x, y).
 * @param {Point[]} points
 * @param {number} corner
 * @param {Point} to
 * @returns {Point[]}
 */
function resized([[x0, y0], [x1, y1]], corner, [x, y]) {
  const isLeft = corner === 0 || corner === 3;
  const isTop = corner < 2;
  return [
    [isLeft ? x : x0, isTop ? y : y0],
    [isLeft ? x1 : x, isTop ? y1 : y],
  ];
}

/**
 * The points of a shape after one of its corners was put elsewhere.
 * @param {{shape: Shape, points: Point[]}} roi
 * @param {number} corner
 * @param {Point} to
 */
export function reshaped({shape, points}, corner, to) {
  const place = snap(shape, to);
  if (!isBox(shape)) return points.map((point, i) => (i === corner ? place : point));
  const moved = resized(points, corner, place);
  const [[left, top], [right, bottom]] = moved;
  return left === right || top === bottom ? points : moved; // it keeps a pixel at least
}

/**
 * A step that leaves the middle of a shape within the frame, where a hand can reach it.
 * @param {number} by
 * @param {number[]} values coordinates of the shape along an axis
 * @param {number} size of the frame
 */
function held(by, values, size) {
  const middle = (Math.min(...values) + Math.max(...values)) / 2;
  return within(by, -middle, size - 1 - middle);
}

/**
 * The points of a shape after it was moved: in steps that leave its pixels' pattern as it is.
 * @param {{shape: Shape, points: Point[]}} roi
 * @param {number} dx
 * @param {number} dy
 * @param {Size} frame
 * @returns {Point[]}
 */
export function shifted({shape, points}, dx, dy, {width, height}) {
  const digits = shape === "point" || isBox(shape) ? 0 : 1;
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [sx, sy] = [rounded(held(dx, xs, width), digits), rounded(held(dy, ys, height), digits)];
  return points.map(([x, y]) => [rounded(x + sx, 2), rounded(y + sy, 2)]);
}

/**
 * The points of a shape after an arrow key: it has moved, or its last corner has.
 * @param {{shape: Shape, points: Point[]}} roi
 * @param {number} dx
 * @param {number} dy
 * @param {boolean} isResize
 * @param {Size} frame
 */
export function nudged(roi, dx, dy, isResize, frame) {
  const {shape, points} = roi;
  if (!isResize || shape === "point" || shape === "freehand") return shifted(roi, dx, dy, frame);
  const [x, y] = points[points.length - 1];
  return reshaped(roi, isBox(shape) ? 2 : points.length - 1, [x + dx, y + dy]);
}

/**
 * Points of a new shape in the middle of what is seen of a frame, an eighth of it large.
 * @param {Shape} shape
 * @param {{min: number, max: number}[]} ranges of x and y that are seen
 * @param {Size} frame
 * @returns {Point[]}
 */
export function placed(shape, [xs, ys], {width, height}) {
  const x = within(Math.round((xs.min + xs.max) / 2), 0, width - 1);
  const y = within(Math.round((ys.min + ys.max) / 2), 0, height - 1);
  const size = Math.max(1, Math.round(Math.min(width, height, xs.max - xs.min, ys.max - ys.min) / 8));
  if (shape === "point") return [[x, y]];
  if (shape === "line")
    return [
      [x - size, y],
      [x + size, y],
    ];
  if (isBox(shape))
    return [
      [x - size - 0.5, y - size - 0.5],
      [x + size + 0.5, y + size + 0.5],
    ];
  return [
    [x, y - size],
    [x + size, y + size],
    [x - size, y + size],
  ];
}
