// The viewers of a page that are answered without Python: one cache for all of them.

import {ByteCache} from "../browser/frames/cache.js";
import {decodeColormaps} from "../browser/pixels/colormap.js";
import {Stack} from "../browser/state/stack.js";
import {LocalAnswers} from "./answers.js";
import {decodePixels} from "./decode.js";
import {exactFrames} from "./exact_frames.js";
import {Frames} from "./frames.js";
import {Parts} from "./parts.js";
import {COMPUTED} from "./tools.js";

/** Decoded frames, and what is computed of them: as much as Python keeps for a viewer. */
const CACHE_BYTES = 256 * 2 ** 20;

/**
 * What opens a viewer; later messages of the same number are its own.
 * @typedef {{view: number, type: "open", stacks: import("./types.js").Opened[], colormaps: Record<string, string>}} Opening
 */

/**
 * Reads the bytes of a frame of a stack of a view, or of a label image by its name.
 * @typedef {(view: number, source: number, number: number, signal: AbortSignal, labels?: string) =>
 *   Promise<Uint8Array<ArrayBuffer>>} ReadFrame
 */

export class LocalViews {
  #cache = new ByteCache(CACHE_BYTES);
  /** @type {Map<number, LocalAnswers>} */
  #views = new Map();
  /** @type {Map<number, import("./types.js").LocalStack[]>} */
  #stacks = new Map();
  #parts;
  /** Others that help. @type {((part: object, signal: AbortSignal) => Promise<any>)[]} */
  #helpers = [];
  #read;
  #send;
  #decode;

  /**
   * @param {ReadFrame} read
   * @param {(message: Record<string, unknown>, transfer?: ArrayBuffer[]) => void} send
   * @param {import("./types.js").Decode} decode
   */
  constructor(read, send, decode = decodePixels) {
    this.#read = read;
    this.#send = send;
    this.#decode = decode;
    this.#parts = new Parts(({view, source}) => this.#stacks.get(view)?.[source]?.frames, send);
  }

  /**
   * Have others do parts of what takes long.
   * @param {((part: object, signal: AbortSignal) => Promise<any>)[]} helpers
   */
  help(helpers) {
    this.#helpers = helpers;
    for (const [view, stacks] of this.#stacks) this.#lend(view, stacks);
  }

  /** @param {number} view @param {import("./types.js").LocalStack[]} stacks */
  #lend(view, stacks) {
    stacks.forEach(({frames}, source) => {
      frames.helpers = this.#helpers.map((ask) => (part, signal) => ask({...part, view, source}, signal));
    });
  }

  /** @param {any} message */
  handle(message) {
    if (message.type === "open") this.#open(message);
    else if (message.type === "share") void this.#parts.start(message);
    else if (message.type === "unshare") this.#parts.stop(message.id);
    else this.#views.get(message.view)?.handle(message);
  }

  /** @param {Opening} opening */
  #open({view, stacks: opened, colormaps}) {
    const colors = decodeColormaps(colormaps);
    const stacks = opened.map(({description, dtype}, source) => {
      const stack = new Stack(description);
      const read = (/** @type {number} */ number, /** @type {AbortSignal} */ signal) =>
        this.#read(view, source, number, signal);
      const frames =
        dtype === null
          ? {frames: new Frames(stack, read, this.#cache, this.#decode)}
          : exactFrames(stack, dtype, read, this.#cache);
      return /** @type {import("./types.js").LocalStack} */ ({
        stack,
        ...frames,
        readLabels: (name, number, signal) => this.#read(view, source, number, signal, name),
        others: [],
        colormaps: colors,
      });
    });
    stacks[0].others = stacks.slice(1);
    this.#stacks.set(view, stacks);
    this.#lend(view, stacks);
    const send = (/** @type {Record<string, unknown>} */ message) => this.#send({...message, view});
    this.#views.set(view, new LocalAnswers(stacks, COMPUTED, send));
  }
}
