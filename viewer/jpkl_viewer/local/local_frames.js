// The frames of a stack without Python: stored ones from a provider, computed ones as pixels.

import {Pull} from "../browser/frames/providers.js";

/** @typedef {import("../browser/types.js").FrameKey} FrameKey */
/** @typedef {import("../browser/types.js").Provider} Provider */

/** @implements {Provider} */
export class LocalFrames {
  #stored;
  #computed;
  #isAllComputed;
  onFrame = () => {};
  /** @type {(done: number, total: number) => void} */
  onProgress = () => {};

  /**
   * @param {Provider} stored
   * @param {(message: object) => void} send asks for computed ones
   * @param {boolean} [isAllComputed] whether the browser does not decode what is stored
   */
  constructor(stored, send, isAllComputed = false) {
    this.#isAllComputed = isAllComputed;
    this.#stored = stored;
    this.#computed = new Pull(send);
    for (const provider of [this.#stored, this.#computed]) {
      provider.onFrame = () => this.onFrame();
      provider.onProgress = (done, total) => this.onProgress(done, total);
    }
  }

  /**
   * Whether a key is that of a frame as it is stored; others are projections, and parts of large frames.
   * @param {FrameKey} key
   */
  #isStored(key) {
    return typeof key === "number" && !this.#isAllComputed;
  }

  /** @param {FrameKey[]} keys @returns {[stored: FrameKey[], computed: FrameKey[]]} */
  #divided(keys) {
    return [keys.filter((key) => this.#isStored(key)), keys.filter((key) => !this.#isStored(key))];
  }

  get isStalled() {
    return this.#stored.isStalled;
  }

  /**
   * @param {FrameKey[]} visible
   * @param {FrameKey[]} [ahead]
   * @param {import("../browser/types.js").Pace} [pace]
   */
  want(visible, ahead = [], pace = undefined) {
    const [shown, next] = [this.#divided(visible), this.#divided(ahead)];
    this.#stored.want(shown[0], next[0], pace);
    this.#computed.want(shown[1], next[1], pace);
  }

  /** @param {FrameKey[]} keys */
  async fetch(keys) {
    const [stored, computed] = this.#divided(keys);
    await Promise.all([this.#stored.fetch(stored), this.#computed.fetch(computed)]);
  }

  /** Ask for nothing any more: nobody looks at it. */
  close() {
    this.#stored.close?.();
    this.#computed.close();
  }

  /** @param {FrameKey} key */
  has(key) {
    return this.#isStored(key) ? this.#stored.has(key) : this.#computed.has(key);
  }

  /** @param {FrameKey} key @returns {import("../browser/types.js").Encoded | undefined} */
  get(key) {
    if (this.#isStored(key)) return this.#stored.get(key);
    const found = this.#computed.get(key);
    return found && {...found, isPixels: true};
  }

  /** @param {import("../browser/frames/providers.js").FrameAnswer} answer */
  receive(answer) {
    this.#computed.receive(answer);
  }
}
