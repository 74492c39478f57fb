// Automatic contrast limits that stay automatic: when they are due.
//
// A channel whose limits are automatic gets new ones when another projection is shown, and when the user asks for
// them, but not for each frame: in a movie, brightness is to be compared. What a link or the first view brings is
// kept until then.

/** @typedef {import("../types.js").State} State */

export class AutoContrast {
  /** Which projection the limits of a channel are for, "" for frames; null where new ones were asked for. */
  #fittedTo = /** @type {Map<number, string | null>} */ (new Map());
  /** The projection at the start. @type {string | null} */
  #start = null;
  #stack;

  /** @param {import("../state/stack.js").Stack} stack */
  constructor(stack) {
    this.#stack = stack;
  }

  /**
   * Ask for new limits of channels, when they are shown next.
   * @param {number[]} channels
   */
  ask(channels) {
    for (const channel of channels) this.#fittedTo.set(channel, null);
  }

  /**
   * Ask for those of channels that Python has made automatic, unless it gave them limits, too.
   * @param {import("../types.js").ChannelDisplay[]} before
   * @param {import("../types.js").ChannelDisplay[]} after
   */
  askForNew(before, after) {
    this.ask(
      after.flatMap(({auto, limits}, i) =>
        auto && !before[i].auto && limits.join() === before[i].limits.join() ? [i] : [],
      ),
    );
  }

  /**
   * Channels among those to be shown whose limits are due; they count as fitted from then on.
   * @param {number[]} channels
   * @param {State} state
   */
  take(channels, state) {
    const projection = this.#key(state);
    this.#start ??= projection;
    const due = channels.filter((channel) => {
      if (!state.channels[channel].auto || state.histogram_of !== "frame") return false;
      return (this.#fittedTo.has(channel) ? this.#fittedTo.get(channel) : this.#start) !== projection;
    });
    for (const channel of due) this.#fittedTo.set(channel, projection);
    return due;
  }

  /** @param {State} state */
  #key(state) {
    // One that follows the position is the same everywhere.
    return this.#stack.projectionOf(state) ? JSON.stringify(state.projection) : "";
  }
}
