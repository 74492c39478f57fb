// The part of a dim that is projected, as a band on its slider; its ends are dragged, and have fields for keys.

import {h} from "../base/dom.js";

/** @typedef {import("../types.js").Projection} Projection */
/** @typedef {{first: number, last: number}} Part from one index to another, both among them */

/**
 * A projection after one of its ends was dragged to an index. An end takes the other one along; of a projection that
 * follows the position, both keep their distance to it.
 * @param {Projection} projection
 * @param {keyof Part} end
 * @param {number} index
 * @param {number} position along its dim
 * @returns {Projection}
 */
export function withEnd(projection, end, index, position) {
  if (projection.around !== undefined) return {...projection, around: Math.abs(index - position)};
  return end === "first"
    ? {...projection, start: index, stop: Math.max(projection.stop, index + 1)}
    : {...projection, start: Math.min(projection.start, index), stop: index + 1};
}

/** Lies over the rail of a slider. */
export class Band {
  #size;
  #onEnd;
  #ends;

  /**
   * @param {number} size indices of the dim
   * @param {(end: keyof Part, index: number) => void} onEnd called with the index that an end is dragged to
   */
  constructor(size, onEnd) {
    this.#size = size;
    this.#onEnd = onEnd;
    this.#ends = {first: this.#end("first"), last: this.#end("last")};
    this.filled = h("i", {className: "filled"});
    const parts = [this.filled, ...Object.values(this.#ends)];
    // Its fields in the bar of the projection are what keys reach, and screen readers say.
    this.element = h("div", {className: "band", hidden: true, "aria-hidden": "true"}, ...parts);
  }

  /** @param {keyof Part} name */
  #end(name) {
    const element = h("i", {className: `end ${name}`, title: `${name} projected index`});
    element.onpointerdown = (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      element.setPointerCapture(event.pointerId);
    };
    element.onpointermove = (event) => {
      if (element.hasPointerCapture(event.pointerId)) this.#onEnd(name, this.#indexAt(event.clientX));
    };
    return element;
  }

  /** @param {number} x on the page */
  #indexAt(x) {
    const {left, width} = this.element.getBoundingClientRect();
    const index = Math.round(((x - left) / width) * (this.#size - 1));
    return Math.min(this.#size - 1, Math.max(0, index));
  }

  /** @param {Part | null} part null where none is projected */
  update(part) {
    this.element.hidden = part === null;
    if (!part) return;
    const [left, right] = [part.first, part.last].map((index) => (100 * index) / Math.max(1, this.#size - 1));
    Object.assign(this.filled.style, {left: `${left}%`, width: `${right - left}%`});
    this.#ends.first.style.left = `${left}%`;
    this.#ends.last.style.left = `${right}%`;
  }
}
