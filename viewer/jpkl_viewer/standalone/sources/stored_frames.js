// The frames of an opened file: a frame that is given is the one that was asked for, or there is an error.

import {areEqual, crc32} from "../format/bytes.js";
import {FormatError} from "../format/errors.js";
import {checkFrame, checkedHeader, leastNbytes} from "../format/codec.js";
import {isPossibleFrame} from "../format/schema.js";
import {frameHead, frameHeadLength, indexOf} from "../format/trailer.js";
import {INLINE, RAW, decodeBytes} from "../format/values.js";

/** @typedef {import("../format/bytes.js").Bytes} Bytes */
/** @typedef {import("../format/opening.js").FileBytes} FileBytes */
/** @typedef {import("../format/codec.js").FrameKind} FrameKind */

/** Looks at frames that have no checksums. @typedef {Omit<import("./open_stack.js").Walked, "found">} Checker */

/** How many frames are asked for their size where the file does not say it. */
const N_SAMPLED = 9;

/** @typedef {import("../../browser/types.js").FrameSource} FrameSource */

/** @implements {FrameSource} */
export class StoredFrames {
  #file;
  #map;
  #sizes;
  #checker;
  /** Frames that the checker has found to be whole. @type {Set<number>} */
  #whole = new Set();
  /** What each frame has to be; null until it is known. @type {FrameKind | null} */
  kind = null;

  /**
   * @param {FileBytes} file
   * @param {Pick<import("./found.js").Found, "info" | "map">} found
   * @param {Checker | null} [checker] null where frames have checksums
   */
  constructor(file, {info, map}, checker = null) {
    this.#file = file;
    this.#checker = checker;
    this.#map = map;
    this.#sizes = info.sizes;
    this.codec = info.codec;
  }

  get length() {
    return this.#map.lengths.length;
  }

  /** Bytes that the largest frame takes. */
  get longest() {
    let longest = 0;
    for (const length of this.#map.lengths) longest = Math.max(longest, length);
    return longest;
  }

  /**
   * @param {number} number
   * @param {AbortSignal} [signal]
   */
  async read(number, signal) {
    if (!(number >= 0 && number < this.length)) throw new Error(`there is no frame ${number}`);
    const bytes = await this.#stored(number, signal);
    if (this.kind) {
      checkFrame(this.codec, bytes, this.kind);
      await this.#checkWhole(number, bytes, signal);
    }
    return bytes;
  }

  /**
   * Throw where a frame without a checksum is damaged, of which the browser would show what it can.
   * @param {number} number
   * @param {Bytes} bytes
   * @param {AbortSignal} [signal]
   */
  async #checkWhole(number, bytes, signal) {
    if (!this.#checker || this.codec.name !== "jpeg" || this.#whole.has(number)) return;
    if (await this.#checker.isDamaged(bytes, signal))
      throw new Error("it is a broken JPEG: its data are damaged, or cut off");
    this.#whole.add(number);
  }

  /** Nothing is read any more. */
  close() {
    this.#checker?.close();
  }

  /**
   * @param {number} number
   * @param {AbortSignal} [signal]
   * @returns {Promise<Bytes>}
   */
  async #stored(number, signal) {
    const {offsets, lengths, checksums, encodings, inline} = this.#map;
    const [offset, length, encoding] = [offsets[number], lengths[number], encodings?.[number] ?? RAW];
    if (encoding === INLINE) return Uint8Array.from(inline[offset]);
    if (checksums === null) return decoded(encoding, await this.#file.read(offset, length, signal));
    // The opcodes before a frame say which it is.
    const head = frameHeadLength(number, this.#sizes);
    const stored = await this.#file.read(offset - head, head + length, signal);
    const bytes = stored.slice(head);
    if (
      !areEqual(stored.subarray(0, head), frameHead(number, this.#sizes, length)) ||
      crc32(bytes) !== checksums[number]
    )
      throw new Error("its bytes are not those that were written (the checksum differs)");
    return bytes;
  }

  /** Index along the dims of a frame. @param {number} number */
  index(number) {
    return indexOf(number, this.#sizes);
  }
}

/**
 * A frame as old protocols of pickle keep it; of text that is none, the file is not to blame, but the frame.
 * @param {number} encoding
 * @param {Bytes} stored
 */
function decoded(encoding, stored) {
  try {
    return decodeBytes(encoding, stored);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new Error(`it is stored as invalid text: ${error.message}`, {cause: error});
  }
}

/**
 * Height and width of the frames: as the file says, or as most of a few frames say.
 * @param {StoredFrames} frames
 * @param {Pick<import("../format/schema.js").StackInfo, "frameShape" | "color">} info
 * @returns {Promise<[number, number]>}
 */
export async function findFrameShape(frames, {frameShape, color}) {
  if (frameShape !== null) {
    const [rows, columns] = frameShape;
    if (frames.length && leastNbytes(frames.codec, {height: rows, width: columns, color}) > frames.longest)
      throw new FormatError(`no frame is large enough in bytes for (${frameShape}) pixels`);
    return frameShape;
  }
  if (!frames.length) throw new FormatError("the file holds no frame, so the size of its frames is unknown");
  const {height, width, nComponents} = await mostFrequentHeader(frames);
  if (nComponents !== (color ? 3 : 1))
    throw new FormatError(`color says that frames are ${color ? "RGB" : "gray"}, but they are not`);
  if (!isPossibleFrame(height, width))
    throw new FormatError(`frames say that they have ${height} x ${width} pixels, which cannot be`);
  return [height, width];
}

/** @param {StoredFrames} frames */
async function mostFrequentHeader(frames) {
  const last = frames.length - 1;
  const numbers = new Set(
    Array.from({length: N_SAMPLED}, (_, i) => Math.floor((i * last) / (N_SAMPLED - 1))),
  );
  /** @type {Map<string, {header: import("../format/codec.js").PictureHeader, votes: number}>} */
  const found = new Map();
  /** @type {unknown} */
  let why = null;
  for (const number of numbers) {
    try {
      const header = checkedHeader(frames.codec, await frames.read(number));
      const key = [header.height, header.width, header.nComponents].join();
      found.set(key, {header, votes: (found.get(key)?.votes ?? 0) + 1});
    } catch (error) {
      why ??= error;
    }
  }
  if (!found.size) throw why;
  return [...found.values()].reduce((most, each) => (each.votes > most.votes ? each : most)).header;
}
