// Curves relative to their own baseline or range; `scaling.py` computes the same.

import {pairwiseSum} from "./numeric.js";

/**
 * What curves are shown as: as measured, as change relative to a baseline, or from 0 to 1. The baseline is the mean of
 * so many frames from the first on; with 0, the 10th percentile of each curve.
 * @typedef {{scale: "raw" | "dff" | "unit", baseline: number}} Scaling
 */

const BASELINE_PERCENTILE = 10;
const MOST_FRAMES = 1e6;

/**
 * What settings say, which a link may have filled anyhow.
 * @param {any} settings
 * @returns {Scaling}
 */
export function readScaling(settings) {
  const {scale, baseline} = settings ?? {};
  const isCount = Number.isInteger(baseline) && baseline > 0 && baseline <= MOST_FRAMES;
  return {scale: scale === "dff" || scale === "unit" ? scale : "raw", baseline: isCount ? baseline : 0};
}

/** As NumPy interpolates it. @param {number[]} sorted not empty @param {number} percent */
function percentile(sorted, percent) {
  const place = (sorted.length - 1) * (percent / 100);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  const [low, step, share] = [sorted[below], sorted[above] - sorted[below], place - below];
  return share < 0.5 ? low + step * share : sorted[above] - step * (1 - share);
}

/** @param {ArrayLike<number>} values */
const knownOf = (values) => Array.from(values).filter((value) => !Number.isNaN(value));

/**
 * The baseline of a curve; NaN where it is not known.
 * @param {ArrayLike<number>} values
 * @param {number} first
 */
function baselineOf(values, first) {
  if (!first)
    return percentile(
      knownOf(values).sort((a, b) => a - b),
      BASELINE_PERCENTILE,
    );
  const start = knownOf(Array.from(values).slice(0, first));
  return start.length ? pairwiseSum(start) / start.length : NaN;
}

/**
 * A curve as it is shown; NaN is unknown. All is, where a baseline is not above 0.
 * @param {ArrayLike<number>} values
 * @param {Scaling} scaling
 * @returns {ArrayLike<number>}
 */
export function scaled(values, {scale, baseline}) {
  if (scale === "raw") return values;
  const known = knownOf(values);
  if (!known.length) return values;
  if (scale === "dff") {
    const f0 = baselineOf(values, baseline);
    return Array.from(values, (value) => (f0 > 0 ? (value - f0) / f0 : NaN));
  }
  const [low, high] = [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))];
  return Array.from(values, (value) => (value - low) / (high - low || 1));
}
