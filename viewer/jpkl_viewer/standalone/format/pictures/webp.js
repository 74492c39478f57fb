// What a WebP says about itself before its first pixel; as `jpkl/_codecs/webp.py`.

import {hasText, viewOf} from "./bits.js";

/** @typedef {import("../codec.js").PictureHeader} PictureHeader */

/** "RIFF", its length, "WEBP", the chunk's name and length. */
const HEAD_NBYTES = 20;
const LEAST_NBYTES = 32;
/** A chunk after the picture that says that red, green and blue are the same. */
const GRAY = "GRAY\0\0\0\0";

/** @param {Uint8Array} data @returns {PictureHeader} */
export function parseWebp(data) {
  if (data.length < LEAST_NBYTES) throw new Error("it is too short");
  if (!hasText(data, "RIFF") || !hasText(data, "WEBP", 8)) throw new Error("it does not begin as one");
  const view = viewOf(data);
  const chunk = view.getUint32(16, true);
  const end = HEAD_NBYTES + chunk + (chunk % 2);
  const isGray = data.length === end + GRAY.length && hasText(data, GRAY, end);
  if (data.length !== view.getUint32(4, true) + 8 || (data.length !== end && !isGray))
    throw new Error("it is cut off, or holds more than a picture");
  return {...sizeOf(data, view), nBits: 8, nComponents: isGray ? 1 : 3};
}

/**
 * @param {Uint8Array} data
 * @param {DataView} view
 */
function sizeOf(data, view) {
  const at = HEAD_NBYTES;
  if (hasText(data, "VP8 ", 12) && hasText(data, "\x9d\x01\x2a", at + 3) && !(data[at] & 1))
    return {
      width: view.getUint16(at + 6, true) & 0x3fff,
      height: view.getUint16(at + 8, true) & 0x3fff,
    };
  if (hasText(data, "VP8L", 12) && data[at] === 0x2f) {
    const bits = view.getUint32(at + 1, true);
    if (bits >>> 28) throw new Error("it has transparent pixels, or is of an unknown version");
    return {width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1};
  }
  throw new Error("it is not a plain picture");
}
