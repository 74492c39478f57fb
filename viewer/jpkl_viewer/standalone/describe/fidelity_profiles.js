// What is on record of a stack's fidelity, along each dim; as `model/fidelity.py`.

/** @typedef {import("../../browser/fidelity.js").MeasureProfiles} MeasureProfiles */
/** @typedef {import("../../browser/fidelity.js").Profiles} Profiles */

/**
 * The lowest PSNR and SSIM at each index of each dim; null where no frame has lost anything, or there is one frame.
 * @param {import("../format/fidelity.js").Fidelity | null} fidelity
 * @param {number[]} dimSizes
 * @returns {Profiles | null}
 */
export function fidelityProfiles(fidelity, dimSizes) {
  if (!fidelity?.psnr.some(Number.isFinite) || dimSizes.reduce((a, b) => a * b, 1) < 2) return null;
  const {numbers, psnr, ssim} = fidelity;
  const hasSsim = ssim.some(Number.isFinite);
  return {psnr: profile(numbers, psnr, dimSizes), ...(hasSsim && {ssim: profile(numbers, ssim, dimSizes)})};
}

/**
 * @param {number[]} numbers
 * @param {number[]} values
 * @param {number[]} dimSizes
 * @returns {MeasureProfiles}
 */
function profile(numbers, values, dimSizes) {
  const dims = dimSizes.map((size) => ({
    values: /** @type {(number | null)[]} */ (new Array(size).fill(null)),
    frames: /** @type {(number | null)[]} */ (new Array(size).fill(null)),
  }));
  let [worst, lowest] = [0, Infinity];
  numbers.forEach((number, i) => {
    const value = values[i];
    if (!Number.isFinite(value)) return;
    if (value < lowest) [worst, lowest] = [number, value];
    let rest = number;
    for (let dim = dims.length - 1; dim >= 0; dim--) {
      const index = rest % dimSizes[dim];
      rest = Math.floor(rest / dimSizes[dim]);
      if (value >= (dims[dim].values[index] ?? Infinity)) continue;
      dims[dim].values[index] = value;
      dims[dim].frames[index] = number;
    }
  });
  return {worst, dims};
}
