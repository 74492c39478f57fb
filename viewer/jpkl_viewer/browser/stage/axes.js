// Axes beside the picture: columns and rows of the frame, in pixels or in the unit of their size.

import {svg} from "../base/dom.js";
import {tickText, ticksWithin} from "./ticks.js";

/** Room for the axes, in CSS pixels. */
const MARGINS = {left: 56, bottom: 36};
const TICK = 5;
/** Width of a digit, at most: numbers at the edges of the picture are whole. */
const DIGIT = 7;

/** The height and the width of a pixel in a unit. @typedef {{pixelSize: [number, number], pixelUnit: string}} Unit */

/**
 * What an axis is of, and the numbers at its ticks with their places on the stage.
 * @typedef {{name: string, ticks: [text: string, place: number][]}} Axis
 */

/**
 * The axes below a picture and at its left; those of exports are the same.
 * @param {import("../state/viewport.js").Viewport} viewport
 * @param {Unit | null} [unit] pixels by default
 * @returns {[below: Axis, beside: Axis]}
 */
export function axesOf(viewport, unit = null) {
  const {ranges, scales, isTurned} = viewport;
  const {width, height} = viewport.isOver ? viewport.extent : viewport.frame;
  const [columns, rows] = [width, height].map((size, axis) => {
    const seen = isTurned ? 1 - axis : axis;
    const length = unit?.pixelSize[1 - axis] ?? null;
    /** @type {[string, number][]} */
    const ticks = ticksWithin(ranges[axis], size, scales[axis], length).map((value) => {
      const at = value / (length ?? 1);
      return [tickText(value), (axis ? viewport.toStage(0, at) : viewport.toStage(at, 0))[seen]];
    });
    return {name: `${"xy"[axis]} (${unit ? unit.pixelUnit || "units" : "px"})`, ticks};
  });
  return isTurned ? [rows, columns] : [columns, rows];
}

export class Axes {
  isOn = false;
  /** What they count; pixels where that is null. @type {Unit | null} */
  unit = null;
  element = svg("svg", {class: "axes", "aria-hidden": "true"});
  #viewport;

  /** @param {import("../state/viewport.js").Viewport} viewport */
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
    const [below, beside] = axesOf(this.#viewport, this.unit);
    const columns = below.ticks.flatMap(([value, place]) => {
      const at = left + place - box.left;
      const middle = Math.min(at, left + box.width - (DIGIT / 2) * value.length);
      return [tick(at, bottom, 0, TICK), text(middle, bottom + 17, value, "middle")];
    });
    const rows = beside.ticks.flatMap(([value, place]) => {
      const at = place - box.top;
      return [tick(left - TICK, at, TICK, 0), text(left - TICK - 3, Math.max(9, at + 4), value, "end")];
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
