// Frames of label images in the browser: asked for once, a few ahead, and kept as far as there is room.

import {decodeRuns} from "./payload.js";

/** @typedef {import("../../browser/asks.js").Asks} Asks */
/** @typedef {import("../../browser/types.js").LabelDescription} LabelDescription */
/** @typedef {import("./payload.js").Runs} Runs */

/** Bytes of frames that are kept, as they were sent and as runs. */
const MOST_BYTES = 64 * 2 ** 20;
/** Pairs in a request. */
const MOST_WANTED = 64;

/** @typedef {{runs: Runs | null, error: string, nbytes: number}} Kept */

export class LabelFrames {
  /** The latest last. @type {Map<string, Kept>} */
  #kept = new Map();
  #nbytes = 0;
  /** What is to be asked for next. @type {[name: string, number: number][]} */
  #wanted = [];
  #isAsking = false;

  /**
   * @param {Asks} asks
   * @param {import("../../browser/stack.js").Stack} stack
   * @param {() => void} onFrames called when some have come
   */
  constructor(asks, stack, onFrames) {
    this.asks = asks;
    this.stack = stack;
    this.onFrames = onFrames;
  }

  /**
   * The number of the frame of the stack that stands for all with the same labels.
   * @param {LabelDescription} labels
   * @param {number[]} position
   */
  numberOf({sizes}, position) {
    return this.stack.number(position.map((index, d) => Math.min(index, sizes[d] - 1)));
  }

  /**
   * The labels at a position; undefined while they are not there.
   * @param {LabelDescription} labels
   * @param {number[]} position
   */
  get(labels, position) {
    const key = `${this.numberOf(labels, position)} ${labels.name}`;
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept;
  }

  /**
   * Have labels at positions, the first ones first; those asked for before are forgotten.
   * @param {LabelDescription[]} labels
   * @param {number[][]} positions
   */
  want(labels, positions) {
    /** @type {Map<string, [string, number]>} */
    const wanted = new Map();
    for (const position of positions)
      for (const each of labels) {
        const number = this.numberOf(each, position);
        const key = `${number} ${each.name}`;
        if (!this.#kept.has(key)) wanted.set(key, [each.name, number]);
      }
    this.#wanted = [...wanted.values()].slice(0, MOST_WANTED);
    this.#ask();
  }

  #ask() {
    if (this.#isAsking || !this.#wanted.length) return;
    this.#isAsking = true;
    const wanted = this.#wanted;
    this.#wanted = [];
    const end = () => {
      this.#isAsking = false;
      this.#wanted = this.#wanted.filter(([name, number]) => !this.#kept.has(`${number} ${name}`));
      this.onFrames();
      this.#ask();
    };
    this.asks.ask(
      "label frames",
      {what: "label frames", wanted},
      {
        onAnswer: (answer) => this.#take(answer),
        onDone: end,
        onError: end,
      },
    );
  }

  /** @param {{name: string, number: number, data?: ArrayBuffer | Uint8Array | DataView, failed?: string}} answer */
  #take({name, number, data, failed = ""}) {
    const labels = this.stack.labels.find((each) => each.name === name);
    if (!labels) return;
    this.#keep(`${number} ${name}`, {...this.#decoded(data, labels, failed)});
  }

  /**
   * @param {ArrayBuffer | Uint8Array | DataView | undefined} data
   * @param {LabelDescription} labels
   * @param {string} failed
   * @returns {Kept}
   */
  #decoded(data, {dtype}, failed) {
    try {
      if (!data) throw new Error(failed);
      const bytes =
        data instanceof ArrayBuffer
          ? new Uint8Array(data)
          : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const runs = decodeRuns(bytes, this.stack, dtype);
      return {runs, error: "", nbytes: bytes.length + 8 * runs.numbers.length + 8 * runs.height};
    } catch (error) {
      return {runs: null, error: error instanceof Error ? error.message : String(error), nbytes: 100};
    }
  }

  /** @param {string} key @param {Kept} kept */
  #keep(key, kept) {
    this.#kept.set(key, kept);
    this.#nbytes += kept.nbytes;
    for (const [old, {nbytes}] of this.#kept) {
      if (this.#nbytes <= MOST_BYTES || old === key) break;
      this.#kept.delete(old);
      this.#nbytes -= nbytes;
    }
  }
}
