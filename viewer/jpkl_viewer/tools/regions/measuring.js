// What regions hold, and values along lines; `measure.py` computes the same.

import {findPixels, RoiProblem, describeRoi} from "./masks.js";
import {hypot, linspace} from "./numeric.js";
import {lengthUnit} from "./geometry.js";

/** @typedef {import("../../browser/state/stack.js").Stack} Stack */
/** @typedef {import("../../local/types.js").Pixels} Pixels */
/** @typedef {import("./shapes.js").PlainRoi} PlainRoi */

/** One value, or one each for red, green and blue. @typedef {number[]} Values */

/**
 * Mean, lowest and highest value of a region in a frame.
 * @typedef {{mean: Values, min: Values, max: Values}} Summary
 */

/**
 * @param {Pixels} pixels
 * @param {Uint32Array} places of the region's pixels
 * @returns {Summary}
 */
export function summarize({data, samples}, places) {
  const mean = [];
  const [min, max] = [[], []].map((list) => /** @type {number[]} */ (list));
  for (let sample = 0; sample < samples; sample++) {
    let [sum, least, most] = [0, Infinity, -Infinity];
    for (const place of places) {
      const value = data[samples * place + sample];
      sum += value;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    mean.push(sum / places.length);
    min.push(least);
    max.push(most);
  }
  return {mean, min, max};
}

/**
 * What turns values of the frame at a position into those of the file: null where they are these, or not known.
 * @param {Stack} stack
 * @param {number[]} position
 */
export function unitsAt(stack, position) {
  return stack.isExact ? null : stack.rangeAt(position);
}

/** Whether values are in the units of the file. @param {Stack} stack */
export function isOriginal({isExact, ranges}) {
  return isExact || ranges !== null;
}

/**
 * Values in the units of the file, where these are known.
 * @param {Values} values
 * @param {[number, number] | null} range
 */
export function inUnits(values, range) {
  if (!range) return values;
  const [low, high] = range;
  return values.map((value) => low + (value / 255) * (high - low));
}

/**
 * Mean, min and max of a region in one frame, in the units of the file.
 * @param {Pixels} pixels
 * @param {Stack} stack
 * @param {Pick<PlainRoi, "shape" | "points">} roi
 * @param {number[]} position
 */
export function measureFrame(pixels, stack, roi, position) {
  const found = findPixels(roi, stack);
  return {...found, ...summaryInUnits(summarize(pixels, found.places), unitsAt(stack, position))};
}

/**
 * @param {Summary} summary
 * @param {[number, number] | null} range
 * @returns {Summary}
 */
export function summaryInUnits({mean, min, max}, range) {
  return {mean: inUnits(mean, range), min: inUnits(min, range), max: inUnits(max, range)};
}

/**
 * Values along a line.
 * @typedef {object} LineProfile
 * @property {number[]} x where the values were taken, in pixels
 * @property {number[]} y
 * @property {number[]} distance from the line's start, in `unit`
 * @property {Values[]} values interpolated between the four nearest pixels
 * @property {string} unit
 */

/**
 * Values along a line; parts outside of the frame are left out.
 * @param {Pixels} pixels
 * @param {Stack} stack
 * @param {Pick<PlainRoi, "shape" | "points">} line
 * @param {number[]} position of the frame, for its display range
 * @returns {LineProfile}
 */
export function lineProfile(pixels, stack, line, position) {
  if (line.shape !== "line") throw new RoiProblem(`${describeRoi(line)} has no profile: it is not a line`);
  const [[x0, y0], [x1, y1]] = line.points;
  const {width, height} = pixels;
  const n = Math.ceil(hypot(x1 - x0, y1 - y0)) + 1;
  const [xs, ys] = [linspace([x0], [x1], n), linspace([y0], [y1], n)].map((points) => points.flat());
  const within = xs.map((x, i) => [x, ys[i]]).filter(([x, y]) => isWithin(x, width) && isWithin(y, height));
  if (!within.length)
    throw new RoiProblem(`${describeRoi(line)} lies outside of a frame of ${height} x ${width} pixels`);
  const [dy, dx] = stack.pixelSize ?? [1, 1];
  const range = unitsAt(stack, position);
  return {
    x: within.map(([x]) => x),
    y: within.map(([, y]) => y),
    distance: within.map(([x, y]) => hypot((x - x0) * dx, (y - y0) * dy)),
    values: within.map(([x, y]) => inUnits(interpolated(pixels, x, y), range)),
    unit: lengthUnit(stack),
  };
}

/** @param {number} at @param {number} size */
const isWithin = (at, size) => at >= -0.5 && at <= size - 0.5;

/**
 * Bilinear; in the outer half of the border pixels, their value.
 * @param {Pixels} pixels
 * @param {number} x
 * @param {number} y
 * @returns {Values}
 */
function interpolated({data, width, height, samples}, x, y) {
  const [cx, cy] = [Math.min(width - 1, Math.max(0, x)), Math.min(height - 1, Math.max(0, y))];
  const [left, top] = [Math.floor(cx), Math.floor(cy)];
  const [right, bottom] = [Math.min(left + 1, width - 1), Math.min(top + 1, height - 1)];
  const [fx, fy] = [cx - left, cy - top];
  return Array.from({length: samples}, (_, sample) => {
    const value = (/** @type {number} */ row, /** @type {number} */ column) =>
      data[samples * (row * width + column) + sample];
    const upper = value(top, left) * (1 - fx) + value(top, right) * fx;
    const lower = value(bottom, left) * (1 - fx) + value(bottom, right) * fx;
    return upper * (1 - fy) + lower * fy;
  });
}

/**
 * What has to be known wherever values are shown.
 * @param {Stack} stack
 */
export function caveat({quality, encoding, isExact, ranges}) {
  if (isExact) return `${encoding}: original values`;
  const what = ranges ? "original intensities to the nearest of 256 levels" : "values 0...255 as encoded";
  const stored = encoding.includes("JPEG, quality") ? `8-bit JPEG, q=${quality}` : encoding;
  return `${stored}: ${what}; measure on the originals`;
}
