// The histogram of a channel: bars between the limits in the colors of their pixels, the others show what is cut off.

import {PIXEL_VALUES} from "../base/limits.js";

const VALUES = 256;
const [DARKEST, BRIGHTEST] = PIXEL_VALUES;
/** Pixel values in one bar: a picture that was stretched has gaps between single ones. */
const PER_BAR = 2;
/** Little-endian RGBA of the bars below the lower and above the upper limit. */
const BELOW = 0x70dc985b;
const ABOVE = 0x993b48d9;
/** Between a number and its percent sign: narrow, and no line breaks there. */
const SPACE = "\u202f";
/** Bars are as bright as their hue can be, and mixed with a gray: to be seen in both themes, dark or pale. */
const GRAY = 0x77;
const MIXED_LOW = 0.55;
const MIXED_GRAY = 0.5;

/**
 * Heights of the bars, 0 to 1.
 * @param {ArrayLike<number>} counts of the 256 pixel values
 * @param {boolean} isLog
 */
export function barHeights(counts, isLog) {
  const sums = new Float64Array(VALUES / PER_BAR);
  for (let value = 0; value < VALUES; value++) sums[Math.floor(value / PER_BAR)] += counts[value];
  const heights = isLog ? sums.map(Math.log1p) : sums;
  const top = heights.reduce((most, each) => Math.max(most, each), 0) || 1;
  return heights.map((height) => height / top);
}

/**
 * Parts of the pixels that are cut off, below the lower and above the upper limit.
 * @param {ArrayLike<number>} counts
 * @param {readonly number[]} limits
 * @returns {[below: number, above: number]}
 */
export function cutOff(counts, [low, high]) {
  let [total, below, above] = [0, 0, 0];
  for (let value = 0; value < VALUES; value++) {
    total += counts[value];
    if (value < low) below += counts[value];
    if (value > high) above += counts[value];
  }
  return total ? [below / total, above / total] : [0, 0];
}

/**
 * A part as percent, "" for none of it.
 * @param {number} part
 */
export function percentText(part) {
  if (part <= 0) return "";
  const percent = 100 * part;
  if (percent < 0.1) return `<0.1${SPACE}%`;
  return `${percent < 9.95 ? percent.toFixed(1) : Math.round(percent)}${SPACE}%`;
}

/**
 * Color of a bar, little-endian RGBA.
 * @param {number} color of its pixels
 * @param {number} fraction of the way from limit to limit
 */
function barColor(color, fraction) {
  const dark = [color & 255, (color >> 8) & 255, (color >> 16) & 255];
  const most = Math.max(...dark);
  const samples = dark.map((sample) => (most ? (sample * 255) / most : GRAY));
  const saturation = (Math.max(...samples) - Math.min(...samples)) / 255;
  const mixed = Math.max(MIXED_LOW * (1 - fraction), MIXED_GRAY * (1 - saturation));
  const [red, green, blue] = samples.map((sample) => Math.round(sample + mixed * (GRAY - sample)));
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}

/**
 * The picture of a histogram, as little-endian RGBA; empty without counts.
 * @param {object} of
 * @param {ArrayLike<number> | null} of.counts
 * @param {boolean} of.isLog
 * @param {readonly number[]} of.limits
 * @param {Uint32Array} of.lut color of each pixel value
 * @param {number} width
 * @param {number} height
 */
export function histogramPixels({counts, isLog, limits: [low, high], lut}, width, height) {
  const pixels = new Uint32Array(width * height);
  if (!counts) return pixels;
  const heights = barHeights(counts, isLog);
  for (let x = 0; x < width; x++) {
    const value = ((x + 0.5) / width) * (BRIGHTEST - DARKEST);
    const bar = heights[Math.min(heights.length - 1, Math.floor((value + 0.5) / PER_BAR))];
    const rows = bar ? Math.max(1, Math.round(bar * height)) : 0;
    const fraction = (value - low) / (high - low);
    let color = barColor(lut[Math.round(value)], fraction);
    if (fraction < 0) color = BELOW;
    if (fraction > 1) color = ABOVE;
    for (let y = height - rows; y < height; y++) pixels[y * width + x] = color;
  }
  return pixels;
}
