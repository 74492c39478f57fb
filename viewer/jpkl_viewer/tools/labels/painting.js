// Labels as colors: each of its own, over what is below.

import {LABELS} from "../../browser/base/limits.js";

/** @typedef {import("./payload.js").Runs} Runs */
/** @typedef {import("./payload.js").Value} Value */

/**
 * How a label image is painted.
 * @typedef {object} Look
 * @property {number} opacity of the inside, 0 to 1
 * @property {boolean} outline whether borders are drawn
 * @property {Value | null} selected
 */

/** Colors that there are. */
const N_COLORS = LABELS.colors.length / 6;

/** Little-endian blue, green, red of each. */
const COLORS = Uint32Array.from({length: N_COLORS}, (_, i) => {
  const rgb = parseInt(LABELS.colors.slice(6 * i, 6 * i + 6), 16);
  return ((rgb & 255) << 16) | (rgb & 0xff00) | (rgb >> 16);
});

/** Little-endian RGBA of the border of a label that is selected. */
const SELECTED_BORDER = 0xffffffff;

/**
 * Red, green and blue of a label.
 * @param {Value} value
 * @returns {[number, number, number]}
 */
export function labelColor(value) {
  const color = COLORS[colorNumber(value)];
  return [color & 255, (color >> 8) & 255, color >> 16];
}

/** Which of the colors a label has. @param {Value} value */
function colorNumber(value) {
  if (typeof value === "number") return (((value - 1) % N_COLORS) + N_COLORS) % N_COLORS;
  const n = BigInt(N_COLORS);
  return Number((((value - 1n) % n) + n) % n);
}

/** @param {Value} value @param {number} opacity little-endian RGBA */
function rgba(value, opacity) {
  return ((Math.round(255 * opacity) << 24) | COLORS[colorNumber(value)]) >>> 0;
}

/**
 * The numbers of the values of the pixels of a target, row by row: those nearest to the middle of each.
 * @param {Runs} runs
 * @param {import("../../browser/types.js").Target} target
 */
export function sampleNumbers({width, starts, numbers, rows}, target) {
  const {crop} = target;
  const out = new Uint32Array(target.width * target.height);
  const columns = target.width / crop.width;
  let last = -1;
  for (let row = 0; row < target.height; row++) {
    const y = Math.floor(crop.y + ((row + 0.5) * crop.height) / target.height);
    const at = row * target.width;
    if (y === last) {
      out.copyWithin(at, at - target.width, at);
      continue;
    }
    last = y;
    for (let run = rows[y]; run < rows[y + 1]; run++) {
      if (!numbers[run]) continue; // what is there already
      const number = numbers[run];
      const first = Math.ceil((starts[run] - y * width - crop.x) * columns - 0.5);
      const end = Math.ceil((starts[run + 1] - y * width - crop.x) * columns - 0.5);
      const stop = at + Math.min(target.width, end);
      for (let i = at + Math.max(0, first); i < stop; i++) out[i] = number; // `fill` is slow for so few
    }
  }
  return out;
}

/**
 * Paint a label image over colors, as far as it has labels.
 * @param {Uint32Array} colors little-endian RGBA of the target
 * @param {Runs} runs
 * @param {import("../../browser/types.js").Target} target
 * @param {Look} look
 */
export function paintLabels(colors, runs, target, {opacity, outline, selected}) {
  const {values} = runs;
  const fills = Uint32Array.from(values, (value) => {
    if (value === selected) return rgba(value, Math.max(opacity, LABELS.selectedOpacity));
    return rgba(value, opacity);
  });
  const borders = Uint32Array.from(values, (value) =>
    value === selected ? SELECTED_BORDER : rgba(value, 1),
  );
  const kinds = Uint8Array.from(values, (value) => {
    if (Number(value) === 0) return 0;
    const isSelected = value === selected;
    return (opacity > 0 || isSelected ? HAS_FILL : 0) | (outline || isSelected ? HAS_BORDER : 0);
  });
  paintNumbers(colors, sampleNumbers(runs, target), target, {kinds, fills, borders});
}

/** What is painted of a label; nothing of what is no object. */
const HAS_FILL = 1;
const HAS_BORDER = 2;

/**
 * @param {Uint32Array} colors
 * @param {Uint32Array} sampled
 * @param {{width: number, height: number}} target
 * @param {{kinds: Uint8Array, fills: Uint32Array, borders: Uint32Array}} look of each of the numbers
 */
function paintNumbers(colors, sampled, {width, height}, {kinds, fills, borders}) {
  for (let y = 0, i = 0; y < height; y++) {
    // Rows above and below, and pixels at both sides; the edges of the picture are no borders.
    const above = y > 0 ? -width : 0;
    const below = y < height - 1 ? width : 0;
    const last = i + width - 1;
    let left = sampled[i];
    let number = left;
    for (; i <= last; i++) {
      const right = i < last ? sampled[i + 1] : number;
      const kind = kinds[number];
      if (kind) {
        const isBorder =
          kind & HAS_BORDER &&
          (left !== number ||
            right !== number ||
            sampled[i + above] !== number ||
            sampled[i + below] !== number);
        if (isBorder) colors[i] = borders[number];
        else if (kind & HAS_FILL) colors[i] = fills[number];
      }
      left = number;
      number = right;
    }
  }
}
