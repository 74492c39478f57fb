// The figure: the picture of the stack, its axes, and what a figure of Bokeh's draws over it.

import {Axes} from "./axes.js";
import {CanvasPainter} from "../pixels/canvas.js";
import {h, placeAt} from "../base/dom.js";
import {coalesced} from "../base/later.js";
import {watchScreenRatio} from "../base/screen_ratio.js";
import {Overlay} from "./overlay_figure.js";
import {Viewport} from "../state/viewport.js";

const SIDES = /** @type {const} */ (["left", "right", "bottom"]);

/**
 * What a view keeps free beside the picture, in CSS pixels, and what tells its layouts apart: in the same one, only panels
 * change how much that is. Where it shows larger frames beside this one, a fit shows as much as the extent.
 * @typedef {{layout: string, left?: number, right?: number, bottom?: number, extent?: import("../state/viewport.js").Extent,
 *   isOver?: boolean}} Reserved
 */

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
  #endRatio;
  #root;
  #stage;
  /** What views keep free beside the picture, by the tools that do. @type {Map<string, Reserved>} */
  #reserved = new Map();
  /** What the room for the picture depended on when the view was last laid out, but for panels. */
  #layout = "";
  /** Where the stage was in the viewer then, seen from the room that views leave. @type {[left: number, top: number]} */
  #corner = [0, 0];

  /**
   * @param {import("../state/stack.js").Stack} stack
   * @param {{root: HTMLElement, stage: HTMLElement, figureSlot: HTMLElement}} places what the figure fills, and what that
   *   is in
   * @param {() => void} onChange called in the next animation frame when the picture has another size, place or zoom
   */
  constructor(stack, {root, stage, figureSlot}, onChange) {
    this.#root = root;
    this.#stage = stage;
    this.#slot = figureSlot;
    this.#stack = stack;
    this.#onChange = onChange;
    this.#changedSoon = coalesced(onChange, requestAnimationFrame);
    this.viewport = new Viewport(stack, () => this.#onViewport());
    this.painter = new CanvasPainter(this.viewport, stack);
    this.#axes = new Axes(this.viewport);
    this.#frame = h("div", {className: "frame"}, this.painter.canvas, this.overlaySlot);
    figureSlot.append(this.#frame, this.#axes.element);
    new ResizeObserver(() => this.resize()).observe(figureSlot);
    this.#endRatio = watchScreenRatio(() => this.#onViewport());
  }

  /** Follow nothing any more. */
  close() {
    this.#endRatio();
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

  /**
   * Keep room beside the picture for a tool whose view is open.
   * @param {string} name of the tool
   * @param {Reserved | null} reserved null where it is not
   */
  reserve(name, reserved) {
    if (reserved) this.#reserved.set(name, reserved);
    else this.#reserved.delete(name);
    const all = [...this.#reserved.values()];
    for (const side of SIDES)
      this.#slot.style[side] = `${Math.max(0, ...all.map((each) => each[side] ?? 0))}px`;
    this.viewport.extent = all.find(({extent}) => extent)?.extent ?? this.#stack;
    this.viewport.isOver = all.some(({isOver}) => isOver);
    this.resize(); // what moves and stays as large is not observed
  }

  /**
   * Take the room that the slot has now. Where it is another one as the viewer is, or as a view is laid out, the picture
   * fits into it as before; where panels have opened or closed, each of its pixels stays where it is.
   */
  resize() {
    const {offsetWidth, offsetHeight, offsetLeft, offsetTop} = this.#slot;
    const {left, bottom} = this.#axes.margins;
    const [width, height] = [offsetWidth - left, offsetHeight - bottom];
    placeAt(this.#frame, left, 0, Math.max(0, width), Math.max(0, height));
    const {isOpen} = this.viewport;
    const moved = this.#moved();
    const box = {left: offsetLeft + left, top: offsetTop, width, height};
    if (this.#isLaidOutAnew() || !isOpen) this.viewport.resize(box);
    else this.viewport.cover(box, moved);
    // The first picture does not wait for an animation frame.
    if (!isOpen && this.viewport.isOpen) this.#onChange();
  }

  /** Fit the picture into the room that there is, as if panels had been there from the start. */
  settle() {
    this.#layout = "";
    this.resize();
  }

  #isLaidOutAnew() {
    const {offsetWidth, offsetHeight} = this.#root;
    const reserved = [...this.#reserved.values()].map(({layout}) => layout);
    const layout = [offsetWidth, offsetHeight, this.#axes.isOn, ...reserved].join();
    const isAnew = layout !== this.#layout;
    this.#layout = layout;
    return isAnew;
  }

  /** How far the stage has moved under the picture. @returns {[dx: number, dy: number]} */
  #moved() {
    const before = this.#corner;
    const [stage, slot] = [this.#stage, this.#slot];
    this.#corner = [stage.offsetLeft - slot.offsetLeft, stage.offsetTop - slot.offsetTop];
    return [this.#corner[0] - before[0], this.#corner[1] - before[1]];
  }

  #onViewport() {
    for (const painter of [this.painter, ...this.#layers]) painter.place();
    this.#axes.draw();
    this.overlay?.follow();
    this.#changedSoon();
  }
}
