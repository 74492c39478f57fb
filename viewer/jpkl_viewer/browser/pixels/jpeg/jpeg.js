// Baseline JPEG, gray or YCbCr 4:4:4, to the pixels that a screen needs: `decoder.c`, as WebAssembly.
//
// Browsers decode JPEG well, but not for what is done here: through a VideoFrame and a canvas, a frame of one byte a pixel
// is made four bytes, scaled, and read back. This makes the pixels at once, in the thread that paints them. What it does
// not decode, or where a page forbids WebAssembly, goes that other way.

import {fromBase64} from "../../base/base64.js";
import compiled from "./decoder.json" with {type: "json"};

/** @typedef {import("../../types.js").Rect} Rect */

/**
 * What the module exports.
 * @typedef {object} Decoding
 * @property {WebAssembly.Memory} memory
 * @property {(nbytes: number) => number} input where bytes are to be put; 0 where there is no memory for them
 * @property {(nbytes: number, frameWidth: number, frameHeight: number, isColor: number, scale: number, x: number,
 *   y: number, width: number, height: number, toWidth: number, toHeight: number) => number} decode 0 if it has
 * @property {(nbytes: number) => number} check `DAMAGED`, or another number
 * @property {() => number} output where the pixels are
 * @property {(nbytes: number, isMost: number) => void} extremes
 */

/** What `check` says of bytes that no encoder writes. */
const DAMAGED = 3;

/** Bilinear scaling reads two by two pixels: enough down to half the size. */
const MOST_LEFT = 2;

/** @type {Decoding | null} */
let decoding = null;

/** @type {Promise<void> | undefined} */
let loading;

/** Have it ready: resolves when it is, or cannot be had. */
export function loadJpeg() {
  loading ??= compile();
  return loading;
}

async function compile() {
  try {
    const {instance} = await WebAssembly.instantiate(fromBase64(compiled.module));
    decoding = /** @type {Decoding} */ (/** @type {unknown} */ (instance.exports));
  } catch {
    decoding = null; // a policy of the page forbids it, or the browser is older than its vectors
  }
}

/**
 * The pixels of a crop of a frame, scaled down: gray of one byte, or red, green, blue and alpha. Those of libjpeg where
 * nothing is scaled, and where the whole frame is asked for at 1 / `scale` of its size.
 *
 * Null where it is not decoded: it is not loaded, or it is another kind of JPEG, or broken.
 * @param {Uint8Array} bytes
 * @param {{width: number, height: number, color: boolean}} frame
 * @param {Rect} crop in pixels of the frame
 * @param {number} width of the result, at most that of the crop
 * @param {number} height
 * @param {number} scale by how much it is made smaller in decoding: 1, 2, 4 or 8
 * @returns {Uint8Array<ArrayBuffer> | null}
 */
export function decodeJpeg(bytes, frame, crop, width, height, scale) {
  if (decoding === null || crop.width > MOST_LEFT * scale * width || crop.height > MOST_LEFT * scale * height)
    return null;
  const {memory, input, decode, output} = decoding;
  const at = input(bytes.length);
  if (!at) return null;
  new Uint8Array(memory.buffer, at, bytes.length).set(bytes);
  const color = Number(frame.color);
  const place = /** @type {const} */ ([crop.x, crop.y, crop.width, crop.height]);
  if (decode(bytes.length, frame.width, frame.height, color, scale, ...place, width, height)) return null;
  return new Uint8Array(memory.buffer, output(), width * height * (color ? 4 : 1)).slice();
}

/**
 * Whether a JPEG is damaged anywhere, in a way that browsers show, and libjpeg warns of: codes that are none, or bytes that
 * are too few or too many for its pixels. False where that is not known, as of progressive JPEG.
 * @param {Uint8Array} bytes
 */
export function isDamagedJpeg(bytes) {
  const at = decoding?.input(bytes.length);
  if (!decoding || !at) return false;
  new Uint8Array(decoding.memory.buffer, at, bytes.length).set(bytes);
  return decoding.check(bytes.length) === DAMAGED;
}

/**
 * Bring each of `most` to the larger one of it and what is in its place in `data`, or to the smaller one.
 * @param {Uint8Array} most
 * @param {Uint8Array} data
 * @param {boolean} isLargest
 * @returns {boolean} false where it was not done, as the module is not loaded or there is no memory
 */
export function takeExtremes(most, data, isLargest) {
  const n = most.length;
  const second = Math.ceil(n / 16) * 16;
  const at = decoding?.input(2 * second);
  if (!decoding || !at) return false;
  const room = new Uint8Array(decoding.memory.buffer, at, 2 * second);
  room.set(most);
  room.set(data, second);
  decoding.extremes(n, Number(isLargest));
  most.set(room.subarray(0, n));
  return true;
}
