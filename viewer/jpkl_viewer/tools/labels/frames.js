// Frames of label images in the browser: asked for once, a few ahead, and kept as far as there is room.

import {decodeRuns} from "./payload.js";

/** @typedef {import("../../browser/frames/asks.js").Asks} Asks */
/** @typedef {import("../../browser/types.js").LabelDescription} LabelDescription */
/** @typedef {import("./payload.js").Runs} Runs */

/** Bytes of frames that are kept, as they were sent and as runs. */
const MOST_BYTES = 64 * 2 ** 20;
/** Pairs in a request. */
const MOST_WANTED = 64;

/** A frame that failed is asked for again after so many ms: the disk may be back. */
const ERROR_LIFE = 3000;

/**
 * What is known of a frame: its bytes until it is shown, and from then on the runs; `until` when an error is believed.
 * @typedef {{bytes: Uint8Array | null, runs: Runs | null, error: string, nbytes: number, until?: number}} Kept
 */

export class LabelFrames {
  /** The latest last. @type {Map<string, Kept>} */
  #kept = new Map();
  #nbytes = 0;
  /** What is to be asked for next. @type {[name: string, number: number][]} */
  #wanted = [];
  #isAsking = false;

  /**
   * @param {Asks} asks
   * @param {import("../../browser/state/stack.js").Stack} stack
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
    this.#keep(key, this.#decoded(kept, labels));
    return this.#kept.get(key);
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
        if (!this.#isKnown(key)) wanted.set(key, [each.name, number]);
      }
    this.#wanted = [...wanted.values()].slice(0, MOST_WANTED);
    this.#ask();
  }

  /** @param {string} key */
  #isKnown(key) {
    const kept = this.#kept.get(key);
    return kept !== undefined && performance.now() < (kept.until ?? Infinity);
  }

  #ask() {
    if (this.#isAsking || !this.#wanted.length) return;
    this.#isAsking = true;
    const wanted = this.#wanted;
    this.#wanted = [];
    const end = () => {
      this.#isAsking = false;
      this.#wanted = this.#wanted.filter(([name, number]) => !this.#isKnown(`${number} ${name}`));
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
    const bytes = data === undefined ? null : bytesOf(data);
    const head = bytes ? {error: "", nbytes: bytes.length} : {error: failed, nbytes: 100};
    const until = bytes ? undefined : performance.now() + ERROR_LIFE;
    this.#keep(`${number} ${name}`, {bytes, runs: null, ...head, until});
  }

  /**
   * Decoding waits until a frame is shown: most of those that are asked for ahead of a scrub are passed by.
   * @param {Kept} kept
   * @param {LabelDescription} labels
   * @returns {Kept}
   */
  #decoded(kept, {dtype}) {
    if (!kept.bytes) return kept;
    try {
      const runs = decodeRuns(kept.bytes, this.stack, dtype);
      return {bytes: null, runs, error: "", nbytes: 8 * runs.numbers.length + 8 * runs.height};
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return {bytes: null, runs: null, error: text, nbytes: 100};
    }
  }

  /** @param {string} key @param {Kept} kept */
  #keep(key, kept) {
    this.#nbytes -= this.#kept.get(key)?.nbytes ?? 0;
    this.#kept.delete(key); // it becomes the latest
    this.#kept.set(key, kept);
    this.#nbytes += kept.nbytes;
    for (const [old, {nbytes}] of this.#kept) {
      if (this.#nbytes <= MOST_BYTES || old === key) break;
      this.#kept.delete(old);
      this.#nbytes -= nbytes;
    }
  }
}

/** @param {ArrayBuffer | Uint8Array | DataView} data */
function bytesOf(data) {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
