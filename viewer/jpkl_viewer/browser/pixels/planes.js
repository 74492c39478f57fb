// Pixels of frames as the screen needs them, and pictures that are made of pixels at once.

import {ByteCache, Share} from "../frames/cache.js";
import {compose, countValues, fromRgb} from "../state/colors.js";
import {RawFrame} from "./raw_frame.js";

/** @typedef {import("../types.js").Plane} Plane */

/** What all pictures of a page keep: a report of many stacks takes no more memory than one of few. */
const PLANES = /** @type {ByteCache<Plane>} */ (new ByteCache(128 * 2 ** 20));

/** A histogram counts at most this number of pixels along a side. */
const COUNTED_SIDE = 256;

/** A canvas off the screen whose pixels are read. @returns {OffscreenCanvasRenderingContext2D} */
export function readableContext(width = 1, height = 1) {
  const context = new OffscreenCanvas(width, height).getContext("2d", {willReadFrequently: true});
  if (context === null) throw new Error("the browser has no memory left for a canvas");
  return context;
}

/**
 * Pixels of frames as the screen needs them: cropped to the view, scaled down to the screen's pixels.
 * They are kept, so that coming back to a frame, or changing its contrast, decodes and scales nothing.
 */
export class Planes {
  #context = readableContext();

  #kept = new Share(PLANES);

  /** @param {boolean} isColor */
  constructor(isColor) {
    this.isColor = isColor;
  }

  /** @param {import("../types.js").FrameKey} key */
  get(key) {
    return this.#kept.get(key);
  }

  /**
   * Gray values (one byte each), or colors.
   * @param {import("../types.js").FrameKey} key to keep them under
   * @param {CanvasImageSource | RawFrame} image the frame, or a video frame at 1 / `scale` of the size
   * @param {import("../types.js").Rect} crop in pixels of the frame
   * @param {number} width
   * @param {number} height
   * @returns {Plane}
   */
  make(key, image, crop, width, height, scale = 1) {
    const plane =
      image instanceof RawFrame
        ? this.#computed(image, crop, width, height)
        : this.#drawn(image, crop, width, height, scale);
    return this.keep(key, plane);
  }

  /**
   * Keep what is such a plane already.
   * @param {import("../types.js").FrameKey} key
   * @param {Plane} plane
   */
  keep(key, plane) {
    this.#kept.put(key, plane, plane.byteLength);
    return plane;
  }

  /**
   * @param {RawFrame} image
   * @param {import("../types.js").Rect} crop
   * @param {number} width
   * @param {number} height
   */
  #computed(image, crop, width, height) {
    const pixels = image.scaled(crop, width, height);
    return this.isColor ? fromRgb(pixels) : pixels;
  }

  /**
   * @param {CanvasImageSource} image
   * @param {import("../types.js").Rect} crop
   * @param {number} width
   * @param {number} height
   * @param {number} scale
   */
  #drawn(image, crop, width, height, scale) {
    const context = this.#context;
    if (context.canvas.width !== width || context.canvas.height !== height) {
      Object.assign(context.canvas, {width, height});
    }
    const [x, y, w, h] = [crop.x, crop.y, crop.width, crop.height].map((length) => length / scale);
    context.imageSmoothingEnabled = width < w || height < h;
    // Bilinear reads two by two pixels: enough down to half the size, where "medium" costs half as much again.
    context.imageSmoothingQuality = 2 * width > w ? "low" : "medium";
    context.drawImage(image, x, y, w, h, 0, 0, width, height);
    const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
    return this.isColor ? pixels : new Uint8Array(pixels); // keeps the low bytes, which are red
  }
}

/**
 * Counts of the 256 values in a frame, from at most some 65,000 of its pixels.
 * @param {ImageBitmap | RawFrame} frame
 * @param {boolean} isColor
 */
export function histogram(frame, isColor) {
  const scale = Math.min(1, COUNTED_SIDE / Math.max(frame.width, frame.height));
  const width = Math.max(1, Math.round(frame.width * scale));
  const height = Math.max(1, Math.round(frame.height * scale));
  if (frame instanceof RawFrame) return frame.counts(width, height);
  const context = readableContext(width, height);
  context.imageSmoothingEnabled = false; // means would hide the extremes
  context.drawImage(frame, 0, 0, width, height);
  return countValues(context.getImageData(0, 0, width, height).data, isColor);
}

/**
 * Colors as a canvas.
 * @param {Uint32Array} colors
 * @param {number} width
 * @param {number} height
 */
export function toCanvas(colors, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const bytes = new Uint8ClampedArray(/** @type {ArrayBuffer} */ (colors.buffer));
  canvas.getContext("2d")?.putImageData(new ImageData(bytes, width, height), 0, 0);
  return canvas;
}

/**
 * Pixels that Python has put together, in colors, as a canvas.
 * @param {import("../types.js").RawPicture[]} pictures one for each of the layers
 * @param {{channel: number}[]} layers
 * @param {import("./picture.js").Picture} picture that says how channels are colored
 * @param {import("../types.js").State} state
 */
export function colorPictures(pictures, layers, picture, state) {
  const [{width, height}] = pictures;
  const {color} = picture.stack;
  const planes = pictures.map(({data}, i) => ({
    plane: color ? fromRgb(new Uint8Array(data)) : new Uint8Array(data),
    lut: picture.lut(layers[i].channel, state),
  }));
  return toCanvas(compose(planes, width * height, color), width, height);
}
