// Where the JPEG bytes of frames come from: from Python, by whatever carries messages, Panel's component or a
// data source; or on the stand-alone page from a file or a URL. A report has another `Provider`, see
// `embedded_frames.js`.

import {ByteCache} from "./cache.js";
import {LinkSpeed} from "./link_speed.js";

/** @typedef {import("../types.js").FrameKey} FrameKey */
/** @typedef {import("../types.js").Pace} Pace */

/**
 * What is kept of a frame; `until` when its error is believed.
 * @typedef {import("../types.js").Encoded & {until?: number}} Entry
 */

/**
 * A request under way: when it was sent or answered last, when a frame of it has come, and what is still to come.
 * @typedef {{asked: number, came?: number, isVisible: boolean, keys: Set<FrameKey>}} Request
 */

/**
 * An answer for the picture with that key: JPEG bytes, an error, which may be of a frame that has not been written
 * yet (`isEarly`), how many frames of how many are computed, or that it was cancelled, as something else was asked for.
 * @typedef {{key: FrameKey, data?: ArrayBuffer | Uint8Array<ArrayBuffer>, error?: string, isEarly?: boolean,
 *   progress?: [done: number, total: number], cancelled?: boolean}} FrameAnswer
 */

const ENCODED_BYTES = 128 * 2 ** 20;
/** Latency in ms above which a second request is sent before the first is answered. */
const SLOW_LINK = 60;
/** Requests for frames ahead of a motion that is kept up with: one is answered while the next is on its way. */
const LANES_AHEAD = 2;
/** After so many ms without an answer the server is said not to answer, and is asked again. */
const PATIENCE = 5000;
/** A frame that failed is asked for again after so many ms: the disk may be back. */
const ERROR_LIFE = 3000;
/** One that has not been written yet is so earlier. */
const SHORT_LIFE = 200;
const ERROR_BYTES = 256;

/**
 * Fetches frames from Python. What is visible goes first, and only the latest of it: positions that were
 * passed while a request was under way are never asked for. Frames ahead of a motion fill the pauses; where frames
 * come as fast as it passes them, they are asked for so early that they are there in time.
 */
export class Pull {
  #send;
  #lanes;
  #cache = /** @type {ByteCache<Entry>} */ (new ByteCache(ENCODED_BYTES));
  /** @type {Map<symbol, Request>} */
  #requests = new Map();
  /** @type {FrameKey[]} */
  #visible = [];
  /** @type {FrameKey[]} */
  #ahead = [];
  /** @type {Pace | undefined} */
  #pace;
  #speed = new LinkSpeed();
  /** What has to come yet of what was asked for in the background. @type {{keys: Set<FrameKey>, done: () => void}[]} */
  #background = [];
  #patience = PATIENCE;
  #isWatching = false;
  onFrame = () => {};
  /** @type {(done: number, total: number) => void} */
  onProgress = () => {};

  /**
   * @param {(message: {type: "want", keys: FrameKey[]}) => void} send takes messages to Python
   * @param {number} [lanes] requests at a time; by default one, and two where answers take long
   */
  constructor(send, lanes) {
    this.#send = send;
    this.#lanes = lanes;
  }

  /** @param {FrameKey} key */
  has(key) {
    return this.#cache.has(key);
  }

  /** @param {FrameKey} key */
  get(key) {
    return this.#cache.get(key);
  }

  /** How long answers take, in ms. */
  get latency() {
    return this.#speed.latency;
  }

  /** Bytes of JPEG that are kept. */
  get bytes() {
    return this.#cache.bytes;
  }

  /**
   * Ask for the frames of the visible position, then for those ahead. Replaces what was asked before.
   * @param {FrameKey[]} visible
   * @param {FrameKey[]} ahead
   * @param {Pace} [pace] of the motion; where it is not said, all that is ahead will be seen
   */
  want(visible, ahead = [], pace = undefined) {
    this.#visible = visible;
    this.#ahead = ahead;
    this.#pace = pace;
    this.#dropOldErrors(visible);
    this.#pump();
  }

  /**
   * Ask for frames when nothing else is wanted; resolves when they have come, or failed.
   * @param {FrameKey[]} keys
   * @returns {Promise<void>}
   */
  fetch(keys) {
    this.#dropOldErrors(keys);
    return new Promise((done) => {
      this.#background.push({keys: new Set(keys.filter((key) => !this.#cache.has(key))), done});
      this.#pump();
    });
  }

  /** Ask for what is wanted by now: what has not been answered, or its answer, may be lost. */
  again() {
    this.#requests.clear();
    this.#patience = PATIENCE;
    this.#pump();
  }

  /** Ask for nothing any more: nobody looks at it. */
  close() {
    this.#visible = this.#ahead = this.#background = [];
    this.#requests.clear();
  }

  /**
   * Take an answer of Python's.
   * @param {FrameAnswer} answer
   */
  receive({key, data, error, isEarly, progress, cancelled}) {
    this.#patience = PATIENCE;
    if (progress) return this.#onWork(key, progress);
    for (const [id, request] of this.#requests) {
      if (!request.keys.delete(key)) continue;
      const now = performance.now();
      if (request.came) this.#speed.followed(now - request.came);
      request.came = now;
      if (!request.keys.size) this.#finish(id, request);
    }
    if (cancelled) return this.#pump();
    // Once they have come, they count, though they may be dropped before the last one has.
    for (const {keys} of this.#background) keys.delete(key);
    if (error === undefined) {
      const bytes = new Uint8Array(data ?? []);
      this.#cache.put(key, {bytes}, bytes.length);
    } else {
      const until = performance.now() + (isEarly ? SHORT_LIFE : ERROR_LIFE);
      this.#cache.put(key, {error, until}, ERROR_BYTES);
    }
    this.#pump();
    this.onFrame();
  }

  /** Whether Python has not answered for long. */
  get isStalled() {
    return this.#patience > PATIENCE;
  }

  /**
   * @param {FrameKey} key
   * @param {[done: number, total: number]} progress
   */
  #onWork(key, progress) {
    const request = [...this.#requests.values()].find(({keys}) => keys.has(key));
    if (request) request.asked = performance.now();
    if (this.#visible.includes(key)) this.onProgress(...progress);
  }

  /** @param {FrameKey[]} keys */
  #dropOldErrors(keys) {
    for (const key of keys) {
      const until = this.#cache.get(key)?.until;
      if (until !== undefined && performance.now() > until) this.#cache.drop(key);
    }
  }

  /**
   * @param {symbol} id
   * @param {Request} request
   */
  #finish(id, {asked}) {
    this.#requests.delete(id);
    this.#speed.finished(asked);
  }

  /** @param {FrameKey[]} keys */
  #missing(keys) {
    const isComing = (/** @type {FrameKey} */ key) =>
      [...this.#requests.values()].some((request) => request.keys.has(key));
    return keys.filter((key) => !this.#cache.has(key) && !isComing(key));
  }

  #pump() {
    this.#background = this.#background.filter(({keys, done}) => {
      if (!keys.size) done();
      return keys.size;
    });
    const lanes = this.#lanes ?? (this.latency > SLOW_LINK ? 2 : 1);
    const inFlight = [...this.#requests.values()];
    const visible = this.#missing(this.#visible);
    if (visible.length) {
      if (inFlight.filter((request) => request.isVisible).length < lanes) this.#ask(visible, true);
      return;
    }
    const near = this.#near();
    if (this.#keepsUp) {
      const ahead = this.#missing(near);
      const n = inFlight.filter((request) => !request.isVisible).length;
      if (ahead.length && n < LANES_AHEAD) return this.#ask(ahead, false);
    }
    if (inFlight.length < lanes) {
      const later = [...near, ...this.#background.flatMap(({keys}) => [...keys])];
      const ahead = this.#missing(later).slice(0, this.#size);
      if (ahead.length) this.#ask(ahead, false);
    }
  }

  /** How many frames a position takes. */
  get #size() {
    return Math.max(1, this.#visible.length);
  }

  /** What is ahead as far as a motion comes until it can be there: what comes after that may never be seen. */
  #near() {
    return this.#pace ? this.#ahead.slice(0, this.#speed.reach(this.#pace) * this.#size) : this.#ahead;
  }

  /** Whether stored frames come as fast as the motion passes them; what is computed takes the place of each other. */
  get #keepsUp() {
    const isStored = this.#ahead.every((key) => typeof key === "number");
    return isStored && this.#pace !== undefined && this.#speed.keepsUp(this.#pace, this.#size);
  }

  /**
   * @param {FrameKey[]} keys
   * @param {boolean} isVisible
   */
  #ask(keys, isVisible) {
    this.#requests.set(Symbol("request"), {asked: performance.now(), isVisible, keys: new Set(keys)});
    this.#send({type: "want", keys});
    this.#watch();
    this.#pump();
  }

  /** Take requests for lost that are not answered in a long time, and ask again: ever more rarely. */
  #watch() {
    if (this.#isWatching) return;
    this.#isWatching = true;
    setTimeout(() => {
      this.#isWatching = false;
      const late = [...this.#requests].filter(([, {asked}]) => performance.now() - asked > this.#patience);
      for (const [id] of late) this.#requests.delete(id);
      if (late.length) {
        this.#patience *= 2;
        this.#pump();
      }
      if (this.#requests.size) this.#watch();
    }, 1000);
  }
}
