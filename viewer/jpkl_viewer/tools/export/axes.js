// Axes beside a picture, as the screen has them; `axes.py` in Python.

import {tickText, ticksWithin} from "../../browser/stage/ticks.js";
import {drawLabel, label} from "./marks.js";
import {pointAt, scalesOf, screenUnit} from "./place.js";
import {axesRoom} from "./request.js";

/** @typedef {import("../../browser/stage/axes.js").Axis} Axis */
/** @typedef {import("../../browser/stage/axes.js").Unit} Unit */
/** @typedef {import("./place.js").Place} Place */
/** @typedef {OffscreenCanvasRenderingContext2D} Context */

/** In pixels of the screen: the height of letters, the length of ticks, and what is between a tick and its number. */
const [LETTERS, TICK, GAP] = [12, 5, 3];
const LEAST_LETTERS = 10;

/**
 * What the axes of a view count; null for pixels.
 * @param {import("../../browser/types.js").State} state
 * @param {import("../../browser/state/stack.js").Stack} stack
 * @returns {Unit | null}
 */
export function axesUnitOf(state, {pixelSize, pixelUnit}) {
  return state.axes_unit === "physical" && pixelSize ? {pixelSize, pixelUnit} : null;
}

/**
 * The axes below and at the left of a picture of part of a frame, with places in the picture.
 * @param {Place} place
 * @param {{width: number, height: number}} frame
 * @param {Unit | null} [unit] pixels by default
 * @returns {[below: Axis, beside: Axis]}
 */
export function axesIn(place, frame, unit = null) {
  const screen = screenUnit(place);
  const isTurned = place.turn.turns % 2 === 1;
  const [columns, rows] = [frame.width, frame.height].map((size, axis) => {
    const [start, count] = axis ? [place.top, place.rows] : [place.left, place.columns];
    const length = unit?.pixelSize[1 - axis] ?? null;
    const range = {min: start - 0.5, max: start + count - 0.5};
    const seen = isTurned ? 1 - axis : axis;
    /** @type {[string, number][]} */
    const ticks = ticksWithin(range, size, scalesOf(place)[axis] / screen, length).map((value) => {
      const at = value / (length ?? 1);
      return [tickText(value), pointAt(place, axis ? [0, at] : [at, 0])[seen]];
    });
    return {name: `${"xy"[axis]} (${unit ? unit.pixelUnit || "units" : "px"})`, ticks};
  });
  return isTurned ? [rows, columns] : [columns, rows];
}

/**
 * Draw the axes of a picture into the room for them, which the picture leaves at its left and below it.
 * @param {Context} context of the picture and that room
 * @param {Place} place
 * @param {{width: number, height: number}} frame
 * @param {Unit | null} unit
 */
export function drawAxes(context, place, frame, unit) {
  const sheet = new Sheet(context, place);
  const [below, beside] = axesIn(place, frame, unit);
  sheet.drawBelow(below);
  sheet.drawBeside(beside);
}

class Sheet {
  /**
   * @param {Context} context
   * @param {Place} place
   */
  constructor(context, place) {
    const unit = screenUnit(place);
    this.context = context;
    this.left = axesRoom(place).width;
    this.top = place.height;
    this.size = Math.max(LEAST_LETTERS, Math.round(LETTERS * unit));
    this.thick = Math.max(1, Math.round(unit));
    this.length = Math.max(3, Math.round(TICK * unit));
    this.gap = Math.max(2, Math.round(GAP * unit));
  }

  /** @param {Axis} axis */
  drawBelow({name, ticks}) {
    const {width, height} = this.context.canvas;
    for (const [value, at] of ticks) {
      const first = this.left + Math.round(at - this.thick / 2);
      this.#tick(Math.max(this.left, first), this.top, this.thick, this.length);
      const number = label(this.context, value, width, this.size);
      this.#write(number, this.left + at - number.width / 2, this.top + this.length);
    }
    const said = label(this.context, name, width, this.size);
    this.#write(said, (this.left + width - said.width) / 2, height);
  }

  /** @param {Axis} axis */
  drawBeside({name, ticks}) {
    const {context, left, length} = this;
    for (const [value, at] of ticks) {
      const first = Math.round(at - this.thick / 2);
      this.#tick(left - length, Math.max(0, first), length, this.thick);
      const number = label(context, value, left, this.size);
      this.#write(number, left - length - this.gap - number.width, at - number.height / 2);
    }
    const said = label(context, name, context.canvas.height, this.size);
    const bottom = Math.min(context.canvas.height, Math.round((this.top + said.width) / 2));
    context.save();
    context.translate(0, bottom);
    context.rotate(-Math.PI / 2);
    drawLabel(context, said, 0, 0);
    context.restore();
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  #tick(x, y, width, height) {
    this.context.fillStyle = "#fff";
    this.context.fillRect(x, y, width, height);
  }

  /**
   * Write a text there, or at the nearest place where all of it is on the sheet.
   * @param {import("./marks.js").Label} said
   * @param {number} left
   * @param {number} top
   */
  #write(said, left, top) {
    const {width, height} = this.context.canvas;
    const x = Math.max(0, Math.min(left, width - said.width));
    const y = Math.max(0, Math.min(top, height - said.height));
    drawLabel(this.context, said, Math.round(x), Math.round(y));
  }
}
