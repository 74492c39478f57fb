// The difference of two frames, and its colors.

import {compose} from "../../browser/colors.js";

/**
 * @typedef {import("../../browser/types.js").PaintedLayer} PaintedLayer
 */

/** From blue (the other is brighter) over white (128, the same) to red, as little-endian RGBA. */
export const DIVERGING = Uint32Array.from({length: 256}, (_, value) => {
  const [below, above] = [Math.min(255, 2 * value), Math.min(255, 2 * (255 - value) + 1)];
  const [red, green, blue] = value < 128 ? [below, below, 255] : [255, above, above];
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
});

/**
 * a - b for gray values, times a gain: 128 where they are the same, and rounded away from it.
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 * @param {number} gain
 */
export function difference(a, b, gain) {
  return Uint8Array.from(a, (value, i) => {
    const half = Math.ceil((gain * Math.abs(value - b[i])) / 2);
    return value > b[i] ? 128 + Math.min(127, half) : 128 - Math.min(128, half);
  });
}

/**
 * |a - b| of colors, times a gain, as little-endian RGBA.
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 * @param {number} gain
 */
export function colorDifference(a, b, gain) {
  /** @param {number} x @param {number} y @param {number} shift */
  const part = (x, y, shift) =>
    Math.min(255, gain * Math.abs(((x >> shift) & 255) - ((y >> shift) & 255))) << shift;
  return Uint32Array.from(
    a,
    (x, i) => (0xff000000 | part(x, b[i], 0) | part(x, b[i], 8) | part(x, b[i], 16)) >>> 0,
  );
}

/**
 * Whether a difference is that of gray values, and has a sign: there is one channel of each.
 * @param {PaintedLayer[]} mine
 * @param {PaintedLayer[]} its
 * @param {boolean} isColor
 */
export function isSigned(mine, its, isColor) {
  return !isColor && mine.length === 1 && its.length === 1;
}

/**
 * Colors of the difference of two pictures of the same size: of gray values by `DIVERGING`, or of the colors on
 * the screen.
 * @param {PaintedLayer[]} mine
 * @param {PaintedLayer[]} its
 * @param {number} gain
 * @param {boolean} isColor
 * @param {number} n number of pixels
 */
export function differenceColors(mine, its, gain, isColor, n) {
  if (isSigned(mine, its, isColor)) {
    return Uint32Array.from(difference(mine[0].plane, its[0].plane, gain), (value) => DIVERGING[value]);
  }
  const [a, b] = [mine, its].map((layers) => compose(layers, n, isColor));
  return colorDifference(a, b, gain);
}
