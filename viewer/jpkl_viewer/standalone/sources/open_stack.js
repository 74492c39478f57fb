// From a file to a stack that can be shown.

import {readHeaders, decodeOnce} from "../../browser/decoder.js";
import {readableContext} from "../../browser/planes.js";
import {readsTruly} from "../../browser/readback.js";
import {Stack} from "../../browser/stack.js";
import {describe} from "../describe/description.js";
import {firstSettings} from "../describe/first_view.js";
import {sampleOf} from "../describe/sample.js";
import {FormatError} from "../format/errors.js";
import {openWithTrailer} from "../format/opening.js";
import {plainly} from "./found.js";
import {StoredFrames, findFrameShape} from "./stored_frames.js";
import {MOST_WHOLE} from "./url.js";

/** @typedef {import("../format/opening.js").FileBytes} FileBytes */
/** @typedef {import("./found.js").Found} Found */

/** Walks through a file that has no index. @typedef {(file: FileBytes) => Promise<Found>} Walk */

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
    this.#found = found;
    this.#shape = shape;
  }

  /** What the metadata say. */
  get known() {
    return this.#found.known;
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
      return decodeGray(bytes, stack, scale);
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
  const found = opened ? plainly(opened) : await withoutTrailer(file, walk);
  const {info, map} = found;
  if (info.codec !== "jpeg") throw new FormatError(whyNotShown(info.codec));
  const frames = new StoredFrames(file, found);
  if (!map.lengths.length) throw new FormatError(`a stack of dims (${info.sizes}) holds no frames to view`);
  const shape = await findFrameShape(frames, info);
  frames.kind = {height: shape[0], width: shape[1], color: info.color};
  return new OpenedStack(file, found, frames, shape);
}

/** @param {string} codec */
function whyNotShown(codec) {
  return (
    `its frames are encoded by '${codec.slice(0, 80)}', which this page does not decode: it shows stacks of JPEGs. ` +
    "Open it with jpkl view"
  );
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
 * @param {{width: number, height: number}} size
 * @param {number} scale
 */
async function decodeGray(bytes, size, scale) {
  if (!readsTruly()) throw new Error("no pixels can be read");
  const smaller = {width: Math.ceil(size.width / scale), height: Math.ceil(size.height / scale)};
  const once = await decodeOnce(bytes, size, scale, (image) => redOf(image, smaller));
  if (once) return once;
  readHeaders(bytes, size.width, size.height);
  const blob = new Blob([bytes], {type: "image/jpeg"});
  const bitmap = await createImageBitmap(blob, {imageOrientation: "none", colorSpaceConversion: "none"});
  return redOf(bitmap, smaller);
}

/**
 * @param {CanvasImageSource} image
 * @param {{width: number, height: number}} size
 */
function redOf(image, {width, height}) {
  const context = readableContext(width, height);
  context.drawImage(image, 0, 0, width, height);
  const colors = context.getImageData(0, 0, width, height).data;
  const pixels = new Uint8Array(width * height);
  for (let i = 0; i < pixels.length; i++) pixels[i] = colors[4 * i];
  return {pixels, width, height};
}
