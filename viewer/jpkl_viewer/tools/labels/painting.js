// Labels as colors: each of its own, over what is below.

import {LABELS} from "../../browser/limits.js";

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

/** Little-endian RGBA of the border of a label that is selected. */
const SELECTED_BORDER = 0xffffffff;

/**
 * Red, green and blue of a label.
 * @param {Value} value
 * @returns {[number, number, number]}
 */
export function labelColor(value) {
  const n = BigInt(N_COLORS);
  const number = Number((((BigInt(value) - 1n) % n) + n) % n);
  const rgb = parseInt(LABELS.colors.slice(6 * number, 6 * number + 6), 16);
  return [rgb >> 16, (rgb >> 8) & 255, rgb & 255];
}

/** @param {Value} value @param {number} opacity little-endian RGBA */
function rgba(value, opacity) {
  const [red, green, blue] = labelColor(value);
  return ((Math.round(255 * opacity) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
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
      const first = Math.ceil((starts[run] - y * width - crop.x) * columns - 0.5);
      const end = Math.ceil((starts[run + 1] - y * width - crop.x) * columns - 0.5);
      if (end > 0 && first < target.width)
        out.fill(numbers[run], at + Math.max(0, first), at + Math.min(target.width, end));
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
  const sampled = sampleNumbers(runs, target);
  const {width, height} = target;
  const {values} = runs;
  const fills = Uint32Array.from(values, (value) => {
    if (value === selected) return rgba(value, Math.max(opacity, LABELS.selectedOpacity));
    return rgba(value, opacity);
  });
  const borders = Uint32Array.from(values, (value) =>
    value === selected ? SELECTED_BORDER : rgba(value, 1),
  );
  // Of each value: whether it is painted at all, its inside, and its border.
  const isObject = Uint8Array.from(values, (value) => Number(Number(value) !== 0));
  const hasFill = Uint8Array.from(values, (value) => Number(opacity > 0 || value === selected));
  const hasBorder = Uint8Array.from(values, (value) => Number(outline || value === selected));
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const number = sampled[i];
      if (!isObject[number]) continue;
      const isBorder =
        hasBorder[number] &&
        ((x > 0 && sampled[i - 1] !== number) ||
          (x < width - 1 && sampled[i + 1] !== number) ||
          (y > 0 && sampled[i - width] !== number) ||
          (y < height - 1 && sampled[i + width] !== number));
      if (isBorder) colors[i] = borders[number];
      else if (hasFill[number]) colors[i] = fills[number];
    }
}
