// The provider of a report: the frames are in the page itself.

import {fromBase64} from "../browser/base/base64.js";

/** @typedef {import("../browser/types.js").FrameKey} FrameKey */
/** @typedef {import("../browser/types.js").Encoded} Encoded */
/** @typedef {import("../browser/types.js").FrameSource} FrameSource */
/** @typedef {import("../browser/types.js").Provider} Provider */

/**
 * A part of a stack: `numbers` of frames and `lengths` of their base64 in `text`, and errors by number.
 * @typedef {{numbers: number[], lengths: number[], errors: Record<string, string>, text: string}} Part
 */

/**
 * Whether all of a part's text is there. That an element comes after it in the page says nothing: extensions of
 * browsers put theirs anywhere while the page is still being read.
 * @param {Part} part
 */
export function isComplete({lengths, text}) {
  return text.length >= lengths.reduce((sum, length) => sum + length, 0);
}

/** Whoever waits for a frame that the page has not got to. @typedef {{number: number, done: () => void}} Reader */

/**
 * The frames of one stack as base64 in elements of the page. They arrive while the page is still being
 * read, in parts; a frame is decoded when it is shown, so that a page of any size shows its first picture
 * at once.
 * @implements {FrameSource}
 */
export class EmbeddedStack {
  /** @type {Map<FrameKey, {text: string, start: number, end: number} | {error: string}>} */
  #places = new Map();
  #isWhole = false;
  /** @type {Reader[]} */
  #readers = [];
  /** @type {EmbeddedFrames[]} those to notify of frames */
  listeners = [];

  /** @param {Part} part */
  add({numbers, lengths, errors, text}) {
    let start = 0;
    numbers.forEach((number, i) => {
      const end = start + lengths[i];
      // A page that was cut off has only the beginning of its last part.
      if (end <= text.length) this.#places.set(number, {text, start, end});
      start = end;
    });
    for (const [number, error] of Object.entries(errors)) this.#places.set(Number(number), {error});
    this.#notify();
  }

  /** There are no further parts: what has not come is missing. */
  finish() {
    this.#isWhole = true;
    this.#notify();
  }

  #notify() {
    for (const listener of this.listeners) listener.onArrival();
    const come = this.#readers.filter(({number}) => this.has(number));
    this.#readers = this.#readers.filter(({number}) => !this.has(number));
    for (const {done} of come) done();
  }

  /**
   * The bytes of a frame, once the page has got to them.
   * @param {number} number
   * @returns {Promise<Uint8Array<ArrayBuffer>>}
   */
  async read(number) {
    if (!this.has(number))
      await new Promise((/** @type {(value?: undefined) => void} */ done) =>
        this.#readers.push({number, done}),
      );
    const {bytes, error} = this.get(number);
    if (!bytes) throw new Error(error);
    return bytes;
  }

  /** @param {FrameKey} key */
  has(key) {
    return this.#isWhole || this.#places.has(key);
  }

  /**
   * @param {FrameKey} key
   * @returns {Encoded}
   */
  get(key) {
    const place = this.#places.get(key);
    if (place === undefined) return {error: "it is missing from this page, which is incomplete"};
    if ("error" in place) return place;
    return {bytes: fromBase64(place.text.slice(place.start, place.end))};
  }
}

/**
 * The frames of a stack, as the provider of one picture.
 * @implements {Provider}
 */
export class EmbeddedFrames {
  #stack;
  /** @type {{keys: FrameKey[], done: () => void}[]} */
  #waiting = [];
  #isWanted = false; // before, the picture is not ready to hear of frames
  onFrame = () => {};
  /** @type {(done: number, total: number) => void} */
  onProgress = () => {};
  isStalled = false;

  /** @param {EmbeddedStack} stack */
  constructor(stack) {
    this.#stack = stack;
    stack.listeners.push(this);
  }

  want() {
    this.#isWanted = true;
  }

  /**
   * @param {FrameKey[]} keys
   * @returns {Promise<void>}
   */
  fetch(keys) {
    return new Promise((done) => {
      this.#waiting.push({keys, done});
      this.#release();
    });
  }

  /** @param {FrameKey} key */
  has(key) {
    return this.#stack.has(key);
  }

  /** @param {FrameKey} key */
  get(key) {
    return this.#stack.get(key);
  }

  onArrival() {
    this.#release();
    if (this.#isWanted) this.onFrame();
  }

  #release() {
    this.#waiting = this.#waiting.filter(({keys, done}) => {
      const hasCome = keys.every((key) => this.has(key));
      if (hasCome) done();
      return !hasCome;
    });
  }
}
