// What Python reads of lines in one frame.

import {plainRois} from "./settings.js";

/**
 * @typedef {import("../../browser/asks.js").Asks} Asks
 * @typedef {import("./shapes.js").Roi} Roi
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
  /** @type {Map<string, Profile>} by the name of the line */
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
   * The profile of a line, maybe that of the frame before.
   * @param {string} name
   */
  get(name) {
    return this.#profiles.get(name);
  }

  /**
   * Have the profiles of lines in the frame at a position; where they are known, nothing is asked.
   * @param {Roi[]} lines
   * @param {number[] | null} at null while no frame is shown
   */
  want(lines, at) {
    if (!lines.length || !at) return void (this.#key = null);
    const key = JSON.stringify([lines, at]);
    if (key === this.#key) return;
    this.#key = key;
    /** @type {Map<string, Profile>} */
    const found = new Map();
    const request = {what: "profiles", rois: plainRois(lines), position: at};
    this.asks.ask("profiles", request, {
      onAnswer: ({name, ...profile}) => found.set(name, {...profile, at}),
      onDone: () => {
        this.#profiles = found;
        this.handlers.onChange();
      },
      onError: this.handlers.onError,
    });
  }
}
