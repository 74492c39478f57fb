// Pixel values as intensities of the file and back: the limits that people type, and the axis below a histogram.

import {PIXEL_VALUES} from "../base/limits.js";
import {parseNumber, withMinus} from "../base/numbers.js";

const [DARKEST, BRIGHTEST] = PIXEL_VALUES;
/** Digits of a pixel value that are kept: what was typed comes back as it was. */
const KEPT_DIGITS = 6;
/** Intensities have as many digits behind the point as it takes to tell so many of them apart. */
const APART = 1e5;
/** An axis has at most so many numbers. */
const MOST_TICKS = 4;

/**
 * What the darkest and the brightest pixel value stand for.
 * @typedef {object} Scale
 * @property {number} low
 * @property {number} high
 * @property {boolean} isWhole whether intensities are whole numbers
 */

/**
 * The scale of the frame at a position, or of its projection; of pixel values themselves, where the file says
 * nothing, or a projection puts frames of different display ranges together.
 * @param {Pick<import("../state/stack.js").Stack, "scale" | "isInteger" | "ranges">} stack
 * @param {number[]} position
 * @param {import("../types.js").Projection | null} [projection]
 * @returns {Scale}
 */
export function scaleAt(stack, position, projection) {
  const known = stack.scale(position, projection);
  if (known === null) return {low: DARKEST, high: BRIGHTEST, isWhole: true};
  const isWhole = (stack.isInteger || stack.ranges === null) && projection?.method !== "std";
  return {low: known.low, high: known.high, isWhole};
}

/**
 * @param {Scale} scale
 * @param {number} value a pixel value
 */
export function toIntensity({low, high}, value) {
  return low + ((value - DARKEST) / (BRIGHTEST - DARKEST)) * (high - low);
}

/**
 * @param {Scale} scale
 * @param {number} intensity
 */
export function toPixelValue({low, high}, intensity) {
  const value = DARKEST + ((intensity - low) / (high - low)) * (BRIGHTEST - DARKEST);
  return Number(value.toFixed(KEPT_DIGITS));
}

/**
 * What a pixel value stands for, as text; whole numbers without a point.
 * @param {Scale} scale
 * @param {number} value
 */
export function intensityText(scale, value) {
  const intensity = toIntensity(scale, value);
  if (scale.isWhole) return String(Math.round(intensity) + 0);
  const digits = Math.ceil(Math.log10(APART / Math.abs(scale.high - scale.low)));
  return String(Number(intensity.toFixed(Math.min(20, Math.max(0, digits)))) + 0);
}

/**
 * By how much an arrow key changes an intensity that is typed: one pixel value.
 * @param {Scale} scale
 */
export function stepOf({low, high, isWhole}) {
  const step = Math.abs(high - low) / (BRIGHTEST - DARKEST);
  return isWhole ? Math.max(1, Math.round(step)) : step;
}

/**
 * A limit that was typed, or a word on why it is none.
 * @param {string} text
 * @param {"low" | "high"} which
 * @param {readonly [number, number]} limits as they are, in pixel values
 * @param {Scale} scale
 * @returns {{limits: [number, number], word: string} | {limits: null, word: string}}
 */
export function parseLimit(text, which, limits, scale) {
  const intensity = parseNumber(text);
  if (intensity === null) return {limits: null, word: `“${text.trim()}” is no number`};
  const wanted = toPixelValue(scale, intensity);
  const value = Math.min(BRIGHTEST, Math.max(DARKEST, wanted));
  const word =
    value === wanted
      ? ""
      : `This file has ${intensityText(scale, DARKEST)} to ${intensityText(scale, BRIGHTEST)}`;
  const [low, high] = which === "low" ? [value, limits[1]] : [limits[0], value];
  if (low < high) return {limits: [low, high], word};
  const other = intensityText(scale, limits[which === "low" ? 1 : 0]);
  return {limits: null, word: which === "low" ? `It must be below ${other}` : `It must be above ${other}`};
}

/**
 * Where an axis has numbers, as parts of its length, and these numbers.
 * @param {Scale} scale
 * @returns {{part: number, text: string}[]}
 */
export function axisTicks({low, high}) {
  if (!(high > low)) return [];
  const rough = (high - low) / MOST_TICKS;
  const power = Number(`1e${Math.floor(Math.log10(rough))}`);
  const step = ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power;
  const ticks = [];
  for (let n = Math.ceil(low / step); n * step <= high; n++)
    ticks.push({part: (n * step - low) / (high - low), text: withMinus(shortText(n * step, step))});
  return ticks;
}

/**
 * @param {number} value
 * @param {number} step between such numbers
 */
function shortText(value, step) {
  const [unit, suffix] = /** @type {const} */ ([
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ]).find(([size]) => step >= size) ?? [1, ""];
  const digits = Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9));
  if (digits > 6) return value.toExponential(1);
  return value === 0 ? "0" : `${Number((value / unit).toFixed(digits))}${suffix}`;
}
