// The frames of a stack without Python: stored ones from a provider, computed ones as pixels.

import {Pull} from "../browser/providers.js";

/** @typedef {import("../browser/types.js").FrameKey} FrameKey */
/** @typedef {import("../browser/types.js").Provider} Provider */

/** @param {FrameKey} key of a frame as it is stored */
const isStored = (key) => typeof key === "number";

/** @param {FrameKey} key of a projection, or of a part of a large frame */
const isComputed = (key) => !isStored(key);

/** @implements {Provider} */
export class LocalFrames {
  #stored;
  #computed;
  onFrame = () => {};
  /** @type {(done: number, total: number) => void} */
  onProgress = () => {};

  /**
   * @param {Provider} stored
   * @param {(message: object) => void} send asks for computed ones
   */
  constructor(stored, send) {
    this.#stored = stored;
    this.#computed = new Pull(send);
    for (const provider of [this.#stored, this.#computed]) {
      provider.onFrame = () => this.onFrame();
      provider.onProgress = (done, total) => this.onProgress(done, total);
    }
  }

  get isStalled() {
    return this.#stored.isStalled;
  }

  /**
   * @param {FrameKey[]} visible
   * @param {FrameKey[]} [ahead]
   */
  want(visible, ahead = []) {
    this.#stored.want(visible.filter(isStored), ahead.filter(isStored));
    this.#computed.want(visible.filter(isComputed), ahead.filter(isComputed));
  }

  /** @param {FrameKey[]} keys */
  async fetch(keys) {
    await Promise.all([
      this.#stored.fetch(keys.filter(isStored)),
      this.#computed.fetch(keys.filter(isComputed)),
    ]);
  }

  /** @param {FrameKey} key */
  has(key) {
    return isStored(key) ? this.#stored.has(key) : this.#computed.has(key);
  }

  /** @param {FrameKey} key @returns {import("../browser/types.js").Encoded | undefined} */
  get(key) {
    if (isStored(key)) return this.#stored.get(key);
    const found = this.#computed.get(key);
    return found && {...found, isPixels: true};
  }

  /** @param {import("../browser/providers.js").FrameAnswer} answer */
  receive(answer) {
    this.#computed.receive(answer);
  }
}
