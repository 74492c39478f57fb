// What the browser knows of a stack: numbers of frames, positions, intensities.

import { format } from "./controls.js";

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

  /** The frame index of a number as Python writes it, e.g. `(3, 0)`. */
  index(number) {
    const index = [];
    for (const size of [...this.sizes].reverse()) {
      index.unshift(number % size);
      number = Math.floor(number / size);
    }
    return `(${index.join(", ")}${index.length === 1 ? "," : ""})`;
  }

  at(position, dim, index) {
    return position.map((old, d) => (d === dim ? index : old));
  }

  channelOf(position) {
    return this.channelDim === null ? 0 : position[this.channelDim];
  }

  /** Original intensity of a pixel value in the channel and at the position shown, as text; null if unknown. */
  original(position, value) {
    if (this.ranges === null) return null;
    const {shape, values} = this.ranges;
    const at = position.reduce((number, index, dim) => number * shape[dim] + (shape[dim] === 1 ? 0 : index), 0);
    const [low, high] = values.slice(2 * at, 2 * at + 2);
    return format(low + (value / 255) * (high - low));
  }
}
