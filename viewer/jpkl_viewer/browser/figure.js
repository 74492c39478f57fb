// The figure: the picture of the stack, its axes, and what a figure of Bokeh's draws over it.

import {Axes} from "./axes.js";
import {CanvasPainter} from "./canvas.js";
import {h, placeAt} from "./dom.js";
import {coalesced} from "./later.js";
import {Overlay} from "./overlay_figure.js";
import {Viewport} from "./viewport.js";

export class Figure {
  /** What HoloViews draws over the picture; null where nothing is. @type {Overlay | null} */
  overlay = null;
  /** Where that is. */
  overlaySlot = h("div", {className: "drawn-over"});
  #slot;
  #stack;
  #frame;
  /** What tools paint over the picture. @type {CanvasPainter[]} */
  #layers = [];
  #axes;
  #onChange;
  #changedSoon;

  /**
   * @param {import("./stack.js").Stack} stack
   * @param {HTMLElement} slot that it fills
   * @param {() => void} onChange called in the next animation frame when the picture has another size, place or zoom
   */
  constructor(stack, slot, onChange) {
    this.#slot = slot;
    this.#stack = stack;
    this.#onChange = onChange;
    this.#changedSoon = coalesced(onChange, requestAnimationFrame);
    this.viewport = new Viewport(stack, () => this.#onViewport());
    this.painter = new CanvasPainter(this.viewport, stack);
    this.#axes = new Axes(this.viewport);
    this.#frame = h("div", {className: "frame"}, this.painter.canvas, this.overlaySlot);
    slot.append(this.#frame, this.#axes.element);
    new ResizeObserver(() => this.resize()).observe(slot);
  }

  /**
   * Have a figure of Bokeh's follow the picture, over it.
   * @param {import("./bokeh.js").FigureView} view
   */
  attach(view) {
    this.viewport.orient({turns: 0, isFlipped: false}); // it cannot turn
    this.overlay = new Overlay(view, this.viewport);
  }

  /**
   * Add a canvas over the picture, in the same place.
   * @returns {CanvasPainter}
   */
  addLayer() {
    const layer = new CanvasPainter(this.viewport, this.#stack);
    this.#layers.push(layer);
    this.overlaySlot.before(layer.canvas);
    return layer;
  }

  /**
   * @param {boolean} isOn
   * @param {import("./axes.js").Unit | null} unit null for pixels
   */
  showAxes(isOn, unit) {
    const isOther = isOn !== this.#axes.isOn;
    this.#axes.isOn = isOn;
    this.#axes.unit = unit;
    if (isOther) this.resize();
    else this.#axes.draw();
  }

  /** Take the room that the slot has now. */
  resize() {
    const {offsetWidth, offsetHeight, offsetLeft, offsetTop} = this.#slot;
    const {left, bottom} = this.#axes.margins;
    const [width, height] = [offsetWidth - left, offsetHeight - bottom];
    placeAt(this.#frame, left, 0, Math.max(0, width), Math.max(0, height));
    const wasOpen = this.viewport.isOpen;
    this.viewport.resize({left: offsetLeft + left, top: offsetTop, width, height});
    // The first picture does not wait for an animation frame.
    if (!wasOpen && this.viewport.isOpen) this.#onChange();
  }

  #onViewport() {
    for (const painter of [this.painter, ...this.#layers]) painter.place();
    this.#axes.draw();
    this.overlay?.follow();
    this.#changedSoon();
  }
}
