// A region of interest that is being drawn.

import {SHAPES, isBox, snap} from "./shapes.js";
import {simplified} from "./simplify.js";

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
    if (this.shape === "freehand") {
      this.points = [at];
      return null;
    }
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
    if (!this.points.length) return;
    const at = snap(this.shape, place);
    if (this.shape === "freehand") this.points.push(at);
    else this.points = [...this.points.slice(0, -1), at];
  }

  /**
   * The pointer goes up.
   * @returns {Point[] | null} the points of what is drawn by a drag; null for a click, which is none
   */
  release() {
    if (!this.points.length || this.shape === "polygon") return null;
    const {points} = this;
    const [a, b] = points;
    this.points = [];
    if (this.shape === "freehand") {
      const path = simplified(points, SHAPES.freehand.most);
      return path.length < SHAPES.freehand.least ? null : path;
    }
    const isFlat = isBox(this.shape) ? a[0] === b[0] || a[1] === b[1] : this.isSamePlace(a, b);
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
