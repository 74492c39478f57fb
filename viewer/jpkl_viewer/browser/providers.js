// @ts-nocheck
// Where the JPEG bytes of frames come from. A provider has
//
//   want(visible, ahead)  asks for the frames of these keys; the visible ones first
//   fetch(keys)           the same in the background; resolves when they have come
//   has(key), get(key)    whether a frame has come, and its {bytes} or {error}
//   onFrame               is called when one has come
//   onProgress(done, total) is called while it is computed
//
// `Pull` asks Python, by whatever carries messages: Panel's component or a data source. A report
// has its own, see `table.js`.

import {ByteCache} from "./cache.js";

const ENCODED_BYTES = 128 * 2 ** 20;
/** Latency in ms above which a second request is sent before the first is answered. */
const SLOW_LINK = 60;
/** After so many ms without an answer the server is said not to answer, and is asked again. */
const PATIENCE = 5000;
/** A frame that failed is asked for again after so many ms: the disk may be back. */
const ERROR_LIFE = 3000;
const ERROR_BYTES = 256;

/**
 * Fetches frames from Python. What is visible goes first, and only the latest of it: positions that were
 * passed while a request was under way are never asked for. Frames ahead of the scrub fill the pauses.
 */
export class Pull {
  #send;
  #cache = new ByteCache(ENCODED_BYTES);
  #requests = new Map(); // request -> {asked, isVisible, keys still to come}
  #visible = [];
  #ahead = [];
  #background = []; // {keys, done}
  #patience = PATIENCE;
  #timer = null;
  latency = 0;
  onFrame = () => {};
  onProgress = () => {};

  constructor(send) {
    this.#send = send;
  }

  has(key) {
    return this.#cache.has(key);
  }

  get(key) {
    return this.#cache.get(key);
  }

  /** Bytes of JPEG that are kept. */
  get bytes() {
    return this.#cache.bytes;
  }

  /** Ask for the frames of the visible position, then for those ahead. Replaces what was asked before. */
  want(visible, ahead = []) {
    this.#visible = visible;
    this.#ahead = ahead;
    for (const key of visible) if (this.#hasOldError(key)) this.#cache.drop(key);
    this.#pump();
  }

  /** Ask for frames when nothing else is wanted; resolves when they have come, or failed. */
  fetch(keys) {
    return new Promise((done) => {
      this.#background.push({keys, done});
      this.#pump();
    });
  }

  /**
   * An answer for the picture with that key: `data` (JPEG bytes), `error` (text), `progress` of computing
   * it, or that it was `cancelled`, as something else was asked for.
   */
  receive({key, data, error, progress, cancelled}) {
    this.#patience = PATIENCE;
    if (progress) return this.#onWork(key, progress);
    for (const [id, request] of this.#requests) {
      if (request.keys.delete(key) && !request.keys.size) this.#finish(id, request);
    }
    if (cancelled) return this.#pump();
    const isError = error !== undefined;
    const bytes = isError ? null : new Uint8Array(data);
    this.#cache.put(key, isError ? {error, since: performance.now()} : {bytes}, bytes?.length ?? ERROR_BYTES);
    this.#pump();
    this.onFrame();
  }

  /** Whether Python has not answered for long. */
  get isStalled() {
    return this.#patience > PATIENCE;
  }

  #onWork(key, progress) {
    const [request] = [...this.#requests.values()].filter(({keys}) => keys.has(key));
    if (request) request.asked = performance.now();
    if (this.#visible.includes(key)) this.onProgress(...progress);
  }

  #hasOldError(key) {
    const entry = this.#cache.get(key);
    return entry?.error !== undefined && performance.now() - entry.since > ERROR_LIFE;
  }

  #finish(id, {asked}) {
    this.#requests.delete(id);
    const took = performance.now() - asked;
    this.latency = this.latency ? 0.7 * this.latency + 0.3 * took : took;
  }

  #missing(keys) {
    const isComing = (key) => [...this.#requests.values()].some((request) => request.keys.has(key));
    return keys.filter((key) => !this.#cache.has(key) && !isComing(key));
  }

  #pump() {
    this.#background = this.#background.filter(({keys, done}) => {
      const hasCome = keys.every((key) => this.#cache.has(key));
      if (hasCome) done();
      return !hasCome;
    });
    const lanes = this.latency > SLOW_LINK ? 2 : 1;
    const inFlight = [...this.#requests.values()];
    const visible = this.#missing(this.#visible);
    if (visible.length) {
      if (inFlight.filter((request) => request.isVisible).length < lanes) this.#ask(visible, true);
    } else if (inFlight.length < lanes) {
      const later = [...this.#ahead, ...this.#background.flatMap(({keys}) => keys)];
      const ahead = this.#missing(later).slice(0, Math.max(1, this.#visible.length));
      if (ahead.length) this.#ask(ahead, false);
    }
  }

  #ask(keys, isVisible) {
    this.#requests.set(Symbol("request"), {asked: performance.now(), isVisible, keys: new Set(keys)});
    this.#send({type: "want", keys});
    this.#watch();
    this.#pump();
  }

  /** Take requests for lost that are not answered in a long time, and ask again: ever more rarely. */
  #watch() {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
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
