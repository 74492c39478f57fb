// What is said of regions of interest: values in the list, remarks under the buttons.

import {format, withMinus} from "../../browser/base/numbers.js";
import {sizeText} from "./geometry.js";

/** @typedef {import("./curves.js").Curve} Curve */

const UNKNOWN = "…";
const FAILED = "–";

/**
 * Mean, min and max of a region in one frame.
 * @param {Curve | undefined} curve as far as it has come
 * @param {number} index of the frame along the dim of the curve
 * @param {number} sample color of RGB; 0 for gray
 * @param {boolean} isInteger whether the file has integers, which the least and the greatest value then are
 */
export function cellTexts(curve, index, sample, isInteger = false) {
  const values = /** @type {const} */ (["mean", "min", "max"]).map((part) => {
    const value = curve?.[part]?.[sample]?.[index] ?? NaN;
    return isInteger && part !== "mean" ? Math.round(value) : value;
  });
  const unknown = curve?.failed ? FAILED : UNKNOWN;
  return values.map((value) => (Number.isFinite(value) ? withMinus(format(value, 4)) : unknown));
}

/**
 * How large a region is, with a star where part of it does not count.
 * @param {import("./shapes.js").PlainRoi} roi
 * @param {Curve | undefined} curve
 * @param {import("./geometry.js").Scaled} stack
 */
export function regionSize(roi, curve, stack) {
  return `${sizeText(roi, curve?.pixels, stack)}${curve?.clipped ? "*" : ""}`;
}

/**
 * What is said below the buttons.
 * @param {string} hint how the shape that is picked is drawn; "" for none
 * @param {{name: string, curve: Curve | undefined}[]} measured regions and what is known of them
 * @param {string} problem why the last computation failed; "" if it has not
 */
export function remarks(hint, measured, problem) {
  const failed = measured.flatMap(({name, curve}) => (curve?.failed ? [`${name}: ${curve.failed}`] : []));
  const isClipped = measured.some(({curve}) => curve?.clipped);
  return [
    hint && `${hint}. Shift draws several, Escape ends`,
    ...failed,
    measured.some(({curve}) => curve?.failed === problem) ? "" : problem,
    isClipped ? "* cut off at the edge of the frame" : "",
  ]
    .filter(Boolean)
    .join("; ");
}
