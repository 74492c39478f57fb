// One orthogonal view: its pixels, its name, and a scale bar along the dim.

import {snapped} from "../../browser/pixels/canvas.js";
import {context2d, h, placeAt} from "../../browser/base/dom.js";
import {niceLength} from "../../browser/base/numbers.js";
import {scaleBar} from "../../browser/stage/overlays.js";
import {INSET} from "../../browser/state/scale_bar.js";
import {readableContext} from "../../browser/pixels/planes.js";

/** @typedef {import("./layout.js").Box} Box */

/** A scale bar takes at most so many CSS pixels, and at most this part of the view; shorter ones are left out. */
const LONGEST_BAR = 120;
const SHORTEST_BAR = 12;
const BAR_PART = 0.5;

/** @param {number} length */
const px = (length) => `${length}px`;

export class Pane {
  /**
   * @param {"x" | "y"} axis of the frame that it is against
   */
  constructor(axis) {
    /** Whether the dim runs down, and x to the right. */
    this.isBelow = axis === "x";
    this.canvas = h("canvas", {className: `reslice against-${axis}`, role: "img"});
    this.name = h("div", {className: "plane"});
    this.bar = scaleBar(this.isBelow ? "depth-bar upright" : "depth-bar", this.isBelow);
    this.inCorners = [this.name, this.bar.element];
  }

  /**
   * Put it somewhere, on whole pixels of the screen, and what lies in its corners with it.
   * @param {Box} box
   * @param {{perUnit: number, unit: string}} along the dim: CSS pixels per unit
   * @param {HTMLElement} stage
   */
  place([left, top, width, height], {perUnit, unit}, {offsetWidth, offsetHeight}) {
    const [x0, y0, x1, y1] = [left, top, left + width, top + height].map(onScreen);
    placeAt(this.canvas, x0, y0, x1 - x0, y1 - y0);
    Object.assign(this.name.style, {left: px(x0 + INSET), top: px(y0 + INSET)});
    const corner = {right: px(offsetWidth - x1 + INSET), bottom: px(offsetHeight - y1 + INSET)};
    Object.assign(this.bar.element.style, corner);
    const room = Math.min(LONGEST_BAR, BAR_PART * (this.isBelow ? height : width));
    this.bar.element.hidden = this.bar.update(perUnit, unit, niceLength(room / perUnit)) < SHORTEST_BAR;
  }

  /**
   * Draw the cut, pixel for pixel beside those of the frame.
   * @param {OffscreenCanvas | null} cut
   * @param {Box} box where the view is
   * @param {Box} image where the whole cut would be
   * @param {number} size width or height of the frame
   * @param {boolean} isSmooth whether pixels that are enlarged blend
   */
  paint(cut, box, image, size, isSmooth) {
    const {canvas, isBelow} = this;
    const ratio = window.devicePixelRatio;
    canvas.width = Math.round(parseFloat(canvas.style.width) * ratio);
    canvas.height = Math.round(parseFloat(canvas.style.height) * ratio);
    if (!cut) return;
    const [axis, depth] = isBelow ? [0, 1] : [1, 0];
    const length = image[axis + 2];
    const n = Math.min(size, Math.round(length * ratio));
    // The figure's frame begins at a whole CSS pixel: from there it counts those of the screen, too.
    const origin = Math.floor(box[axis]);
    const along = snapped(image[axis] - origin, length, n);
    const start = along.start + origin - onScreen(box[axis]);
    const source = n < size ? thinned(cut, n, isBelow) : cut;
    const context = context2d(canvas);
    context.imageSmoothingEnabled = isSmooth;
    const at = [start * ratio, (image[depth] - box[depth]) * ratio];
    const sizes = [along.length * ratio, image[depth + 2] * ratio];
    if (isBelow) context.drawImage(source, at[0], at[1], sizes[0], sizes[1]);
    else context.drawImage(source, at[1], at[0], sizes[1], sizes[0]);
  }
}

/**
 * The nearest edge of a pixel of the screen.
 * @param {number} place in CSS pixels
 */
export function onScreen(place) {
  const ratio = window.devicePixelRatio;
  return Math.round(place * ratio) / ratio;
}

/**
 * A cut with fewer pixels along the frame, which are means as those of the frame are; along the dim it stays.
 * @param {OffscreenCanvas} cut
 * @param {number} n
 * @param {boolean} isBelow
 */
function thinned(cut, n, isBelow) {
  const [width, height] = isBelow ? [n, cut.height] : [cut.width, n];
  const context = readableContext(width, height);
  context.imageSmoothingQuality = "medium";
  context.drawImage(cut, 0, 0, width, height);
  return context.canvas;
}
