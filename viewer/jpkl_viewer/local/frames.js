// The frames of a stack where no Python decodes them: bytes in, pixels out, through a cache; `frames/frames.py`.

import {Share} from "../browser/frames/cache.js";
import {crop, resizeBox} from "./resize.js";
import {Cancelled} from "./task.js";

/** @typedef {import("../browser/state/stack.js").Stack} Stack */
/** @typedef {import("./types.js").Pixels} Pixels */
/** @typedef {import("./task.js").Task} Task */

/**
 * Reads the bytes of a frame.
 * @typedef {(number: number, signal: AbortSignal) => Promise<Uint8Array<ArrayBuffer>>} Read
 */

/** Scales at which a JPEG can be decoded for less work. */
export const SCALES = [1, 2, 4, 8];

/**
 * Frames that are read and decoded at the same time: the browser has threads for it, and reading takes its way.
 */
const LANES = Math.min(16, Math.max(6, 2 * (globalThis.navigator?.hardwareConcurrency ?? 2)));

/** Bytes of decoded colors that these may take together; one frame is decoded in any case. */
const LANE_BYTES = 128 * 2 ** 20;

/** Share of the cache that the frames of one run may take, to be kept at all. */
const RUN_SHARE = 0.5;

/**
 * Frames along one dim, at one position of the others.
 * @typedef {{position: number[], dim: number, indices: number[]}} Run
 */

/**
 * Find the frames along a dim, from `start` to before `stop`; `make_run` in Python.
 * @param {Stack} stack
 * @param {number[]} position its entry along `dim` does not matter
 * @param {number} dim
 * @param {{start?: number, stop?: number, step?: number}} [part]
 * @returns {Run}
 */
export function makeRun(stack, position, dim, {start = 0, stop = Infinity, step = 1} = {}) {
  const {sizes} = stack;
  if (!(dim >= 0 && dim < sizes.length))
    throw new Error(`there is no dim ${dim}: the stack has ${sizes.length}`);
  const isWithin =
    position.length === sizes.length && position.every((i, d) => d === dim || (i >= 0 && i < sizes[d]));
  if (!isWithin) throw new Error(`position ${position} is outside of dims ${sizes}`);
  const indices = [];
  for (let index = start; index < Math.min(stop, sizes[dim]); index += step) indices.push(index);
  if (!indices.length) throw new Error(`a part of dim ${dim} with ${sizes[dim]} indices is empty`);
  return {position: stack.at(position, dim, 0), dim, indices};
}

/**
 * What a run is kept under.
 * @param {Run} run
 */
export function runKey({position, dim, indices}) {
  return [position, dim, indices[0], indices.at(-1), indices.length].join();
}

/** Frames of one stack. */
export class Frames {
  /** @type {Map<string, Promise<Pixels>>} */
  #pending = new Map();
  #cache;
  /** Other workers, which can put parts of projections together. @type {import("./types.js").Helper[]} */
  helpers = [];

  /**
   * @param {Stack} stack
   * @param {Read} read
   * @param {import("../browser/frames/cache.js").ByteCache<any>} cache what is kept, of all stacks together
   * @param {import("./types.js").Decode} decode
   * @param {number} [itemsize] bytes of a sample
   */
  constructor(stack, read, cache, decode, itemsize = 1) {
    this.itemsize = itemsize;
    this.stack = stack;
    this.read = read;
    this.decode = decode;
    this.maxBytes = cache.maxBytes;
    this.#cache = new Share(cache);
  }

  /** Bytes of a frame at a scale. */
  nbytes(scale = 1) {
    const {width, height, color} = this.stack;
    return Math.ceil(width / scale) * Math.ceil(height / scale) * (color ? 3 : 1) * this.itemsize;
  }

  /**
   * A frame; throws an error that names it where it is damaged.
   * @param {number} number
   * @param {AbortSignal} signal
   * @param {{scale?: number, isKept?: boolean}} [options]
   * @returns {Promise<Pixels>}
   */
  async pixels(number, signal, {scale = 1, isKept = true} = {}) {
    const key = `frame ${number} ${scale}`;
    const known = /** @type {Pixels | undefined} */ (this.#cache.get(key));
    if (known) return known;
    try {
      const pixels = await (this.#pending.get(key) ?? this.#start(key, number, signal, scale));
      if (isKept) this.#cache.put(key, pixels, pixels.data.byteLength);
      return pixels;
    } catch (error) {
      // Whoever began to decode it has no more use for it.
      if (error instanceof Cancelled && !signal.aborted) return this.pixels(number, signal, {scale, isKept});
      throw error;
    }
  }

  /**
   * @param {string} key
   * @param {number} number
   * @param {AbortSignal} signal
   * @param {number} scale
   */
  #start(key, number, signal, scale) {
    const decoding = this.#decoded(number, signal, scale).finally(() => this.#pending.delete(key));
    this.#pending.set(key, decoding);
    return decoding;
  }

  /**
   * @param {number} number
   * @param {AbortSignal} signal
   * @param {number} scale
   */
  async #decoded(number, signal, scale) {
    try {
      const bytes = await this.read(number, signal);
      if (signal.aborted) throw new Cancelled();
      return await this.decode(bytes, this.stack, scale, number);
    } catch (reason) {
      if (signal.aborted) throw new Cancelled();
      const said = reason instanceof Error ? reason.message : String(reason);
      throw new FrameProblem(
        said.startsWith("frame (") ? said : `frame ${this.stack.index(number)}: ${said}`,
      );
    }
  }

  /**
   * Decode a run: calls `use(i, pixels)` for each of its frames, in any order.
   * @param {Run} run
   * @param {Task} task
   * @param {(i: number, pixels: Pixels) => void} use
   * @param {{scale?: number, damaged?: Map<number, string>, isOnce?: boolean}} [options] `damaged` takes the reasons of
   *   frames that cannot be decoded, which otherwise end it; `isOnce` keeps none of them
   */
  async each({position, dim, indices}, task, use, {scale = 1, damaged, isOnce = false} = {}) {
    const isKept = !isOnce && indices.length * this.nbytes(scale) <= RUN_SHARE * this.maxBytes;
    let next = 0;
    let done = 0;
    const lane = async () => {
      while (next < indices.length) {
        const i = next++;
        task.report(done, indices.length);
        try {
          const number = this.stack.number(this.stack.at(position, dim, indices[i]));
          use(i, await this.pixels(number, task.signal, {scale, isKept}));
        } catch (error) {
          if (!damaged || !(error instanceof FrameProblem)) {
            next = indices.length; // for the other lanes, too
            throw error;
          }
          damaged.set(i, error.message);
        }
        done++;
      }
    };
    const lanes = Math.max(
      1,
      Math.min(LANES, indices.length, Math.floor(LANE_BYTES / (4 * this.nbytes(scale)))),
    );
    await Promise.all(Array.from({length: lanes}, lane));
    task.check();
  }

  /**
   * Something that is computed of many frames, kept in the same cache.
   * @template Value
   * @param {string} key
   * @param {() => Promise<Value>} make
   * @param {(value: Value) => number | null} size in bytes; null for what is not to be kept
   * @returns {Promise<Value>}
   */
  async product(key, make, size) {
    const known = /** @type {Value | undefined} */ (this.#cache.get(key));
    if (known !== undefined) return known;
    const value = await make();
    const bytes = size(value);
    if (bytes !== null) this.#cache.put(key, value, bytes);
    return value;
  }

  /**
   * Part of a frame, at the size at which it is shown.
   * @param {number} number
   * @param {import("../browser/state/keys.js").Part} part
   * @param {AbortSignal} signal
   */
  async part(number, part, signal) {
    const scale = sufficientScale(Math.min(part.crop.width / part.width, part.crop.height / part.height));
    return cutPart(await this.pixels(number, signal, {scale}), part, scale);
  }
}

/** A frame that cannot be decoded; its message names it. */
export class FrameProblem extends Error {}

/**
 * The greatest scale that does not go beyond a reduction, so that no detail is lost by it.
 * @param {number} reduction
 */
export function sufficientScale(reduction) {
  return Math.max(1, ...SCALES.filter((scale) => scale <= reduction));
}

/**
 * The least scale at which a side has at most so many pixels, or else the last.
 * @param {number} longest
 * @param {number} most
 */
export function fittingScale(longest, most) {
  return SCALES.find((scale) => Math.ceil(longest / scale) <= most) ?? SCALES[SCALES.length - 1];
}

/**
 * A part of pixels that were decoded at 1 / `scale`, at the size at which it is shown.
 * @param {Pixels} pixels
 * @param {import("../browser/state/keys.js").Part} part
 */
export function cutPart(
  pixels,
  {crop: {x, y, width, height}, width: shownWidth, height: shownHeight},
  scale = 1,
) {
  const [left, top] = [Math.floor(x / scale), Math.floor(y / scale)];
  const [right, bottom] = [Math.ceil((x + width) / scale), Math.ceil((y + height) / scale)];
  const rect = {x: left, y: top, width: right - left, height: bottom - top};
  return resizeBox(crop(pixels, rect), shownWidth, shownHeight);
}
