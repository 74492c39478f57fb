// How long a scale bar is, where it is, and in which color: on the screen as in exports. Nothing here touches the page.

import {SCALE_BAR, SCALE_BAR_LENGTH} from "../base/limits.js";
import {niceLength} from "../base/numbers.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {Pick<State, "scale_bar_corner" | "scale_bar_color">} BarState */

/** What is written: its color, that of the line around it, and that of the plate below it. */
export const INKS = {
  white: {color: "#fff", around: "#000", plate: "0 0 0"},
  black: {color: "#000", around: "#fff", plate: "255 255 255"},
  yellow: {color: "#ffd84d", around: "#000", plate: "0 0 0"},
};

/** @typedef {keyof typeof INKS} InkName */
/** @typedef {typeof INKS[InkName]} Ink */

/** From the edges of what is seen of a picture to what lies in its corners, in CSS pixels. */
export const INSET = 10;

/** Mean of red, green and blue from which on the color of low values is bright. */
const BRIGHT = 128;

/**
 * The length of a bar, in its unit.
 * @param {number} perUnit pixels that one unit takes
 * @param {number} width of the picture, in those pixels
 * @param {number} room for a bar of a round length
 * @param {{typed?: number, wanted?: number | null}} lengths that go before, as far as they have room; 0 is none
 */
export function barLength(perUnit, width, room, {typed = 0, wanted = null}) {
  const has = (/** @type {number | null} */ length, /** @type {number[]} */ [least, most]) =>
    length && length * perUnit >= least * width && length * perUnit <= most * width ? length : null;
  const {shares} = SCALE_BAR;
  return has(wanted, shares.wanted) ?? has(typed, shares.typed) ?? niceLength(room / perUnit);
}

/**
 * The name of the ink of a scale bar; the automatic one is dark where low values are shown bright.
 * @param {string} color as it is set
 * @param {boolean} isBright
 * @returns {InkName}
 */
export function inkName(color, isBright) {
  if (color in INKS) return /** @type {InkName} */ (color);
  return isBright ? "black" : "white";
}

/**
 * Whether low values are shown bright.
 * @param {number[]} lowest the color of the lowest value of each channel, as little-endian RGBA
 */
export function isBright(lowest) {
  const sum = (/** @type {number} */ shift) =>
    lowest.reduce((all, color) => all + ((color >> shift) & 255), 0);
  return (sum(0) + sum(8) + sum(16)) / 3 >= BRIGHT;
}

/**
 * Which corner that is.
 * @param {string} corner e.g. "top left"
 */
export function sidesOf(corner) {
  return {isTop: corner.startsWith("top"), isLeft: corner.endsWith("left")};
}

/**
 * The length that was typed, as `20`, `2,5` or `20 µm`; 0, which is automatic, for anything else.
 * @param {string} text
 */
export function parseLength(text) {
  const [least, most] = SCALE_BAR_LENGTH;
  const length = Number(/^\s*(\d*[.,]?\d+)(?:e([+-]?\d+))?/i.exec(text)?.[0].replace(",", ".") ?? 0);
  return length >= least && length <= most ? length : 0;
}
