// What a picture, and a worker that computes, ask for frames that the browser reads itself.

import {Pull} from "../../browser/frames/providers.js";

/** @typedef {import("../../browser/types.js").FrameSource} FrameSource */

/** Requests at a time: what lies ahead comes while what is visible is on its way. */
const LANES = 4;

/**
 * The stored frames of a source, as the provider of a picture: what is visible first and only the latest of it, then
 * what likely comes next; kept up to a number of bytes.
 * @implements {FrameSource}
 */
export class SourceFrames extends Pull {
  #source;

  /** @param {FrameSource} source */
  constructor(source) {
    super(({keys}) => keys.forEach((key) => void this.#fetch(Number(key))), LANES);
    this.#source = source;
  }

  /**
   * A frame, from what is kept if it is there.
   * @param {number} number
   * @param {AbortSignal} [signal]
   */
  async read(number, signal) {
    return this.get(number)?.bytes ?? this.#source.read(number, signal);
  }

  /** @param {number} key */
  async #fetch(key) {
    try {
      this.receive({key, data: await this.#source.read(key)});
    } catch (error) {
      this.receive({key, error: error instanceof Error ? error.message : String(error)});
    }
  }
}
