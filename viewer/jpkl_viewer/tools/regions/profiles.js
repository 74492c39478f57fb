// What Python reads of lines in one frame.

/**
 * @typedef {import("../../browser/frames/asks.js").Asks} Asks
 * @typedef {import("./series.js").RegionSeries} RegionSeries
 */

/**
 * Values along a line as Python answers them (`answer_profiles`), or why there are none.
 * @typedef {object} Profile
 * @property {number[]} at position of the frame
 * @property {number[]} [distance] from the beginning of the line
 * @property {(number | number[])[]} [values] at each distance; red, green and blue of RGB
 * @property {string} [unit] of the distance
 * @property {boolean} [original] whether the values are intensities, not pixel values
 * @property {string} [caveat] how far they can be trusted
 * @property {string} [failed] why there are none
 */

/** The profiles of all lines in the frame that is shown. */
export class Profiles {
  /** @type {Map<string, Profile>} by the name of the series */
  #profiles = new Map();
  /** @type {string | null} what is wanted */
  #key = null;

  /**
   * @param {Asks} asks
   * @param {{onChange: () => void, onError: (error: string) => void}} handlers
   */
  constructor(asks, handlers) {
    this.asks = asks;
    this.handlers = handlers;
  }

  /**
   * The profile of a line in a channel, maybe that of the frame before.
   * @param {string} name
   */
  get(name) {
    return this.#profiles.get(name);
  }

  /**
   * Have the profiles of lines; where they are known, nothing is asked.
   * @param {Pick<RegionSeries, "name" | "shape" | "points" | "position">[]} lines
   * @param {object | null} byHand metadata that are set by hand
   */
  want(lines, byHand = null) {
    if (!lines.length) return void (this.#key = null);
    const rois = lines.map(({name, shape, points, position}) => ({name, shape, points, position}));
    const key = JSON.stringify([rois, byHand]);
    if (key === this.#key) return;
    this.#key = key;
    /** @type {Map<string, Profile>} */
    const found = new Map();
    const positions = new Map(rois.map(({name, position}) => [name, position]));
    const request = {what: "profiles", rois, position: rois[0].position, by_hand: byHand};
    this.asks.ask("profiles", request, {
      onAnswer: ({name, ...profile}) => found.set(name, {...profile, at: positions.get(name) ?? []}),
      onDone: () => {
        this.#profiles = found;
        this.handlers.onChange();
      },
      onError: this.handlers.onError,
    });
  }
}
