// From a file to a stack that can be shown.

import {decodeOnce} from "../../browser/pixels/decoder.js";
import {readableContext} from "../../browser/pixels/planes.js";
import {readsTruly} from "../../browser/pixels/readback.js";
import {Stack} from "../../browser/state/stack.js";
import {decodePixels} from "../../local/decode.js";
import {decodeExact, numbersOf} from "../../local/exact.js";
import {shownDecoder} from "../../local/exact_frames.js";
import {describe} from "../describe/description.js";
import {firstSettings} from "../describe/first_view.js";
import {sampleOf} from "../describe/sample.js";
import {channelDim} from "../describe/metadata.js";
import {hiddenDtype, limitsOf} from "../format/codec.js";
import {FormatError} from "../format/errors.js";
import {openWithTrailer} from "../format/opening.js";
import {checkDecodable} from "./decodable.js";
import {plainly} from "./found.js";
import {sampledRange} from "./range.js";
import {StoredFrames, findFrameShape} from "./stored_frames.js";
import {LabelSource} from "./stored_labels.js";
import {MOST_WHOLE} from "./url.js";

/** @typedef {import("../format/opening.js").FileBytes} FileBytes */
/** @typedef {import("./found.js").Found} Found */

/**
 * What is known of a file that has no index, and therefore no checksums, and what says whether its frames are damaged.
 * @typedef {{found: Found, isDamaged: import("./damage.js").IsDamaged, close: () => void}} Walked
 */

/** Walks through such a file. @typedef {(file: FileBytes) => Promise<Walked>} Walk */

/** A stack that can be shown, but for its title. */
export class OpenedStack {
  #found;
  #shape;
  /** @type {Map<number, Uint8Array<ArrayBuffer>>} */
  #sampled = new Map();

  /**
   * @param {FileBytes} file
   * @param {Found} found
   * @param {StoredFrames} frames
   * @param {[number, number]} shape
   */
  constructor(file, found, frames, shape) {
    this.file = file;
    this.frames = frames;
    this.labels = new LabelSource(file, found.info.labels, {height: shape[0], width: shape[1]});
    this.#found = found;
    this.#shape = shape;
  }

  /** It is shown no more. */
  close() {
    this.frames.close();
  }

  /** What the metadata say. */
  get known() {
    return this.#found.known;
  }

  /** The dtype of values that the browser does not decode; null where it does. */
  get dtype() {
    const {codec, displayRange} = this.#found.info;
    return hiddenDtype(codec, displayRange);
  }

  /** @param {string} title */
  description(title) {
    return describe(this.#found.info, this.#shape, this.#found.known, title);
  }

  /**
   * The settings of a viewer at its start.
   * @param {Record<string, Uint8Array>} colormaps
   */
  async settings(colormaps) {
    const stack = new Stack(this.description(""));
    const samples = await sampleOf(stack, this.file.isRemote, async (number, scale) => {
      const bytes = await this.frames.read(number);
      this.#sampled.set(number, bytes);
      if (this.dtype === null) return decodeGray(bytes, stack, scale, number);
      const {data, ...size} = await shownDecoder(stack, this.dtype)(bytes, stack, scale, number);
      return {pixels: data, ...size};
    });
    return firstSettings(stack, this.known, samples, colormaps);
  }

  /** Frames that have been read for the first view: they need not be read again. */
  takeSampled() {
    const sampled = this.#sampled;
    this.#sampled = new Map();
    return sampled;
  }
}

/**
 * Open a file.
 * @param {FileBytes} file
 * @param {Walk} walk
 */
export async function openStack(file, walk) {
  const opened = await openWithTrailer(file);
  if (opened) return stackOf(file, plainly(opened), null);
  const {found, ...checker} = await withoutTrailer(file, walk);
  try {
    return await stackOf(file, found, checker);
  } catch (error) {
    checker.close();
    throw error;
  }
}

/**
 * @param {FileBytes} file
 * @param {Found} found
 * @param {import("./stored_frames.js").Checker | null} checker
 */
async function stackOf(file, found, checker) {
  const {info, map} = found;
  await checkDecodable(info.codec);
  const frames = new StoredFrames(file, found, checker);
  if (!map.lengths.length) throw new FormatError(`a stack of dims (${info.sizes}) holds no frames to view`);
  const shape = await findFrameShape(frames, info);
  frames.kind = {height: shape[0], width: shape[1], color: info.color};
  if (info.displayRange === null && hiddenDtype(info.codec, null) !== null)
    info.displayRange = await measuredRange(frames, info);
  return new OpenedStack(file, found, frames, shape);
}

/**
 * The display range of values that are kept exactly, where the file does not say it.
 * @param {StoredFrames} frames
 * @param {import("./found.js").Info} info
 */
function measuredRange(frames, {sizes, names, codec}) {
  const {kind} = frames;
  const {dtype} = codec;
  if (kind === null || dtype === null) return null;
  const read = async (/** @type {number} */ number) =>
    numbersOf(await decodeExact(await frames.read(number), kind, dtype));
  return sampledRange(sizes, channelDim(names), read, limitsOf(dtype));
}

/**
 * @param {FileBytes} file
 * @param {Walk} walk
 */
function withoutTrailer(file, walk) {
  if (file.isRemote && file.size > MOST_WHOLE)
    throw new FormatError(
      "it has no index at its end that can be used, so that all of it would have to be read through. Write one " +
        "that has, and put that on the server: jpkl recover old.jpkl new.jpkl",
    );
  return walk(file);
}

/**
 * The pixels of a gray frame, at 1 over a scale of its size or as near as the browser can.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {Stack} stack
 * @param {number} scale
 * @param {number} number
 */
async function decodeGray(bytes, stack, scale, number) {
  if (!readsTruly()) throw new Error("no pixels can be read");
  const smaller = {width: Math.ceil(stack.width / scale), height: Math.ceil(stack.height / scale)};
  const once = await decodeOnce(bytes, stack, scale, (image) => redOf(image, smaller));
  if (once) return once;
  const {data, ...size} = await decodePixels(bytes, stack, scale, number);
  return {pixels: data, ...size};
}

/**
 * @param {CanvasImageSource} image
 * @param {{width: number, height: number}} size
 */
function redOf(image, {width, height}) {
  const context = readableContext(width, height);
  context.drawImage(image, 0, 0, width, height);
  const colors = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  return {pixels: new Uint8Array(colors), width, height}; // keeps the low bytes, which are red
}
