// Where to go along a dim, as it is typed: an index, a physical value with its unit, or the name of a channel.

import {parseNumber} from "../base/numbers.js";

/** @typedef {import("../types.js").Dim} Dim */

/**
 * The index nearest to a physical value.
 * @param {number[]} coords
 * @param {number} value
 */
function nearest(coords, value) {
  const away = (/** @type {number} */ index) => Math.abs(coords[index] - value);
  return coords.reduce((best, _, index) => (away(index) < away(best) ? index : best), 0);
}

/**
 * A text without what people type differently: capitals, and µ, of which there are two and which few keyboards have.
 * @param {string} text
 */
function plain(text) {
  return text.trim().normalize("NFKC").toLowerCase().replaceAll("μ", "u");
}

/**
 * The label that was typed, whole or as it begins; -1 where there is none.
 * @param {string} typed made plain
 * @param {readonly string[]} labels
 */
function named(typed, labels) {
  if (typed === "") return -1;
  const lower = labels.map(plain);
  const exact = lower.indexOf(typed);
  return exact >= 0 ? exact : lower.findIndex((label) => label.startsWith(typed));
}

/**
 * The index that was typed; null for what is none. Whole numbers without a unit are indices, counted from 0.
 * @param {string} text such as `10`, `12.5 s`, `GFP` or the beginning of a name
 * @param {Dim} dim
 * @param {string[]} [labels] of the indices, where they have any
 * @returns {number | null}
 */
export function parsePlace(text, {size, coords, unit}, labels = []) {
  const typed = plain(text);
  if (/^[+-]?\d+$/.test(typed)) return Math.min(size - 1, Math.max(0, Number(typed)));
  const index = named(typed, labels);
  if (index >= 0) return index;
  const ending = plain(unit);
  const value = parseNumber(
    (ending && typed.endsWith(ending) ? typed.slice(0, -ending.length) : typed).replace(",", "."),
  );
  return coords && value !== null ? nearest(coords, value) : null;
}
