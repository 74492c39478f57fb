// Where the parts of a plot are: ticks, lines and bands, in screen pixels.

import {niceLength} from "../../browser/base/numbers.js";
import {pathThrough} from "./svg.js";

/**
 * @typedef {[low: number, high: number]} Range
 * @typedef {import("./shapes.js").Point} Point
 */

/**
 * One line of a plot, with a band from `low` to `high`. Unknown values are NaN.
 * @typedef {object} Series
 * @property {string} name of the region
 * @property {string} color
 * @property {string} [dash]
 * @property {ArrayLike<number>} x
 * @property {ArrayLike<number>} y
 * @property {ArrayLike<number>} [low]
 * @property {ArrayLike<number>} [high]
 * @property {boolean} [isFaded] whether it is about to change
 * @property {boolean} [isDots] whether the values have nothing to do with their neighbors: no line joins them
 */

/** Room around the lines. */
export const MARGIN = {left: 62, right: 14, top: 8, bottom: 32};

/** Room above and below the lines, as a share of the range of their values. */
const AIR = 0.04;

/** From values to places on the screen, and back. */
export class PlotScale {
  /**
   * @param {number} width of the lines' room, in screen pixels
   * @param {number} height
   * @param {Range} xRange
   * @param {Range} yRange
   */
  constructor(width, height, xRange, yRange) {
    this.width = width;
    this.height = height;
    this.xRange = xRange;
    this.yRange = yRange;
    this.right = MARGIN.left + width;
    this.bottom = MARGIN.top + height;
  }

  /** @param {number} value */
  x(value) {
    const [low, high] = this.xRange;
    return MARGIN.left + ((value - low) / (high - low || 1)) * this.width;
  }

  /** @param {number} value */
  y(value) {
    const [low, high] = this.yRange;
    return MARGIN.top + (1 - (value - low) / (high - low)) * this.height;
  }

  /** The value along the x axis that is nearest to a place. @param {number} place from the left of the plot */
  valueAt(place) {
    const [low, high] = this.xRange;
    return low + Math.min(1, Math.max(0, (place - MARGIN.left) / this.width)) * (high - low);
  }
}

/**
 * Round numbers within a range, about one in `distance` screen pixels.
 * @param {Range} range
 * @param {number} length of the axis, in screen pixels
 * @param {number} distance
 * @param {number} least smallest step
 */
export function ticksOf([low, high], length, distance, least = 0) {
  const room = (2 * (high - low) * distance) / Math.max(distance, length);
  const step = Math.max(least, /** @type {number} */ (niceLength(room)));
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({length: Math.max(0, count)}, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/**
 * The range of the values of series with some air around it; some range if none is known.
 * @param {Series[]} series
 * @returns {Range}
 */
export function valueRange(series) {
  let [least, most] = [Infinity, -Infinity];
  for (const {y, low = y, high = y} of series) {
    for (const value of [...Array.from(low), ...Array.from(high)]) {
      if (!Number.isFinite(value)) continue;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  if (least > most) [least, most] = [0, 1];
  const air = (most - least) * AIR || 1;
  return [least - air, most + air];
}

/**
 * The points that are known, in runs without a gap.
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 */
export function runsOf(xs, ys) {
  /** @type {Point[][]} */
  const runs = [];
  let isGap = true;
  for (let i = 0; i < ys.length; i++) {
    if (Number.isFinite(ys[i])) {
      if (isGap) runs.push([]);
      runs[runs.length - 1].push([xs[i], ys[i]]);
    }
    isGap = !Number.isFinite(ys[i]);
  }
  return runs;
}

/**
 * The paths of a line and its band; null where it has none.
 * @param {Series} series
 * @param {PlotScale} scale
 */
export function curvePaths({x, y, low, high, isDots = false}, scale) {
  /** @param {ArrayLike<number>} values @returns {Point[][]} */
  const runs = (values) => runsOf(x, values).map((run) => run.map(([a, b]) => [scale.x(a), scale.y(b)]));
  /** @param {Point[][]} pieces */
  const apart = (pieces) => (isDots ? pieces.flat().map((point) => [point]) : pieces);
  // A single point is drawn as a dot, the round end of a line of no length.
  const line = apart(runs(y)).map((run) => pathThrough(run.length > 1 ? run : [...run, ...run]));
  if (!low || !high) return {line: line.join(""), band: null};
  const bottoms = apart(runs(low));
  const band = apart(runs(high)).map((top, i) => pathThrough([...top, ...bottoms[i].reverse()], true));
  return {line: line.join(""), band: band.join("")};
}
