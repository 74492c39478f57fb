// @ts-nocheck
// What the browser knows of a stack: numbers of frames, positions, intensities.

import {format, physical} from "./text.js";

/** Frames of more pixels are not sent whole, but the part on the screen, at the screen's resolution. */
const MOST_PIXELS = 4096 * 4096;

/** Numbers of frames and positions; frames are counted in C order of the dims. */
export class Stack {
  constructor(description) {
    Object.assign(this, description);
    this.sizes = this.dims.map((dim) => dim.size);
    this.canCompose = !this.color && this.channels.length > 1;
    this.isLarge = this.width * this.height > MOST_PIXELS;
  }

  number(position) {
    return position.reduce((number, index, dim) => number * this.sizes[dim] + index, 0);
  }

  position(number) {
    return this.sizes.reduceRight((indices, size) => {
      indices.unshift(number % size);
      number = Math.floor(number / size);
      return indices;
    }, []);
  }

  /** The frame index of a number as Python writes it, e.g. `(3, 0)`. */
  index(number) {
    const position = this.position(number);
    return `(${position.join(", ")}${position.length === 1 ? "," : ""})`;
  }

  at(position, dim, index) {
    return position.map((old, d) => (d === dim ? index : old));
  }

  channelOf(position) {
    return this.channelDim === null ? 0 : position[this.channelDim];
  }

  /** What an index of a dim stands for, besides its number: a channel's name, a physical value. */
  label(dim, index) {
    if (dim !== this.channelDim) return physical(this.dims[dim], index);
    const {name} = this.channels[index];
    return name === `channel ${index}` ? "" : name;
  }

  /** The projection of a state that is to be seen, or null: not along the channels of a composite. */
  projectionOf({projection, composite}) {
    return projection && !(composite && this.canCompose && projection.dim === this.channelDim)
      ? projection
      : null;
  }

  /** What the frame at a position, or its projection, is asked for under. */
  frameKey(position, projection) {
    if (!projection) return this.number(position);
    const {dim, method, start, stop} = projection;
    return `${this.number(this.at(position, dim, start))}@${method},${dim},${start},${stop}`;
  }

  /** What tells a position apart, e.g. `time 5 s · z max 0–9 · GFP`; the channel only if `withChannel`. */
  describe(position, withChannel, projection) {
    return this.dims
      .flatMap(({name, size}, d) => {
        if (d === projection?.dim)
          return [`${name} ${projection.method} ${projection.start}–${projection.stop - 1}`];
        if (size === 1 || (d === this.channelDim && !withChannel)) return [];
        if (d === this.channelDim) return [this.channels[position[d]].name];
        return [`${name} ${this.label(d, position[d]) || position[d]}`];
      })
      .join(" · ");
  }

  /** Positions all over the stack, at one index of the channel dim if there is one. */
  sample(channel, n) {
    const total = this.sizes.reduce((product, size) => product * size, 1);
    const count = Math.min(n, total);
    return Array.from({length: count}, (_, i) => {
      const position = this.position(Math.floor(((i + 0.5) * total) / count));
      return this.channelDim === null ? position : this.at(position, this.channelDim, channel);
    });
  }

  /** Original intensity of a pixel value in the channel and at the position shown, as text; null if unknown. */
  original(position, value) {
    if (this.ranges === null) return null;
    const {shape, values} = this.ranges;
    const at = position.reduce(
      (number, index, dim) => number * shape[dim] + (shape[dim] === 1 ? 0 : index),
      0,
    );
    const [low, high] = values.slice(2 * at, 2 * at + 2);
    return format(low + (value / 255) * (high - low));
  }
}
