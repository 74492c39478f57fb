// How fast frames come, and so how many of them are asked for ahead of a motion.

/** @typedef {import("../types.js").Pace} Pace */

/** A motion is kept up with where its frames take so much of its time at most. */
const SHARE = 0.8;

/** What is measured of the answers: each figure is an average in which the last ones count most. */
export class LinkSpeed {
  /** From a request to its last frame, in ms; 0 while nothing has come. */
  latency = 0;
  /** From one frame of a request to the next, in ms; 0 while no request has had several. */
  #perFrame = 0;

  /**
   * A request has been answered.
   * @param {number} asked when it was sent
   */
  finished(asked) {
    this.latency = average(this.latency, performance.now() - asked);
  }

  /**
   * A frame has come after another one of its request.
   * @param {number} took in ms
   */
  followed(took) {
    this.#perFrame = average(this.#perFrame, took);
  }

  /**
   * Whether frames can come as fast as a motion passes them.
   * @param {Pace} pace
   * @param {number} n frames at each position
   */
  keepsUp({interval}, n) {
    // A request takes as long as a frame of it at least, however many it is for.
    const perFrame = Math.min(this.#perFrame || Infinity, this.latency || Infinity);
    return n * perFrame < SHARE * interval;
  }

  /**
   * How many positions a motion passes until what is asked for now has come, with something in reserve.
   * @param {Pace} pace
   */
  reach({interval, reserve}) {
    return Math.ceil((this.latency + reserve) / interval);
  }
}

/**
 * @param {number} before 0 for nothing
 * @param {number} now
 */
function average(before, now) {
  return before ? 0.7 * before + 0.3 * now : now;
}
