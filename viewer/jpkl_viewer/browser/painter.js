// From colors to the screen: the image glyph of a Bokeh figure.

import {compose} from "./colors.js";
import {targetOf} from "./target.js";

/** @typedef {import("./bokeh.js").FigureView} FigureView */
/** @typedef {import("./bokeh.js").Renderer} Renderer */
/** @typedef {import("./types.js").Target} Target */

/** After so many ms a figure that has passed over a repaint is asked again. */
const RETRY = 50;

/** Paints into the image glyph of a Bokeh figure. */
export class Painter {
  /** What was painted last. @type {{layers: import("./types.js").PaintedLayer[], target: Target} | null} */
  painted = null;
  /** Bokeh's own class of 2-D uint32 arrays. @type {new (buffer: ArrayBufferLike, shape: number[]) => object} */
  #array;

  /**
   * @param {FigureView} figureView
   * @param {Renderer} renderer of the glyph
   * @param {{width: number, height: number, color: boolean}} frame
   */
  constructor(figureView, renderer, frame) {
    this.view = figureView;
    this.glyphView = figureView.renderer_views.get(renderer);
    this.source = renderer.data_source;
    this.frame = frame;
    this.#array = /** @type {any} */ (this.source.data.image[0].constructor);
    // What is painted never leaves the browser: hosts pass over `{sync: false}`, and an echo from Python would
    // be painted over what came since.
    this.source.properties.data.internal = true;
  }

  /** Which part of a frame the figure shows, and with how many pixels; null if none of it. */
  get target() {
    const {x_range, y_range} = this.view.model;
    return targetOf(this.frame, [x_range, y_range], this.view.frame.bbox);
  }

  /**
   * Paint layers that are added up, as `compose` takes them; resolves when they are on the canvas.
   * @param {import("./types.js").PaintedLayer[]} layers
   * @param {Target} target
   */
  async paint(layers, target) {
    const {crop, width, height} = target;
    this.painted = {layers, target};
    await this.#show(compose(layers, width * height, this.frame.color), crop, width, height);
  }

  /** Paint nothing: the place of a frame that cannot be shown. */
  async clear() {
    this.painted = null;
    const {width, height} = this.frame;
    await this.#show(new Uint32Array(1), {x: 0, y: 0, width, height}, 1, 1);
  }

  /**
   * @param {Uint32Array} pixels
   * @param {import("./types.js").Rect} crop
   * @param {number} width
   * @param {number} height
   */
  async #show(pixels, crop, width, height) {
    // HoloViews' glyph has its origin at the lower edge of data, and row 0 is the lowest y.
    const data = {
      image: [new this.#array(pixels.buffer, [height, width])],
      x: [crop.x - 0.5],
      y: [crop.y - 0.5],
      dw: [crop.width],
      dh: [crop.height],
    };
    // Left to itself, Bokeh would paint the change in the next animation frame. The glyph takes the data
    // over asynchronously, though without waiting for anything.
    this.view.pause();
    this.source.setv({data}, {sync: false});
    await this.glyphView.ready;
    this.view.unpause(true);
    await this.#repaint();
  }

  /** Have Bokeh paint; resolves when it has. While the figure is held or hidden, it is asked again and again. */
  async #repaint() {
    let isDone = false;
    const note = () => {
      isDone = true;
    };
    this.view.repainted.connect(note);
    this.view.repaint();
    while (!isDone && !this.view.is_destroyed) {
      await new Promise((next) => setTimeout(next, RETRY));
      this.view.request_repaint();
    }
    this.view.repainted.disconnect(note);
  }
}
