// From colors to the screen: a canvas with the pixels of what is seen, which the page enlarges.

import {compose} from "../state/colors.js";
import {context2d, h} from "../base/dom.js";
import {targetOf} from "./target.js";

/** @typedef {import("../types.js").PaintedLayer} PaintedLayer */
/** @typedef {import("../types.js").Target} Target */

/**
 * Paints what a viewport shows of a stack. The canvas has the pixels of the target, one for each of the frame or of
 * the screen, whichever is coarser; its style puts them where they belong, so that zooming and panning are seen at
 * once, before anything is painted for them.
 */
export class CanvasPainter {
  /** What was painted last. @type {{layers: PaintedLayer[], target: Target} | null} */
  painted = null;
  /** What the canvas holds. @type {Target | null} */
  #held = null;
  /** The same as colors. @type {Uint32Array | null} */
  #drawn = null;
  /** Room for the colors of a picture, which is used again. */
  #colors = new Uint32Array(0);
  canvas = h("canvas", {className: "picture"});
  #context;

  /**
   * @param {import("../state/viewport.js").Viewport} viewport
   * @param {{width: number, height: number, color: boolean}} frame
   */
  constructor(viewport, frame) {
    this.viewport = viewport;
    this.frame = frame;
    this.#context = context2d(this.canvas);
    // A browser that has lost what it had drawn, as the graphics card was reset, says when it can draw again.
    this.canvas.addEventListener("contextrestored", () => {
      const {hidden} = this.canvas; // what it holds may be of another frame by now
      if (this.#held && this.#drawn) this.draw(this.#drawn, this.#held);
      this.canvas.hidden = hidden;
    });
  }

  /** Which part of a frame is seen, and with how many pixels; null if none of it. */
  get target() {
    const {painted, isOpen} = this.viewport;
    return isOpen ? targetOf(this.frame, painted.ranges, painted.room) : null;
  }

  /**
   * Paint layers that are added up, as `compose` takes them.
   * @param {PaintedLayer[]} layers
   * @param {Target} target
   */
  async paint(layers, target) {
    this.painted = {layers, target};
    const n = target.width * target.height;
    if (this.#colors.length !== n) this.#colors = new Uint32Array(n);
    this.draw(compose(layers, n, this.frame.color, this.#colors), target);
  }

  /** Paint nothing: the place of a frame that cannot be shown. */
  async clear() {
    this.painted = this.#held = this.#drawn = null;
    this.canvas.hidden = true;
  }

  /**
   * Show colors (little-endian RGBA) in the place of the crop.
   * @param {Uint32Array} colors
   * @param {Target} target
   */
  draw(colors, target) {
    const {canvas} = this;
    const {width, height} = target;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, {width, height});
    const bytes = new Uint8ClampedArray(/** @type {ArrayBuffer} */ (colors.buffer));
    this.#context.putImageData(new ImageData(bytes, width, height), 0, 0);
    this.#held = target;
    this.#drawn = colors;
    canvas.hidden = false;
    this.place();
  }

  /** Put what the canvas holds where the viewport shows it. */
  place() {
    if (!this.#held) return;
    const {crop, width, height} = this.#held;
    const {viewport} = this;
    const {left, top} = viewport.box;
    const {x, y} = crop;
    const [across, down] = viewport.stageRanges(
      x - 0.5,
      y - 0.5,
      x + crop.width - 0.5,
      y + crop.height - 0.5,
    );
    const [columns, rows] = viewport.isTurned ? [height, width] : [width, height];
    const xs = snapped(across.min - left, across.max - across.min, columns);
    const ys = snapped(down.min - top, down.max - down.min, rows);
    // By its style's width, the browser would round its size to whole pixels of the screen, and shift those inside.
    const scale = [xs.length / columns, ys.length / rows];
    const right = viewport.turned(1, 0).map((way, i) => way * scale[i]);
    const below = viewport.turned(0, 1).map((way, i) => way * scale[i]);
    // The canvas is turned around its middle.
    const middle = [xs.start + xs.length / 2, ys.start + ys.length / 2];
    const origin = middle.map((at, i) => at - (right[i] * width + below[i] * height) / 2);
    this.canvas.style.transform = `matrix(${[...right, ...below, ...origin].join()})`;
  }

  /**
   * RGB where a pixel of the frame is painted; null where it is not.
   * @param {number} x
   * @param {number} y
   * @returns {number[] | null}
   */
  colorAt(x, y) {
    if (!this.#held) return null;
    const {crop, width, height} = this.#held;
    const column = Math.floor(((x + 0.5 - crop.x) * width) / crop.width);
    const row = Math.floor(((y + 0.5 - crop.y) * height) / crop.height);
    if (column < 0 || row < 0 || column >= width || row >= height) return null;
    return [...this.#context.getImageData(column, row, 1, 1).data].slice(0, 3);
  }
}

/**
 * Where pixels of a canvas begin, and how long they are. Those of the screen's own size are put on its pixels:
 * between them, the browser would leave out or repeat some.
 * @param {number} start in CSS pixels
 * @param {number} length
 * @param {number} n pixels of the canvas
 */
export function snapped(start, length, n, ratio = window.devicePixelRatio) {
  if (Math.abs(length * ratio - n) >= 1) return {start, length};
  return {start: Math.round(start * ratio) / ratio, length: n / ratio};
}
