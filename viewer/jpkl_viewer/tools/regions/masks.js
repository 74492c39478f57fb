// Which pixels belong to a region of interest; `roi.py` finds the same.
//
// A pixel belongs to a rectangle, ellipse or polygon if its center lies inside or on the edge. What lies
// outside of the
// frame does not count.

import {REGIONS} from "../../browser/base/limits.js";
import {linspace, plainNumber} from "./numeric.js";

/** @typedef {import("./shapes.js").PlainRoi} PlainRoi */
/** @typedef {import("./shapes.js").Point} Point */
/** @typedef {{width: number, height: number}} Size */

/** A region that has no pixels, or whose coordinates are not usable numbers. */
export class RoiProblem extends Error {}

/**
 * Which pixels of a rectangle belong to a region.
 * @typedef {{left: number, top: number, width: number, height: number, inside: Uint8Array}} Mask
 */

/**
 * The pixels of a region within a frame.
 * @typedef {object} RoiPixels
 * @property {Uint32Array} places of the pixels in the frame, row by row
 * @property {boolean} isClipped whether part of the region lies outside of the frame
 */

/** Points of the outline of an ellipse: a multiple of four, so that its extremes are among them. */
const OUTLINE_POINTS = 64;

/**
 * The region, if it is one; throws otherwise.
 * @template {Pick<PlainRoi, "shape" | "points">} Region
 * @param {Region} roi
 * @returns {Region}
 */
export function checkRoi(roi) {
  const {shape, points} = roi;
  if (points.length > REGIONS.mostPoints)
    throw new RoiProblem(`a region has at most ${REGIONS.mostPoints} points, not ${points.length}`);
  const isUsable = points.flat().every((value) => Math.abs(value) <= REGIONS.farthest);
  if (!isUsable) {
    const most = REGIONS.farthest.toExponential().replace(/e\+(\d)$/, "e+0$1");
    throw new RoiProblem(`${describeRoi(roi)}: coordinates must be numbers from -${most} to ${most}`);
  }
  const least = {point: [1, 1], line: [2, 2], rectangle: [2, 2], ellipse: [2, 2]}[
    /** @type {string} */ (shape)
  ];
  const isShape = least ? points.length === least[0] : isPolygon(shape) && points.length >= 3;
  if (!isShape) throw new RoiProblem(`there is no region of shape '${shape}' with ${points.length} points`);
  return roi;
}

/** @param {string} shape */
const isPolygon = (shape) => shape === "polygon" || shape === "freehand";

/**
 * A region as messages name it, and files: `Rectangle(x0=1, y0=2.5, x1=4, y1=5)`.
 * @param {Pick<PlainRoi, "shape" | "points">} roi
 */
export function describeRoi({shape, points}) {
  if (isPolygon(shape))
    return `Polygon(vertices=(${points.map((point) => `(${point.map(plainNumber).join(", ")})`).join(", ")}))`;
  const names = shape === "point" ? ["x", "y"] : ["x0", "y0", "x1", "y1"];
  const values = points.flat().map((value, i) => `${names[i]}=${plainNumber(value)}`);
  return `${shape[0].toUpperCase()}${shape.slice(1)}(${values.join(", ")})`;
}

/**
 * Find the pixels of a frame that belong to a region; throws where there is none.
 * @param {Pick<PlainRoi, "shape" | "points">} roi
 * @param {Size} frame
 * @returns {RoiPixels}
 */
export function findPixels(roi, {width, height}) {
  const isSteps = roi.shape === "point" || roi.shape === "line";
  const mask = isSteps ? stepsMask(roi, width, height) : areaMask(roi, width, height);
  const places = placesOf(mask, width);
  if (!places.length)
    throw new RoiProblem(`${describeRoi(roi)} contains no pixel of a frame of ${height} x ${width} pixels`);
  const isClipped = outlineOf(roi).some(
    ([x, y]) => x < -0.5 || y < -0.5 || x > width - 0.5 || y > height - 0.5,
  );
  return {places, isClipped};
}

/** @param {Mask} mask @param {number} frameWidth */
function placesOf({left, top, width, height, inside}, frameWidth) {
  const places = [];
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      if (inside[row * width + column]) places.push((top + row) * frameWidth + left + column);
  return Uint32Array.from(places);
}

/**
 * The outline of a region; a rectangle's four corners in turn.
 * @param {Pick<PlainRoi, "shape" | "points">} roi
 * @returns {Point[]}
 */
export function outlineOf({shape, points}) {
  const [[x0, y0], [x1, y1] = [0, 0]] = points;
  if (shape === "rectangle")
    return [
      [x0, y0],
      [x1, y0],
      [x1, y1],
      [x0, y1],
    ];
  if (shape !== "ellipse") return points;
  return Array.from({length: OUTLINE_POINTS}, (_, i) => {
    const turn = i * ((2 * Math.PI) / OUTLINE_POINTS);
    return [(x0 + x1 + Math.cos(turn) * (x1 - x0)) / 2, (y0 + y1 + Math.sin(turn) * (y1 - y0)) / 2];
  });
}

/**
 * The pixels of a point, or those that a line passes, one per step along its longer direction.
 * @param {Pick<PlainRoi, "shape" | "points">} roi
 * @param {number} width
 * @param {number} height
 * @returns {Mask}
 */
function stepsMask({points}, width, height) {
  // Halfway between two pixels it is the one to the right or below, as a picture is drawn.
  const pixels = stepsOf(points).map((point) => point.map((value) => Math.floor(value + 0.5)));
  const within = pixels.filter(([x, y]) => x >= 0 && x < width && y >= 0 && y < height);
  if (!within.length) return {left: 0, top: 0, width: 0, height: 0, inside: new Uint8Array()};
  const [xs, ys] = [0, 1].map((axis) => within.map((point) => point[axis]));
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const size = {width: Math.max(...xs) - left + 1, height: Math.max(...ys) - top + 1};
  const inside = new Uint8Array(size.width * size.height);
  for (const [x, y] of within) inside[(y - top) * size.width + x - left] = 1;
  return {left, top, ...size, inside};
}

/** @param {Point[]} points @returns {number[][]} */
function stepsOf(points) {
  if (points.length === 1) return points;
  const [from, to] = points;
  const n = Math.ceil(Math.max(...from.map((value, i) => Math.abs(to[i] - value)))) + 1;
  return linspace(from, to, n);
}

/**
 * @param {Pick<PlainRoi, "shape" | "points">} roi
 * @param {number} frameWidth
 * @param {number} frameHeight
 * @returns {Mask}
 */
function areaMask(roi, frameWidth, frameHeight) {
  const points = outlineOf(roi);
  const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
  const [left, top] = [xs, ys].map((values) => Math.max(0, Math.ceil(Math.min(...values))));
  const right = Math.min(frameWidth, Math.floor(Math.max(...xs)) + 1);
  const bottom = Math.min(frameHeight, Math.floor(Math.max(...ys)) + 1);
  const [width, height] = [Math.max(0, right - left), Math.max(0, bottom - top)];
  const mask = {left, top, width, height, inside: new Uint8Array(width * height)};
  if (roi.shape === "rectangle") mask.inside.fill(1);
  else if (roi.shape === "ellipse") fillEllipse(mask, roi.points);
  else
    fillPolygon(
      mask,
      points.map(([x, y]) => [x - left, y - top]),
    );
  return mask;
}

/**
 * Inside or on the edge; without a division, which would round.
 * @param {Mask} mask
 * @param {Point[]} points
 */
function fillEllipse({left, top, width, height, inside}, [[x0, y0], [x1, y1]]) {
  const [across, down] = [x1 - x0, y1 - y0];
  const most = (across * down) ** 2;
  for (let row = 0; row < height; row++) {
    const y = (2 * (row + top) - (y0 + y1)) * across;
    for (let column = 0; column < width; column++) {
      const x = (2 * (column + left) - (x0 + x1)) * down;
      inside[row * width + column] = Number(x * x + y * y <= most);
    }
  }
}

/**
 * Inside (even-odd rule: the edges to the right are counted) or on an edge.
 * @param {Mask} mask
 * @param {Point[]} points from its upper left pixel
 */
function fillPolygon({width, height, inside}, points) {
  const onEdge = new Uint8Array(width * height);
  points.forEach(([ax, ay], i) => {
    const [bx, by] = points[(i + 1) % points.length];
    const [nearest, farthest] = [Math.min(ax, bx), Math.max(ax, bx)];
    // No other rows can meet the edge.
    const first = Math.max(0, Math.ceil(Math.min(ay, by)));
    const last = Math.min(height - 1, Math.floor(Math.max(ay, by)));
    for (let y = first; y <= last; y++) {
      const crosses = ay > y !== by > y;
      for (let x = 0; x < width; x++) {
        const side = (bx - ax) * (y - ay) - (by - ay) * (x - ax); // its sign: left or right of the edge
        if (crosses && (by > ay ? side > 0 : side < 0)) inside[y * width + x] ^= 1;
        if (side === 0 && nearest <= x && x <= farthest) onEdge[y * width + x] = 1;
      }
    }
  });
  onEdge.forEach((is, at) => is && (inside[at] = 1));
}
