// How long and how large regions are, in the units of the stack; `geometry.py` computes the same.

import {format, withMinus} from "../../browser/base/numbers.js";
import {hypot} from "./numeric.js";

/** @typedef {import("./shapes.js").PlainRoi} PlainRoi */
/** @typedef {import("./shapes.js").Point} Point */
/** @typedef {Pick<import("../../browser/types.js").Description, "pixelSize" | "pixelUnit">} Scaled */

/** Digits of lengths, areas and angles. */
const DIGITS = 3;

/** @param {Scaled} stack */
export const lengthUnit = ({pixelSize, pixelUnit}) => (pixelSize ? pixelUnit || "units" : "px");

/**
 * Where a line goes, in the units of the stack; y upwards.
 * @param {Point[]} points
 * @param {Scaled} stack
 */
function wayOf([[x0, y0], [x1, y1]], {pixelSize}) {
  const [height, width] = pixelSize ?? [1, 1];
  return [(x1 - x0) * width, (y0 - y1) * height];
}

/**
 * @param {Point[]} points
 * @param {Scaled} stack
 */
export function lineLength(points, stack) {
  const [dx, dy] = wayOf(points, stack);
  return hypot(dx, dy);
}

/**
 * In degrees, -180 to 180: counterclockwise from the x axis.
 * @param {Point[]} points
 * @param {Scaled} stack
 */
export function lineAngle(points, stack) {
  const [dx, dy] = wayOf(points, stack);
  return Math.atan2(dy, dx) * (180 / Math.PI);
}

/**
 * Length and angle of a line, as files have it, e.g. `9.96 µm · 76°`.
 * @param {Point[]} points
 * @param {Scaled} stack
 */
export function lineText(points, stack) {
  const length = format(lineLength(points, stack), DIGITS);
  return `${length} ${lengthUnit(stack)} · ${format(lineAngle(points, stack), DIGITS)}°`;
}

/**
 * The area of pixels in the units of the stack.
 * @param {number} pixels
 * @param {Scaled} stack
 */
export function area(pixels, {pixelSize}) {
  const [height, width] = pixelSize ?? [1, 1];
  return pixels * height * width;
}

/**
 * As it is shown: where a point is, how long a line, how large an area: that of its pixels, which are `undefined` until measured.
 * @param {PlainRoi} roi
 * @param {number | undefined} pixels
 * @param {Scaled} stack
 */
export function sizeText({shape, points}, pixels, stack) {
  if (shape === "point") return withMinus(`x ${points[0][0]}, y ${points[0][1]}`);
  if (shape === "line") return withMinus(lineText(points, stack));
  if (pixels === undefined) return "…";
  const inPixels = `${pixels} px`;
  if (!stack.pixelSize) return inPixels;
  return `${format(area(pixels, stack), DIGITS)} ${lengthUnit(stack)}² · ${inPixels}`;
}
