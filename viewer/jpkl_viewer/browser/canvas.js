// A picture on a plain canvas that shows the same part of a frame as the figure.

import {compose} from "./colors.js";
import {context2d} from "./dom.js";
import {toCanvas} from "./planes.js";
import {targetOf} from "./target.js";

/** @typedef {import("./types.js").PaintedLayer} PaintedLayer */
/** @typedef {import("./types.js").Target} Target */

/** Paints into a canvas, as `Painter` does into the figure; keeps what it painted last. */
export class CanvasPainter {
  /** @type {{layers: PaintedLayer[], target: Target} | null} */
  painted = null;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("./viewport.js").Viewport} viewport of the figure
   * @param {{width: number, height: number, color: boolean}} frame
   */
  constructor(canvas, viewport, frame) {
    this.canvas = canvas;
    this.viewport = viewport;
    this.frame = frame;
  }

  get target() {
    const {ranges, box} = this.viewport;
    return targetOf(this.frame, ranges, box);
  }

  /**
   * @param {PaintedLayer[]} layers
   * @param {Target} target
   */
  async paint(layers, target) {
    this.painted = {layers, target};
    this.draw(compose(layers, target.width * target.height, this.frame.color), target);
  }

  async clear() {
    this.painted = null;
    this.#fit();
  }

  /**
   * Show colors (little-endian RGBA) in the place of the crop.
   * @param {Uint32Array} colors
   * @param {Pick<Target, "crop" | "width" | "height">} target
   */
  draw(colors, {crop, width, height}) {
    const context = this.#fit();
    const {ranges, box} = this.viewport;
    const image = toCanvas(colors, width, height);
    const [sx, sy] = [this.canvas.width / box.width, this.canvas.height / box.height].map(
      (ratio) => ratio * this.viewport.scale,
    );
    context.imageSmoothingEnabled = false;
    const [left, top] = [(crop.x - 0.5 - ranges[0].min) * sx, (crop.y - 0.5 - ranges[1].min) * sy];
    context.drawImage(image, left, top, crop.width * sx, crop.height * sy);
  }

  /** An empty canvas of as many pixels as the screen has. */
  #fit() {
    const {box} = this.viewport;
    const ratio = window.devicePixelRatio;
    const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
    Object.assign(this.canvas, {width, height}); // this clears it
    return context2d(this.canvas);
  }
}
