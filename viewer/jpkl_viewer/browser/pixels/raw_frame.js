// Pixels of a frame that have come from Python, for browsers that do not read what they decode.

/** @typedef {import("../types.js").Rect} Rect */

/** A frame, or a part of one: one byte a pixel, or three where it is in color. */
export class RawFrame {
  /**
   * @param {Uint8Array} data
   * @param {number} width
   * @param {number} height
   */
  constructor(data, width, height) {
    this.data = data;
    this.width = width;
    this.height = height;
    this.samples = data.length / (width * height);
  }

  /**
   * Gray value, or red, green and blue.
   * @param {number} x
   * @param {number} y
   */
  pixel(x, y) {
    const at = this.samples * (y * this.width + x);
    return [...this.data.subarray(at, at + this.samples)];
  }

  /** Red, green, blue and alpha of all pixels. */
  rgba() {
    const {data, samples} = this;
    const n = this.width * this.height;
    const out = new Uint32Array(n);
    if (samples === 1) for (let i = 0; i < n; i++) out[i] = 0xff000000 | (data[i] * 0x010101);
    else
      for (let i = 0, at = 0; i < n; i++, at += 3)
        out[i] = 0xff000000 | (data[at + 2] << 16) | (data[at + 1] << 8) | data[at];
    return new Uint8ClampedArray(out.buffer);
  }

  /**
   * A part, at most as large as it is: each pixel is the mean of those in its place.
   * @param {Rect} crop
   * @param {number} width
   * @param {number} height
   * @returns {Uint8Array} of as many samples a pixel
   */
  scaled(crop, width, height) {
    const {samples} = this;
    const out = new Uint8Array(width * height * samples);
    for (let row = 0; row < height; row++) {
      const rows = span(crop.y, crop.height, row, height);
      for (let column = 0; column < width; column++) {
        const columns = span(crop.x, crop.width, column, width);
        for (let s = 0; s < samples; s++)
          out[samples * (row * width + column) + s] = Math.round(this.#mean(rows, columns, s));
      }
    }
    return out;
  }

  /** Counts of the 256 values, at `width` times `height` places. @param {number} width @param {number} height */
  counts(width, height) {
    const counts = new Uint32Array(256);
    for (let row = 0; row < height; row++) {
      const y = Math.floor(((row + 0.5) * this.height) / height);
      for (let column = 0; column < width; column++)
        for (const value of this.pixel(Math.floor(((column + 0.5) * this.width) / width), y)) counts[value]++;
    }
    return counts;
  }

  /**
   * @param {[number, number]} rows
   * @param {[number, number]} columns
   * @param {number} sample
   */
  #mean([top, bottom], [left, right], sample) {
    let sum = 0;
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++) sum += this.data[this.samples * (y * this.width + x) + sample];
    return sum / ((bottom - top) * (right - left));
  }
}

/**
 * Which pixels are in the place of one of the smaller picture.
 * @param {number} start
 * @param {number} length
 * @param {number} i
 * @param {number} n
 * @returns {[number, number]}
 */
function span(start, length, i, n) {
  const first = start + Math.floor((i * length) / n);
  return [first, Math.max(first + 1, start + Math.floor(((i + 1) * length) / n))];
}

/** Red, green and blue of pixels that have alpha, too. @param {Uint8Array | Uint8ClampedArray} data */
export function withoutAlpha(data) {
  const out = new Uint8Array((3 * data.length) / 4);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    out[to] = data[from];
    out[to + 1] = data[from + 1];
    out[to + 2] = data[from + 2];
  }
  return out;
}
