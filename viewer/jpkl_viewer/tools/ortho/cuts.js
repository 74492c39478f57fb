// The views that have come, against x and against y, and which of them are still to be asked for.

/** @typedef {import("../../browser/types.js").RawPicture} RawPicture */
/** @typedef {ReturnType<import("../../browser/tool.js").ToolHost["picture"]["layersAt"]>} Layers */

/**
 * What Python answers: cuts through each layer, as far as they were asked for, and at which part of the size.
 * @typedef {object} Answer
 * @property {RawPicture[]} againstX
 * @property {RawPicture[]} againstY
 * @property {number} scale
 */

/**
 * A view: what it was asked for as, and its colors where it has been drawn.
 * @typedef {object} Cut
 * @property {string} key
 * @property {RawPicture[]} pictures
 * @property {Layers} layers
 * @property {{image: OffscreenCanvas, key: string}} [colored]
 */

export class Cuts {
  /** Against x, and against y. @type {(Cut | null)[]} */
  #shown = [null, null];

  /** @param {number} i */
  at(i) {
    return this.#shown[i];
  }

  /** Show none; what is on its way still comes. */
  clear() {
    this.#shown = [null, null];
  }

  /**
   * Look which views are to be asked for, and how they will be taken. Answers that come in between bring views of
   * other places, which are of use only until then: those that are not asked for are again what they are now.
   * @param {string[]} keys of both
   */
  wanting(keys) {
    const here = this.#shown.map((cut, i) => (cut?.key === keys[i] ? cut : null));
    return {
      against: ["x", "y"].filter((_, i) => here[i] === null),
      /** @param {Answer} answer @param {Layers} layers */
      take: ({againstX, againstY}, layers) => {
        this.#shown = [againstX, againstY].map((pictures, i) => here[i] ?? {key: keys[i], pictures, layers});
      },
    };
  }
}
