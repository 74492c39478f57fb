// What the pixels of a picture are: as the browser has decoded them, or, where it has computed ones alone, as
// Python says.

import {readableContext} from "./planes.js";
import {RawFrame} from "./raw_frame.js";

/** @typedef {import("../types.js").FrameLayer} FrameLayer */

/**
 * What one pixel is in a layer that is shown.
 * @typedef {object} Reading
 * @property {number} channel
 * @property {number[]} position of the frame
 * @property {number[] | null} value gray, or red, green and blue; null while it is not known
 * @property {string[] | null} [exact] the value that is kept, of which `value` is what is looked at; of RGB three
 * @property {boolean} isTrue whether it is what `jp[...]` is, and not near it
 * @property {boolean} isFailed whether it will not be known
 * @property {[rows: number, columns: number] | null} mean of how many pixels it is the mean, if of more than one
 */

/** Once the same picture has been shown for so many ms, what is missing of it is worth the work. */
const REST = 80;

/**
 * What is used of a picture.
 * @typedef {Pick<import("./picture.js").Picture, "stack" | "shown" | "bitmapOf" | "decodeLayer">} ReadPicture
 */

/** Reads the pixels of one stack. */
export class PixelReader {
  #picture;
  #asks;
  #source;
  #onRead;
  #probe = readableContext();
  /** The picture that is read. */
  #sequence = -1;
  #isResting = false;
  #isDecoded = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** The pixel that Python was asked for last, and what it has answered. */
  #asked = "";
  /** @type {{key: string, values: (number[] | null)[], exact?: (string[] | null)[]}} */
  #answer = {key: "", values: []};

  /**
   * @param {ReadPicture} picture
   * @param {import("../frames/asks.js").Asks | null} asks null without Python
   * @param {() => void} onRead called when more is known
   * @param {number} source number of the stack: 0, or one of those that it is compared with
   */
  constructor(picture, asks, onRead, source = 0) {
    this.#picture = picture;
    this.#asks = asks;
    this.#onRead = onRead;
    this.#source = source;
  }

  /**
   * What a pixel is in each layer; what is not known is found out once the picture rests.
   * @param {number} x
   * @param {number} y
   * @returns {Reading[]}
   */
  read(x, y) {
    const {shown} = this.#picture;
    if (!shown) return [];
    this.#notice(shown.sequence);
    const readings = shown.layers.map((layer, i) => this.#reading(layer, i, x, y));
    if (this.#isResting) this.#complete(x, y, readings);
    return readings;
  }

  /** @param {number} sequence */
  #notice(sequence) {
    if (sequence === this.#sequence) return;
    this.#sequence = sequence;
    this.#isResting = this.#isDecoded = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isResting = true;
      this.#onRead();
    }, REST);
  }

  /**
   * @param {FrameLayer} layer
   * @param {number} number
   * @param {number} x
   * @param {number} y
   * @returns {Reading}
   */
  #reading(layer, number, x, y) {
    const {channel, position} = layer;
    const {stack} = this.#picture;
    const known = {channel, position, isFailed: false, mean: meanOf(stack.reduction)};
    if (this.#answer.key === this.#key(x, y)) {
      const value = this.#answer.values[number];
      const exact = this.#answer.exact?.[number] ?? null;
      return {...known, value, exact, isTrue: true, isFailed: value === null};
    }
    const value = this.#decoded(layer, x, y);
    const isTrue = this.#isExact(layer);
    const mean = isTrue ? null : this.#shownMean();
    if (mean === null) return {...known, value, isTrue};
    return {...known, value: this.#asks ? null : value, isTrue, mean: this.#asks ? null : mean};
  }

  /** Whether what the browser decodes of a layer is what `jp[...]` decodes. @param {FrameLayer} layer */
  #isExact({frame}) {
    const {sendsStored, isLarge} = this.#picture.stack;
    return sendsStored && !isLarge && typeof frame === "number";
  }

  /** Of how many pixels of a frame one on the screen is the mean, where the frame comes in parts. */
  #shownMean() {
    const {stack, shown} = this.#picture;
    if (!stack.isLarge || !shown?.target) return null;
    const {crop, width, height} = shown.target;
    return meanOf([crop.height / height, crop.width / width]);
  }

  /**
   * @param {FrameLayer} layer
   * @param {number} x
   * @param {number} y
   */
  #decoded(layer, x, y) {
    const {stack, shown} = this.#picture;
    const bitmap = this.#picture.bitmapOf(layer);
    if (!bitmap || !shown?.target) return null;
    const {crop, width, height} = shown.target;
    const [column, row] = stack.isLarge
      ? [
          Math.floor(((x - crop.x + 0.5) * width) / crop.width),
          Math.floor(((y - crop.y + 0.5) * height) / crop.height),
        ]
      : [x, y];
    // Of a large frame, the part that is under the pointer may be on its way.
    if (column < 0 || row < 0 || (stack.isLarge && (column >= width || row >= height))) return null;
    if (bitmap instanceof RawFrame) return bitmap.pixel(column, row);
    this.#probe.drawImage(bitmap, column, row, 1, 1, 0, 0, 1, 1);
    return [...this.#probe.getImageData(0, 0, 1, 1).data].slice(0, stack.color ? 3 : 1);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  #key(x, y) {
    const layers = this.#picture.shown?.layers ?? [];
    return [x, y, ...layers.map(({frame}) => frame)].join(" ");
  }

  /**
   * Find out what is not known.
   * @param {number} x
   * @param {number} y
   * @param {Reading[]} readings
   */
  #complete(x, y, readings) {
    const layers = this.#picture.shown?.layers ?? [];
    if (!this.#isDecoded && readings.some(({value, isFailed}) => value === null && !isFailed)) {
      this.#isDecoded = true;
      this.#decode(layers);
    }
    if (this.#asks && !readings.every(({isTrue}) => isTrue)) this.#ask(x, y, layers);
  }

  /** @param {FrameLayer[]} layers */
  async #decode(layers) {
    await Promise.allSettled(layers.map((layer) => this.#picture.decodeLayer(layer)));
    this.#onRead();
  }

  /**
   * One question in flight, the latest follows it.
   * @param {number} x
   * @param {number} y
   * @param {FrameLayer[]} layers
   */
  #ask(x, y, layers) {
    const key = this.#key(x, y);
    if (key === this.#asked) return;
    this.#asked = key;
    const frames = layers.map(({frame}) => frame);
    const take = (
      /** @type {(number[] | null)[]} */ values,
      /** @type {(string[] | null)[] | undefined} */ exact = undefined,
    ) => {
      this.#answer = {key, values, exact};
      this.#onRead();
    };
    const request = {what: "pixels", source: this.#source, frames, x, y};
    this.#asks?.ask(`pixels of ${this.#source}`, request, {
      onAnswer: ({values, exact}) => take(values, exact),
      onError: () => take(frames.map(() => null)),
    });
  }
}

/**
 * @param {[rows: number, columns: number]} reduction
 * @returns {[rows: number, columns: number] | null}
 */
function meanOf([rows, columns]) {
  return rows > 1 || columns > 1 ? [rows, columns] : null;
}
