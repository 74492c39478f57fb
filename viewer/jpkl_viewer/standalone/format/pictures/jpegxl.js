// What a JPEG XL says about itself (ISO/IEC 18181-1, annex D); as `jpkl/_codecs/jpegxl_header.py`.

import {BitReader, hasText, viewOf} from "./bits.js";

/** @typedef {import("../codec.js").PictureHeader} PictureHeader */

const CODESTREAM = "\xff\x0a";
const CONTAINER = "\0\0\0\x0cJXL \r\n\x87\n";
const BOX_NBYTES = 8;
const HEADER_NBYTES = 64;
/** Width by height, for sizes that are given by their height alone. @type {Record<number, [number, number]>} */
const RATIOS = {1: [1, 1], 2: [12, 10], 3: [4, 3], 4: [3, 2], 5: [16, 9], 6: [5, 4], 7: [2, 1]};
/** Fields of a size, of bits of a sample, and of an enum: their bits and what is added to them. */
const SIDES = [[9, 1], [13, 1], [18, 1], [30, 1]]; // prettier-ignore
const DEPTHS = [[0, 8], [0, 10], [0, 12], [6, 1]]; // prettier-ignore
const ENUM = [[0, 0], [0, 1], [4, 2], [6, 18]]; // prettier-ignore
const [RGB, GRAY] = [0, 1];

/** @param {Uint8Array} data @returns {PictureHeader} */
export function parseJpegXl(data) {
  const start = codestreamAt(data) + CODESTREAM.length;
  const bits = new BitReader(data.subarray(start, start + HEADER_NBYTES), "little");
  const size = sizeOf(bits);
  if (bits.take(1)) return {...size, nBits: 8, nComponents: 3}; // all metadata are those of 8-bit RGB
  if (bits.take(1)) throw new Error("it is turned, animated or has a preview");
  if (bits.take(1)) throw new Error("its samples are of floats");
  const nBits = field(bits, DEPTHS);
  bits.take(1); // whether 16 bits suffice within
  if (bits.take(2)) throw new Error("it has further channels");
  bits.take(1); // whether colors are XYB within
  return {...size, nBits, nComponents: componentsOf(bits)};
}

/**
 * Where the codestream begins, out of its box where it is in one.
 * @param {Uint8Array} data
 */
function codestreamAt(data) {
  if (hasText(data, CODESTREAM)) return 0;
  if (!hasText(data, CONTAINER)) throw new Error("it does not begin as one");
  const view = viewOf(data);
  for (let at = CONTAINER.length; at + BOX_NBYTES <= data.length;) {
    const length = view.getUint32(at);
    const end = length ? at + length : data.length;
    const isCodestream = hasText(data, "jxlc", at + 4);
    if (isCodestream && end === data.length && hasText(data, CODESTREAM, at + BOX_NBYTES))
      return at + BOX_NBYTES;
    if (!(hasText(data, "ftyp", at + 4) || hasText(data, "jxll", at + 4)) || length < BOX_NBYTES) break;
    at = end;
  }
  throw new Error("it is cut off, or holds more than a picture");
}

/** @param {BitReader} bits */
function sizeOf(bits) {
  const isSmall = bits.take(1);
  const height = side(bits, isSmall);
  const ratio = bits.take(3);
  if (!ratio) return {height, width: side(bits, isSmall)};
  const [width, byHeight] = RATIOS[ratio];
  return {height, width: Math.floor((height * width) / byHeight)};
}

/**
 * @param {BitReader} bits
 * @param {number} isSmall
 */
function side(bits, isSmall) {
  return isSmall ? 8 * (bits.take(5) + 1) : field(bits, SIDES);
}

/**
 * @param {BitReader} bits
 * @param {number[][]} choices
 */
function field(bits, choices) {
  const [nBits, offset] = choices[bits.take(2)];
  return bits.take(nBits) + offset;
}

/** @param {BitReader} bits */
function componentsOf(bits) {
  if (bits.take(1)) return 3; // sRGB
  if (bits.take(1)) throw new Error("it has a color profile");
  const color = field(bits, ENUM);
  if (color !== GRAY && color !== RGB) throw new Error("it is neither gray nor RGB");
  return color === GRAY ? 1 : 3;
}
