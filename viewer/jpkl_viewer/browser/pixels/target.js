// Which part of a frame is on the screen, and with how many of its pixels.

import {formatPart} from "../state/keys.js";

/** @typedef {{min: number, max: number}} Range */

/**
 * The part of a frame inside ranges of x and y, in whole pixels; null where they do not meet.
 * @param {{width: number, height: number}} frame
 * @param {[number, number]} xs
 * @param {[number, number]} ys
 * @returns {import("../types.js").Rect | null}
 */
export function visibleCrop(frame, [left, right], [top, bottom]) {
  const x0 = Math.max(0, Math.floor(left + 0.5));
  const y0 = Math.max(0, Math.floor(top + 0.5));
  const x1 = Math.min(frame.width, Math.ceil(right + 0.5));
  const y1 = Math.min(frame.height, Math.ceil(bottom + 0.5));
  return x1 > x0 && y1 > y0 ? {x: x0, y: y0, width: x1 - x0, height: y1 - y0} : null;
}

/**
 * What to paint of a frame in a box on the screen that shows ranges of x and y; null if none of it.
 * @param {{width: number, height: number}} frame
 * @param {Range[]} ranges of x and y
 * @param {{width: number, height: number}} box in CSS pixels
 * @param {number} ratio pixels of the screen per CSS pixel
 * @returns {import("../types.js").Target | null}
 */
export function targetOf(frame, [xs, ys], box, ratio = window.devicePixelRatio) {
  const crop = visibleCrop(frame, [xs.min, xs.max], [ys.min, ys.max]);
  if (crop === null) return null;
  // Never more pixels than the frame has: they are repeated on the screen when zoomed in.
  const scaled = (/** @type {number} */ length, /** @type {number} */ shown, /** @type {number} */ screen) =>
    Math.round((length * screen * ratio) / shown);
  const width = Math.max(1, Math.min(crop.width, scaled(crop.width, xs.max - xs.min, box.width)));
  const height = Math.max(1, Math.min(crop.height, scaled(crop.height, ys.max - ys.min, box.height)));
  return {crop, width, height, key: formatPart({crop, width, height})};
}
