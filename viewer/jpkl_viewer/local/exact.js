// Values that are kept exactly, of bool and any integers: read from pictures of 8 or 16 bits as `jpkl/_codecs/packing.py`
// does, and shown through the display range as `to_uint8` does.

import {decodeBitmap} from "./decode.js";
import {pictureType} from "../browser/pixels/picture_type.js";
import {decodePng} from "./png.js";

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {import("./types.js").FrameSize} FrameSize */
/** @typedef {import("./types.js").Numbers} Numbers */
/** Numbers, or integers of 64 bits. @typedef {Numbers | BigInt64Array | BigUint64Array} Values */

/** @type {Record<string, new (buffer: ArrayBuffer) => Values>} */
const ARRAYS = {
  b1: Uint8Array,
  u1: Uint8Array,
  i1: Int8Array,
  u2: Uint16Array,
  i2: Int16Array,
  u4: Uint32Array,
  i4: Int32Array,
  u8: BigUint64Array,
  i8: BigInt64Array,
};

/**
 * The values of a frame: its pixels one after the other.
 * @param {Bytes} bytes
 * @param {FrameSize} size
 * @param {string} dtype kind and bytes, e.g. "u2"
 * @returns {Promise<Values>}
 */
export async function decodeExact(bytes, {width, height, color}, dtype) {
  const itemsize = Number(dtype[1]);
  const nPictures = Math.max(1, itemsize / 2);
  const nbytes = Math.min(2, itemsize);
  const size = {width, height: height * nPictures};
  const samples = color ? 3 : 1;
  const type = pictureType(bytes);
  const pictures =
    type === "image/png"
      ? await decodePng(bytes, {...size, samples, nbytes})
      : (await decodeBitmap([bytes], type, {...size, color}, true)).data;
  return unpacked(pictures, nPictures, dtype);
}

/**
 * @param {Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>} pictures of a frame, one below the other: the first has the highest bits
 * @param {number} nPictures
 * @param {string} dtype
 * @returns {Values}
 */
export function unpacked(pictures, nPictures, dtype) {
  const n = pictures.length / nPictures;
  const words = new (pictures instanceof Uint8Array ? Uint8Array : Uint16Array)(pictures.length);
  for (let picture = 0; picture < nPictures; picture++)
    for (let i = 0; i < n; i++) words[nPictures * i + nPictures - 1 - picture] = pictures[n * picture + i];
  if (dtype[0] === "b") for (let i = 0; i < n; i++) words[i] = Number(words[i] !== 0);
  // Signed values are shifted to where the lowest is 0, by turning their highest bit.
  const high = pictures instanceof Uint8Array ? 0x80 : 0x8000;
  if (dtype[0] === "i") for (let i = nPictures - 1; i < words.length; i += nPictures) words[i] ^= high;
  return new ARRAYS[dtype](words.buffer);
}

/** Values as numbers, of which the last digits of large ones may be lost. @param {Values} values @returns {Numbers} */
export function numbersOf(values) {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array)
    return Float64Array.from(values, Number);
  return values;
}

/**
 * Values as they are shown, 0 to 255.
 * @param {Numbers} values
 * @param {[number, number]} range the values that are 0 and 255
 */
export function shown(values, [low, high]) {
  if (values instanceof Uint8Array && low === 0 && high === 255) return new Uint8Array(values);
  const out = new Uint8Array(values.length);
  if (!(low < high)) return out;
  // 32 bits are what Python takes for values of up to 16, too.
  const rounded = values.BYTES_PER_ELEMENT <= 2 ? Math.fround : (/** @type {number} */ value) => value;
  const [start, factor] = [rounded(low), rounded(255 / (high - low))];
  for (let i = 0; i < out.length; i++) {
    const scaled = rounded(rounded(rounded(values[i] - start) * factor) + 0.5);
    out[i] = scaled < 255 ? (scaled > 0 ? scaled : 0) : 255;
  }
  return out;
}
