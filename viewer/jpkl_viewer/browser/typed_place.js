// Where to go along a dim, as it is typed: an index, a physical value with its unit, or the name of a channel.

/** @typedef {import("./types.js").Dim} Dim */

/**
 * The index nearest to a physical value.
 * @param {number[]} coords
 * @param {number} value
 */
function nearest(coords, value) {
  const distances = coords.map((coord) => Math.abs(coord - value));
  return distances.indexOf(Math.min(...distances));
}

/**
 * The index that was typed; null for what is none. Whole numbers without a unit are indices, counted from 0.
 * @param {string} text such as `10`, `12.5 s` or `GFP`
 * @param {Dim} dim
 * @param {string[]} [labels] of the indices, where they have any
 * @returns {number | null}
 */
export function parsePlace(text, {size, coords, unit}, labels = []) {
  const typed = text.trim();
  if (/^[+-]?\d+$/.test(typed)) return Math.min(size - 1, Math.max(0, Number(typed)));
  const named = labels.findIndex((label) => label !== "" && label.toLowerCase() === typed.toLowerCase());
  if (named >= 0) return named;
  const [, number, typedUnit] = /^([+-]?\d*[.,]?\d+(?:e[+-]?\d+)?)\s*(\D*)$/i.exec(typed) ?? [];
  if (!coords || number === undefined || (typedUnit && typedUnit !== unit)) return null;
  return nearest(coords, Number(number.replace(",", ".")));
}
