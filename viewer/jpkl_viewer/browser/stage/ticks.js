// Where the ticks of axes are, and their numbers, whatever draws them.

import {format, niceLength} from "../base/numbers.js";

/** Ticks are about so many CSS pixels from each other. */
const DISTANCE = 80;
/** Digits of numbers at ticks, and by how much of a step sums of steps are off. */
const DIGITS = 6;
const ROUNDING = 1e-6;

/**
 * Values within a range of pixels, about one in `DISTANCE` CSS pixels.
 * @param {import("../state/viewport.js").Range} range
 * @param {number} size of the frame: there are no ticks outside of it
 * @param {number} scale CSS pixels that a pixel takes
 * @param {number | null} length that a pixel has; null for whole numbers of pixels
 */
export function ticksWithin({min, max}, size, scale, length = null) {
  const per = length ?? 1;
  const nice = niceLength((2 * DISTANCE * per) / scale);
  const step = length === null ? Math.max(1, nice) : nice;
  const first = Math.max(0, Math.ceil((min * per) / step - ROUNDING));
  const last = Math.floor((Math.min(max, size - 1) * per) / step + ROUNDING);
  return Array.from({length: Math.max(0, last - first + 1)}, (_, i) => (first + i) * step);
}

/** @param {number} value */
export const tickText = (value) => format(value, DIGITS);
