// What the browser knows of a stack: numbers of frames, positions, intensities.

import {frameKey} from "./keys.js";
import {WHOLE_FRAME_PIXELS} from "../base/limits.js";
import {Scale, physical} from "../base/numbers.js";

/** @typedef {import("../types.js").Projection} Projection */

/** A standard deviation is shown times this: that of 8-bit values is at most 127.5 (`project` in Python). */
const STD_SCALE = 2;

/** Numbers of frames and positions; frames are counted in C order of the dims. */
export class Stack {
  /** @param {import("../types.js").Description} description */
  constructor(description) {
    this.title = description.title;
    this.height = description.height;
    this.width = description.width;
    this.color = description.color;
    /** @type {import("../types.js").Dim[]} */
    this.dims = description.dims.map((dim) => ({...dim, key: dim.name}));
    this.channelDim = description.channelDim;
    this.channels = description.channels.map((channel) => ({...channel}));
    this.pixelSize = description.pixelSize;
    this.pixelUnit = description.pixelUnit;
    this.aspect = description.aspect;
    this.quality = description.quality;
    this.fidelity = description.fidelity ?? "";
    this.profiles = description.profiles ?? null;
    this.encoding = description.encoding || `8-bit JPEG, quality ${description.quality}`;
    this.ranges = description.ranges;
    this.isInteger = description.isInteger ?? false;
    this.isLossy = description.isLossy ?? true;
    this.isExact = description.isExact ?? false;
    this.sendsStored = description.sendsStored ?? true;
    this.isOriginal = description.isOriginal ?? false;
    this.isLive = description.isLive ?? false;
    this.isRangeExact = description.isRangeExact ?? true;
    this.reduction = description.reduction ?? [1, 1];
    this.labels = description.labels ?? [];
    this.sizes = this.dims.map((dim) => dim.size);
    this.canCompose = !this.color && this.channels.length > 1;
    /** Of larger frames only the part on the screen is sent, at the screen's resolution. */
    this.isLarge = this.width * this.height > WHOLE_FRAME_PIXELS;
  }

  /** @param {number[]} position */
  number(position) {
    return position.reduce((number, index, dim) => number * this.sizes[dim] + index, 0);
  }

  /** @param {number} number */
  position(number) {
    let rest = number;
    return this.sizes.reduceRight((indices, size) => {
      indices.unshift(rest % size);
      rest = Math.floor(rest / size);
      return indices;
    }, /** @type {number[]} */ ([]));
  }

  /**
   * The frame index of a number as Python writes it, e.g. `(3, 0)`.
   * @param {number} number
   */
  index(number) {
    const position = this.position(number);
    return `(${position.join(", ")}${position.length === 1 ? "," : ""})`;
  }

  /**
   * A position with another index along a dim.
   * @param {number[]} position
   * @param {number} dim
   * @param {number} index
   */
  at(position, dim, index) {
    return position.map((old, d) => (d === dim ? index : old));
  }

  /** @param {number[]} position */
  channelOf(position) {
    return this.channelDim === null ? 0 : position[this.channelDim];
  }

  /**
   * What an index of a dim means, besides its number: a channel's name, a physical value.
   * @param {number} dim
   * @param {number} index
   */
  label(dim, index) {
    if (dim !== this.channelDim) return physical(this.dims[dim], index);
    const {name} = this.channels[index];
    return name === `channel ${index}` ? "" : name;
  }

  /**
   * The projection of a state that is to be seen, of a fixed part of its dim, or null: not along the channels of a
   * composite.
   * @param {Pick<import("../types.js").State, "projection" | "composite" | "position">} state
   * @returns {Projection | null}
   */
  projectionOf({projection, composite, position}) {
    if (!projection || (composite && this.canCompose && projection.dim === this.channelDim)) return null;
    const {around, ...fixed} = projection;
    if (around === undefined) return projection;
    const [middle, size] = [position[fixed.dim], this.sizes[fixed.dim]];
    return {...fixed, start: Math.max(0, middle - around), stop: Math.min(size, middle + around + 1)};
  }

  /**
   * What the frame at a position, or its projection, is asked for under.
   * @param {number[]} position
   * @param {Projection | null} [projection]
   */
  frameKey(position, projection) {
    const through = projection ? this.at(position, projection.dim, projection.start) : position;
    return frameKey(this.number(through), projection);
  }

  /**
   * What distinguishes a position, e.g. `time 5 s · z max 0–9 · GFP`.
   * @param {number[]} position
   * @param {boolean} withChannel
   * @param {Projection | null} [projection]
   */
  describe(position, withChannel, projection) {
    return this.dims
      .flatMap(({name, size}, d) => {
        if (projection && d === projection.dim)
          return [`${name} ${projection.method} ${projection.start}–${projection.stop - 1}`];
        if (size === 1 || (d === this.channelDim && !withChannel)) return [];
        if (d === this.channelDim) return [this.channels[position[d]].name];
        return [`${name} ${this.label(d, position[d]) || position[d]}`];
      })
      .join(" · ");
  }

  /**
   * Positions all over the stack, at one index of the channel dim if there is one.
   * @param {number} channel
   * @param {number} n at most
   */
  sample(channel, n) {
    const total = this.sizes.reduce((product, size) => product * size, 1);
    const count = Math.min(n, total);
    return Array.from({length: count}, (_, i) => {
      const position = this.position(Math.floor(((i + 0.5) * total) / count));
      return this.channelDim === null ? position : this.at(position, this.channelDim, channel);
    });
  }

  /**
   * From pixel values at a position to the units of the file; null where a projection puts frames of different
   * display ranges together.
   * @param {number[]} position
   * @param {Projection | null} [projection]
   */
  scale(position, projection) {
    const range = this.rangeAt(position);
    if (!projection) return new Scale(range, this.isInteger);
    if (this.ranges !== null && this.ranges.shape[projection.dim] > 1) return null;
    const [low, high] = range ?? [0, 255];
    if (projection.method === "sum") {
      const n = projection.stop - projection.start;
      return new Scale([n * low, n * high], this.isInteger || range === null);
    }
    if (projection.method !== "std") return new Scale(range, this.isInteger);
    return new Scale([0, (high - low) / STD_SCALE], false);
  }

  /**
   * Original intensities that the darkest and the brightest pixel value of the frame at a position stand for;
   * null if unknown.
   * @param {number[]} position
   * @returns {[number, number] | null}
   */
  rangeAt(position) {
    if (this.ranges === null) return null;
    const {shape, values} = this.ranges;
    const at = position.reduce(
      (number, index, dim) => number * shape[dim] + (shape[dim] === 1 ? 0 : index),
      0,
    );
    return [values[2 * at], values[2 * at + 1]];
  }

  /**
   * The lowest and the highest original intensity that pixel values of any frame stand for; null if unknown.
   * @returns {[number, number] | null}
   */
  get span() {
    if (this.ranges === null) return null;
    let [low, high] = [Infinity, -Infinity];
    for (const value of this.ranges.values) [low, high] = [Math.min(low, value), Math.max(high, value)];
    return [low, high];
  }

  /**
   * Original intensity of a pixel value in the frame at a position, as text; null if unknown.
   * @param {number[]} position
   * @param {number} value
   */
  original(position, value) {
    return this.ranges === null ? null : (this.scale(position)?.format(value) ?? null);
  }
}
