// How fidelity is along each dim; as `model/fidelity.py`.

import {roundHalfEven} from "../../local/rounding.js";
import {indexOf} from "../format/trailer.js";

/** @typedef {import("../format/fidelity.js").Fidelity} Fidelity */

/** Decimals of PSNR and of SSIM that are shown. */
const [PSNR_DIGITS, SSIM_DIGITS] = [2, 4];

/**
 * The lowest PSNR and SSIM at each index of each dim; null of one frame, or where none has lost anything.
 * @param {Fidelity} fidelity
 * @param {number[]} sizes of the dims
 */
export function fidelityProfiles({numbers, psnr, ssim}, sizes) {
  const nFrames = sizes.reduce((product, size) => product * size, 1);
  if (!psnr.some(Number.isFinite) || nFrames < 2) return null;
  const isKnown = ssim.some(Number.isFinite);
  return {
    psnr: profile(numbers, psnr, PSNR_DIGITS, sizes),
    ...(isKnown ? {ssim: profile(numbers, ssim, SSIM_DIGITS, sizes)} : {}),
  };
}

/**
 * @param {number[]} numbers
 * @param {number[]} found
 * @param {number} digits
 * @param {number[]} sizes
 */
function profile(numbers, found, digits, sizes) {
  const dims = sizes.map((size) => ({
    values: /** @type {(number | null)[]} */ (Array(size).fill(null)),
    frames: /** @type {(number | null)[]} */ (Array(size).fill(null)),
  }));
  let [worst, lowest] = [0, Infinity];
  numbers.forEach((number, row) => {
    if (!Number.isFinite(found[row])) return;
    const value = roundHalfEven(found[row] * 10 ** digits) / 10 ** digits;
    if (value < lowest) [worst, lowest] = [number, value];
    indexOf(number, sizes).forEach((index, d) => {
      const {values, frames} = dims[d];
      if (value < (values[index] ?? Infinity)) [values[index], frames[index]] = [value, number];
    });
  });
  return {worst, dims};
}
