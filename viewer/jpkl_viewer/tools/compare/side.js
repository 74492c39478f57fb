// Another stack, its picture and its canvas.

import {CanvasPainter} from "../../browser/canvas.js";
import {h} from "../../browser/dom.js";
import {Picture} from "../../browser/picture.js";
import {PixelReader} from "../../browser/pixels.js";
import {describeOther} from "../../browser/readout.js";
import {Stack} from "../../browser/stack.js";
import {follow, stateFor} from "./follow.js";

/**
 * @typedef {import("../../browser/types.js").State} State
 * @typedef {import("../../browser/tool.js").ToolHost} ToolHost
 */

/** A stack that is compared with the view's. */
export class Side {
  /** @type {CanvasPainter | null} null until it is shown */
  painter = null;

  /**
   * @param {ToolHost} view
   * @param {import("../../browser/tool.js").OtherStack} other
   * @param {number} number by which Python knows it
   * @param {() => void} onShown called when its picture has come to the screen
   */
  constructor(view, {description, provider}, number, onShown) {
    this.view = view;
    this.stack = new Stack(description);
    const {title} = description;
    this.canvas = h("canvas", {className: "other", role: "img", "aria-label": title});
    this.caption = h("div", {className: "caption"}, title);
    this.position = this.stack.dims.map(() => 0);
    this.picture = new Picture({
      stack: this.stack,
      colormaps: view.colormaps,
      provider,
      onShown: (_shown, error) => {
        this.caption.textContent = error ? error.message : title;
        onShown();
      },
      onFrames() {},
      onProgress() {},
    });
    this.pixels = new PixelReader(this.picture, view.asks, () => view.read(), number);
    this.#followHand();
  }

  /** Zooming and panning its canvas is that of the view: all show the same part. */
  #followHand() {
    const {canvas, view} = this;
    canvas.onwheel = (event) => {
      event.preventDefault();
      const {viewport} = view;
      if (!viewport) return;
      const {left, top} = canvas.getBoundingClientRect();
      const {box} = viewport;
      const [sx, sy] = [event.clientX - left + box.left, event.clientY - top + box.top];
      viewport.zoomAt(1.2 ** -Math.sign(event.deltaY), sx, sy);
    };
    canvas.onpointerdown = (event) => canvas.setPointerCapture(event.pointerId);
    canvas.onpointermove = (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) view.viewport?.pan(event.movementX, event.movementY);
    };
  }

  /**
   * Go where the view goes.
   * @param {State} state of the view
   * @param {number[][]} ahead where it likely goes next
   */
  show(state, ahead) {
    const {view, stack, picture} = this;
    if (!view.viewport) return;
    this.painter ??= new CanvasPainter(this.canvas, view.viewport, stack);
    picture.painter = this.painter;
    const own = stateFor(state, view.stack, stack, this.position);
    this.position = own.position;
    const next = ahead.map((position) => follow(position, view.stack, stack, own.position));
    picture.show(own, next);
  }

  /** Paint what it shows again, as the view shows another part. */
  repaint() {
    if (this.painter) this.picture.repaint();
  }

  /** Whether what it shows belongs to what the view shows. */
  get isTogether() {
    const {view, stack, picture, position} = this;
    if (!view.shown || !picture.shown) return false;
    return picture.shown.position.join() === follow(view.shown.position, view.stack, stack, position).join();
  }

  /**
   * What it holds at a pixel, as text.
   * @param {number} x
   * @param {number} y
   */
  read(x, y) {
    const {stack, picture, pixels} = this;
    const isInside = x < stack.width && y < stack.height;
    return describeOther(stack, picture.shown, isInside ? pixels.read(x, y) : []);
  }
}
