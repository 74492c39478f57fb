// The frames of a stack that keeps values exactly: as they are shown, and as they are measured.

import {decodeExact, numbersOf, shown} from "./exact.js";
import {Frames} from "./frames.js";
import {resizeBox} from "./resize.js";

/** @typedef {import("../browser/state/stack.js").Stack} Stack */
/** @typedef {import("./frames.js").Read} Read */
/** @typedef {import("./types.js").Decode} Decode */

/** What is shown where the file says no other range. @type {[number, number]} */
const WHOLE = [0, 255];

/**
 * @param {Stack} stack
 * @param {string} dtype of the values
 * @param {Read} read
 * @param {import("../browser/frames/cache.js").ByteCache<any>} cache
 */
export function exactFrames(stack, dtype, read, cache) {
  return {
    frames: new Frames(stack, read, cache, shownDecoder(stack, dtype)),
    measured: new Frames(
      stack,
      read,
      cache,
      async (bytes, size) => pixelsOf(numbersOf(await decodeExact(bytes, size, dtype)), size),
      Number(dtype[1]),
    ),
    /** The values of a pixel as text. @type {import("./types.js").LocalStack["exact"]} */
    exact: async (number, x, y, signal) => {
      const {data, samples} = pixelsOf(await decodeExact(await read(number, signal), stack, dtype), stack);
      const at = samples * (y * stack.width + x);
      return [...data.subarray(at, at + samples)].map(String);
    },
  };
}

/**
 * Decodes to the 8 bits that are looked at.
 * @param {Stack} stack
 * @param {string} dtype
 * @returns {Decode}
 */
export function shownDecoder(stack, dtype) {
  return async (bytes, size, scale, number) => {
    const range = stack.rangeAt(stack.position(number)) ?? WHOLE;
    const data = shown(numbersOf(await decodeExact(bytes, size, dtype)), range);
    return resizeBox(pixelsOf(data, size), Math.ceil(size.width / scale), Math.ceil(size.height / scale));
  };
}

/**
 * @param {any} data
 * @param {import("./types.js").FrameSize} size
 * @returns {import("./types.js").Pixels}
 */
function pixelsOf(data, {width, height, color}) {
  return {data, width, height, samples: color ? 3 : 1};
}
