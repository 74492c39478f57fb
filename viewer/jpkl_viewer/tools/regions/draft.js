// A region of interest that is being drawn.

import {SHAPES, snap} from "./shapes.js";

/**
 * @typedef {import("./shapes.js").Point} Point
 * @typedef {import("./shapes.js").Shape} Shape
 */

/**
 * The points of a shape so far; the last one follows the pointer. What completes the shape returns its points,
 * and the next press begins another one.
 */
export class Draft {
  /** @type {Point[]} none before the first press */
  points = [];

  /**
   * @param {Shape} shape
   * @param {(a: Point, b: Point) => boolean} isSamePlace whether points are too near to each other to be two
   */
  constructor(shape, isSamePlace) {
    this.shape = shape;
    this.isSamePlace = isSamePlace;
  }

  /**
   * The pointer goes down.
   * @param {Point} place
   * @returns {Point[] | null} the points of the shape if it is complete
   */
  press(place) {
    const at = snap(this.shape, place);
    if (this.shape === "point") return [at];
    if (this.shape !== "polygon" || !this.points.length) {
      this.points = [at, at];
      return null;
    }
    const fixed = this.points.slice(0, -1);
    if (this.isSamePlace(at, fixed[fixed.length - 1]) || this.isSamePlace(at, fixed[0])) return this.close();
    if (fixed.length < SHAPES.polygon.most) this.points = [...fixed, at, at];
    return null;
  }

  /** The pointer moves. @param {Point} place */
  move(place) {
    if (this.points.length) this.points = [...this.points.slice(0, -1), snap(this.shape, place)];
  }

  /**
   * The pointer goes up.
   * @returns {Point[] | null} the points of a line or rectangle; null for a click, which is no drag
   */
  release() {
    if (!this.points.length || this.shape === "polygon") return null;
    const [a, b] = this.points;
    this.points = [];
    const isFlat = this.shape === "rectangle" ? a[0] === b[0] || a[1] === b[1] : this.isSamePlace(a, b);
    return isFlat ? null : [a, b];
  }

  /**
   * Close the polygon that is being drawn.
   * @returns {Point[] | null} its points; null if there are too few
   */
  close() {
    const fixed = this.points.slice(0, -1);
    if (this.shape !== "polygon" || fixed.length < SHAPES.polygon.least) return null;
    this.points = [];
    return fixed;
  }
}
