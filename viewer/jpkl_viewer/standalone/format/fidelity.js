// What a file has on record of its fidelity: a section of the trailer, and as text; as `jpkl/_fidelity.py`.

import {fixedHalfEven} from "../../local/rounding.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

/** Name of the section. */
export const FIDELITY = "FDLT";
/** Bytes that a section has at the most: for each frame, and for anything else. More are not parsed. */
const [FRAME_NBYTES, FIXED_NBYTES] = [64, 2 ** 20];
const LONGEST_TARGET = 100;

/**
 * How far decoded frames are from those that were encoded.
 * @typedef {object} Fidelity
 * @property {number[]} numbers of the frames that were measured, ascending
 * @property {number[]} psnr of each in dB; infinite where nothing was lost
 * @property {number[]} ssim of each; NaN where it is not known
 * @property {number[]} noise of each channel; NaN where it is not known
 * @property {number[]} steps of quantization of each channel; NaN where they are not known
 * @property {string} target what was asked for; "" where it was a quality
 */

/**
 * What a section says; null where it says nothing that can be.
 * @param {Bytes | undefined} data
 * @param {number} nFrames
 * @returns {Fidelity | null}
 */
export function parseFidelity(data, nFrames) {
  if (!data || data.length > FIXED_NBYTES + FRAME_NBYTES * nFrames) return null;
  try {
    const text = new TextDecoder("utf-8", {fatal: true, ignoreBOM: true}).decode(data);
    const {frames, psnr, ssim, noise, steps, target} = JSON.parse(text);
    if (typeof target !== "string") return null;
    const found = {
      numbers: numbersIn(frames, NaN),
      psnr: numbersIn(psnr, Infinity),
      ssim: numbersIn(ssim, NaN),
      noise: numbersIn(noise, NaN),
      steps: numbersIn(steps, NaN),
      target: target.slice(0, LONGEST_TARGET),
    };
    return isPossible(found, nFrames) ? found : null;
  } catch {
    return null;
  }
}

/**
 * @param {Fidelity} found
 * @param {number} nFrames
 */
function isPossible({numbers, psnr, ssim}, nFrames) {
  return (
    numbers.length > 0 &&
    numbers.every(
      (number, i) => Number.isInteger(number) && number < nFrames && number > (numbers[i - 1] ?? -1),
    ) &&
    psnr.length === numbers.length &&
    ssim.length === numbers.length
  );
}

/**
 * Numbers, with one in place of null; throws for anything else.
 * @param {unknown} values
 * @param {number} missing
 * @returns {number[]}
 */
function numbersIn(values, missing) {
  if (!Array.isArray(values)) throw new TypeError("not a list");
  return values.map((value) => {
    if (value === null) return missing;
    if (typeof value !== "number" || !Number.isFinite(value)) throw new TypeError("not a finite number");
    return value;
  });
}

/**
 * The spread over the frames as a line of text.
 * @param {Fidelity} fidelity
 * @param {number} nFrames of the stack
 */
export function fidelityText({numbers, psnr, ssim}, nFrames) {
  const n = numbers.length;
  const of = n < nFrames ? `${n} of ${nFrames} frames` : n === 1 ? "the frame" : `all ${n} frames`;
  return `${spread(psnr, ssim)}, measured on ${of}`;
}

/**
 * @param {number[]} psnr
 * @param {number[]} ssim
 */
function spread(psnr, ssim) {
  if (psnr.every((value) => value === Infinity)) return "no loss";
  const known = ssim.filter((value) => !Number.isNaN(value));
  const of = known.length === ssim.length ? "" : `, of ${known.length}`;
  return [lineOf("PSNR", psnr, 1, " dB"), ...(known.length ? [lineOf("SSIM", known, 3, "", of)] : [])].join(
    ", ",
  );
}

/**
 * @param {string} name
 * @param {number[]} values
 * @param {number} digits
 * @param {string} unit
 * @param {string} of which frames the values are of
 */
function lineOf(name, values, digits, unit, of = "") {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  const [middle, lowest] = [median, sorted[0]].map((value) => `${fixedHalfEven(value, digits)}${unit}`);
  return `median ${name} ${middle} (lowest ${lowest}${of})`;
}
