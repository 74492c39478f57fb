// Automatic contrast limits: pure, and the same as `model/contrast.py`, which explains the rule. Both are held to
// the golden vectors in `tests/data`.

import {AUTO_LIMITS, PIXEL_VALUES} from "../base/limits.js";

/**
 * The lowest pixel value at or below which lie so many percent of the pixels.
 * @param {number[]} counts
 * @param {number} percent
 */
function reach(counts, percent) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  for (let value = 0; value < counts.length; value++) {
    sum += counts[value];
    if (sum > 0 && sum >= (percent / 100) * total) return value;
  }
  return counts.length - 1;
}

/**
 * Weighted means of neighboring counts: values of few bits leave gaps in a histogram.
 * @param {number[]} counts
 */
function smoothed(counts) {
  const {smooth} = AUTO_LIMITS;
  return counts.map((_, value) => {
    let sum = 0;
    let total = 0;
    for (let other = value - smooth; other <= value + smooth; other++) {
      if (!(other in counts)) continue;
      const weight = smooth + 1 - Math.abs(other - value);
      sum += weight * counts[other];
      total += weight;
    }
    return sum / total;
  });
}

/**
 * The darkest level at which pixel values pile up: the first peak of the histogram that is not small beside the
 * highest, and that a valley follows.
 * @param {number[]} counts
 */
function backgroundLevel(counts) {
  const heights = smoothed(counts);
  const least = AUTO_LIMITS.peak * Math.max(...heights);
  let peak = 0;
  for (const [level, height] of heights.entries()) {
    if (height > heights[peak]) peak = level;
    else if (heights[peak] >= least && height < AUTO_LIMITS.valley * heights[peak]) break;
  }
  return peak;
}

/**
 * How much a background counts as dark, 0 to 1.
 * @param {number} below how far values reach below it
 * @param {number} above and above
 */
function darkness(below, above) {
  const [least, most] = AUTO_LIMITS.rise;
  return below <= 0 ? 0 : Math.min(1, Math.max(0, (above / below - least) / (most - least)));
}

/**
 * Contrast limits for a histogram, at least 1 apart.
 * @param {ArrayLike<number>} counts of the 256 pixel values
 * @returns {[number, number]}
 */
export function autoLimits(counts) {
  const found = Array.from(counts);
  const [darkest, brightest] = PIXEL_VALUES;
  if (!found.some((count) => count > 0)) return [darkest, brightest];
  const [first, last, farthest] = AUTO_LIMITS.percentiles.map((percent) => reach(found, percent));
  if (first === farthest) return [Math.max(darkest, first - 1), Math.min(brightest, first + 1)];
  const background = backgroundLevel(found);
  const below = background - first;
  const low = first + Math.floor(darkness(below, last - background) * Math.max(0, below));
  const span = Math.max(1, last - low);
  const stretch = Math.sqrt((farthest - low) / span / AUTO_LIMITS.far);
  return [low, Math.min(brightest, low + Math.ceil(span * Math.max(1, stretch)))];
}

/**
 * How far the values reach above their background, compared with how far below: about 1 for noise and for transmitted
 * light, above 4 for most fluorescence.
 * @param {ArrayLike<number>} counts of the 256 pixel values
 */
export function rise(counts) {
  const found = Array.from(counts);
  const [first, last] = AUTO_LIMITS.percentiles.map((percent) => reach(found, percent));
  const background = backgroundLevel(found);
  return (last - background) / Math.max(1, background - first);
}
