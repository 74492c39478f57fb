// What an object of a label image holds along a dim, as it comes.

/** @typedef {import("../../browser/frames/asks.js").Asks} Asks */

/** Which object, along which dim, and where along the others. */
/** @typedef {{name: string, value: string, dim: number, position: number[]}} Wanted */

/**
 * What comes of some frames.
 * @typedef {object} Part
 * @property {number} start the first of them
 * @property {number[]} pixels
 * @property {(number | null | (number | null)[])[]} mean
 * @property {(number | null)[]} x
 * @property {(number | null)[]} y
 * @property {boolean} original whether means are in the units of the file
 * @property {string} caveat
 */

/** An object along a dim; unknown values are NaN. */
export class ObjectCurve {
  original = false;
  caveat = "";
  /** How many frames have come. */
  received = 0;

  /** @param {string} key @param {number} n number of frames */
  constructor(key, n) {
    this.key = key;
    this.pixels = new Float64Array(n).fill(NaN);
    /** Of the colors of RGB, or of gray values. */
    this.means = [0, 1, 2].map(() => new Float64Array(n).fill(NaN));
    this.x = new Float64Array(n).fill(NaN);
    this.y = new Float64Array(n).fill(NaN);
  }

  /** @param {Part} part */
  add({start, pixels, mean, x, y, original, caveat}) {
    Object.assign(this, {original, caveat});
    this.received = start + pixels.length;
    pixels.forEach((count, k) => {
      const i = start + k;
      this.pixels[i] = count;
      [mean[k]].flat().forEach((value, sample) => (this.means[sample][i] = value ?? NaN));
      this.x[i] = x[k] ?? NaN;
      this.y[i] = y[k] ?? NaN;
    });
  }
}

export class ObjectCurves {
  /** @type {ObjectCurve | null} */
  curve = null;

  /**
   * @param {Asks} asks
   * @param {{onChange: () => void, onError: (error: string) => void}} handlers
   */
  constructor(asks, {onChange, onError}) {
    this.asks = asks;
    this.onChange = onChange;
    this.onError = onError;
  }

  /**
   * Have the curve of an object, or none.
   * @param {Wanted | null} wanted
   * @param {number} n number of frames along its dim
   * @param {object | null} byHand metadata that are set by hand
   */
  want(wanted, n, byHand) {
    const at = wanted?.position.map((index, d) => (d === wanted.dim ? null : index));
    const key = JSON.stringify([wanted?.name, wanted?.value, wanted?.dim, at, byHand]);
    if (!wanted) {
      if (this.curve) this.asks.cancel("object curve");
      this.curve = null;
      return;
    }
    if (this.curve?.key === key) return;
    const curve = new ObjectCurve(key, n);
    this.curve = curve;
    const request = {what: "object curve", ...wanted, by_hand: byHand};
    this.asks.ask("object curve", request, {
      replace: true,
      onAnswer: (part) => {
        curve.add(part);
        if (this.curve === curve) this.onChange();
      },
      onError: (error) => this.onError(error),
    });
  }
}
