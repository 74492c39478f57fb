// The figure that HoloViews built, in its place on the page: its shape, its colors, what is seen in it.

import {colorAxes, showAxes} from "./axes.js";
import {coalesced} from "./later.js";
import {Viewport} from "./viewport.js";

/** @typedef {import("./bokeh.js").FigureView} FigureView */

export class Figure {
  /** Null until it is on the page. @type {FigureView | null} */
  view = null;
  /** @type {Viewport | null} */
  viewport = null;
  #isFitting = false;
  #stack;
  #root;
  #changedSoon;

  /**
   * @param {import("./stack.js").Stack} stack
   * @param {HTMLElement} root of the viewer
   * @param {() => void} onChange called in the next animation frame when the picture has another size, place or zoom
   */
  constructor(stack, root, onChange) {
    this.#stack = stack;
    this.#root = root;
    this.#changedSoon = coalesced(onChange, requestAnimationFrame);
  }

  /**
   * Called once the figure is on the page.
   * @param {FigureView} view
   * @param {HTMLElement} slot that it fills
   * @param {import("./types.js").Zoom | null} zoom to start with
   */
  attach(view, slot, zoom) {
    this.view = view;
    this.viewport = new Viewport(view, this.#stack, () => this.#onViewport());
    this.dress();
    this.showAxes(false);
    this.viewport.lastZoom = zoom;
    this.viewport.fit(zoom);
    const sizes = new ResizeObserver(() => requestAnimationFrame(() => this.#onResize()));
    // Bokeh may give the picture its room later than the figure.
    for (const element of [slot, view.frame.el]) sizes.observe(element);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.dress());
  }

  /** Give the axes the colors of the page; the stage is seen through the figure. */
  dress() {
    const stage = this.#root.querySelector(".stage");
    if (this.view && stage) colorAxes(this.view, getComputedStyle(stage).color);
  }

  /** @param {boolean} isOn */
  showAxes(isOn) {
    if (this.view) showAxes(this.view, isOn);
    requestAnimationFrame(() => this.#onResize());
  }

  #onViewport() {
    if (this.#isFitting || !this.viewport) return;
    this.viewport.lastZoom = this.viewport.zoom;
    this.#changedSoon();
  }

  #onResize() {
    this.#isFitting = true;
    this.viewport?.resize();
    this.#isFitting = false;
    this.#changedSoon();
  }
}
