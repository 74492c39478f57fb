// Axes beside the picture: columns and rows of the frame, in pixels.

import {svg} from "./dom.js";
import {niceLength} from "./numbers.js";

/** Room for the axes, in CSS pixels. */
const MARGINS = {left: 56, bottom: 36};
/** Ticks are about so far from each other. */
const DISTANCE = 80;
const TICK = 5;
/** Width of a digit, at most: numbers at the edges of the picture are whole. */
const DIGIT = 7;

/**
 * Whole numbers of pixels within a range, about one in `DISTANCE` CSS pixels.
 * @param {import("./viewport.js").Range} range
 * @param {number} size of the frame: there are no ticks outside of it
 * @param {number} scale CSS pixels that a pixel takes
 */
export function pixelTicks({min, max}, size, scale) {
  const step = Math.max(1, niceLength((2 * DISTANCE) / scale));
  const first = Math.max(0, Math.ceil(min / step));
  const last = Math.floor(Math.min(max, size - 1) / step);
  return Array.from({length: Math.max(0, last - first + 1)}, (_, i) => (first + i) * step);
}

/**
 * What an axis is of, and the values at its ticks with their places on the stage.
 * @typedef {{name: string, ticks: [value: number, place: number][]}} Axis
 */

/**
 * The axes below a picture and at its left; those of exports are the same.
 * @param {import("./viewport.js").Viewport} viewport
 * @returns {[below: Axis, beside: Axis]}
 */
export function axesOf(viewport) {
  const {ranges, scales, frame, isTurned} = viewport;
  const [columns, rows] = [frame.width, frame.height].map((size, axis) => {
    const seen = isTurned ? 1 - axis : axis;
    const values = pixelTicks(ranges[axis], size, scales[axis]);
    /** @type {[number, number][]} */
    const ticks = values.map((value) => [
      value,
      (axis ? viewport.toStage(0, value) : viewport.toStage(value, 0))[seen],
    ]);
    return {name: `${"xy"[axis]} (px)`, ticks};
  });
  return isTurned ? [rows, columns] : [columns, rows];
}

export class Axes {
  isOn = false;
  element = svg("svg", {class: "axes", "aria-hidden": "true"});
  #viewport;

  /** @param {import("./viewport.js").Viewport} viewport */
  constructor(viewport) {
    this.#viewport = viewport;
  }

  get margins() {
    return this.isOn ? MARGINS : {left: 0, bottom: 0};
  }

  draw() {
    if (!this.isOn && !this.element.childElementCount) return;
    this.element.replaceChildren(...(this.isOn ? this.#parts() : []));
  }

  #parts() {
    const {box} = this.#viewport;
    const {left} = MARGINS;
    const bottom = box.height;
    const [below, beside] = axesOf(this.#viewport);
    const columns = below.ticks.flatMap(([value, place]) => {
      const at = left + place - box.left;
      const middle = Math.min(at, left + box.width - (DIGIT / 2) * String(value).length);
      return [tick(at, bottom, 0, TICK), text(middle, bottom + 17, String(value), "middle")];
    });
    const rows = beside.ticks.flatMap(([value, place]) => {
      const at = place - box.top;
      return [
        tick(left - TICK, at, TICK, 0),
        text(left - TICK - 3, Math.max(9, at + 4), String(value), "end"),
      ];
    });
    const name = text(0, 0, beside.name, "middle");
    name.setAttribute("transform", `translate(12 ${box.height / 2}) rotate(-90)`);
    return [...columns, ...rows, text(left + box.width / 2, bottom + 32, below.name, "middle"), name];
  }
}

/** @param {number} x @param {number} y @param {number} dx @param {number} dy */
function tick(x, y, dx, dy) {
  return svg("path", {d: `M${x} ${y}l${dx} ${dy}`});
}

/** @param {number} x @param {number} y @param {string} content @param {string} anchor */
function text(x, y, content, anchor) {
  return svg("text", {x, y, "text-anchor": anchor}, content);
}
