// How the viewer moves through its stack: by hand or by the clock, and where it will be next.

import {Player, RateMeter, Scrub} from "./player.js";

/** @typedef {import("../types.js").State} State */

/** Most frames that are fetched ahead of a motion. */
const MOST_AHEAD = 16;
/** For so many ms frames are in reserve: what a hand does next is foreseen less far than what a clock does. */
const BY_HAND = 50;
const BY_CLOCK = 500;

export class Motion {
  #stack;
  #scrub = new Scrub();
  #rate = new RateMeter();

  /**
   * @param {import("../state/stack.js").Stack} stack
   * @param {(index: number) => void} onTick called with each index along the dim that is played
   */
  constructor(stack, onTick) {
    this.#stack = stack;
    this.player = new Player(onTick);
  }

  get isPlaying() {
    return this.player.isPlaying;
  }

  /**
   * The dim that keys move along: the one that was used last.
   * @param {State} state
   */
  dim({playback}) {
    return this.#scrub.dim ?? playback.dim;
  }

  /**
   * Have keys move along a dim.
   * @param {number} dim
   */
  activate(dim) {
    this.#scrub.activate(dim);
  }

  /**
   * The position has changed along a dim.
   * @param {number[]} from
   * @param {number[]} to
   * @param {number} dim
   */
  moved(from, to, dim) {
    this.#scrub.moved(from, to, this.#stack.sizes[dim]);
  }

  /**
   * Positions that likely come next.
   * @param {State} state
   */
  ahead({position, playback}) {
    const {isPlaying} = this;
    const dim = isPlaying ? playback.dim : this.#scrub.dim;
    if (dim === null) return [];
    if (isPlaying) this.#scrub.step = 1;
    const indices = this.#scrub.ahead(position[dim], this.#stack.sizes[dim], MOST_AHEAD, isPlaying);
    return indices.map((index) => this.#stack.at(position, dim, index));
  }

  /**
   * How fast they do.
   * @param {State} state
   * @returns {import("../types.js").Pace}
   */
  pace({playback}) {
    if (this.isPlaying) return {interval: 1000 / playback.fps, reserve: BY_CLOCK};
    return {interval: this.#scrub.interval, reserve: BY_HAND};
  }

  /**
   * Play along a dim, or stop; returns the playback with that dim.
   * @param {State} state
   * @param {number} dim
   */
  toggle({position, playback}, dim) {
    const starts = !this.isPlaying || dim !== playback.dim;
    this.player.stop();
    this.#rate.reset();
    if (!starts) return playback;
    const next = {...playback, dim};
    this.play({position, playback: next});
    return next;
  }

  /** @param {Pick<State, "position" | "playback">} state */
  play({position, playback}) {
    this.player.start(position[playback.dim], this.#stack.sizes[playback.dim], playback);
  }

  /** A picture has come while playing; returns the frames per second, null while there is no rate. */
  countShown() {
    return this.#rate.count();
  }
}
