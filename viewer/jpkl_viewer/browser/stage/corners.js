// What lies in the corners of the picture: position, scale bar, colorbar.

import {h} from "../base/dom.js";
import {SCALE_BAR} from "../base/limits.js";
import {colorbar, scaleBar} from "./overlays.js";
import {INSET, barLength, inkName, sidesOf} from "../state/scale_bar.js";

/** Between what is above each other in a corner. */
const GAP = 6;

/** @typedef {{left: number, top: number, right: number, bottom: number}} Edges */

export class Corners {
  stamp = h("div", {className: "position"});
  bar = scaleBar();
  colorbar = colorbar();
  #stack;
  /** @type {import("../types.js").State | null} */
  #state = null;

  /** @param {import("../state/stack.js").Stack} stack */
  constructor(stack) {
    this.#stack = stack;
  }

  get elements() {
    return [this.stamp, this.bar.element, this.colorbar.element];
  }

  /**
   * Say what is shown.
   * @param {import("../types.js").Shown} shown
   */
  update({position, state}) {
    const stack = this.#stack;
    this.stamp.textContent = stack.describe(position, !state.composite, stack.projectionOf(state));
  }

  /**
   * Show what is wanted there.
   * @param {import("../types.js").State} state
   * @param {boolean} isBright whether low values are shown bright
   * @param {HTMLElement} stage whose scale bars have the same colors
   */
  show(state, isBright, stage) {
    this.#state = state;
    this.stamp.hidden = !state.stamp;
    this.bar.element.hidden = !state.scale_bar;
    stage.dataset.ink = inkName(state.scale_bar_color, isBright);
  }

  /**
   * How many CSS pixels the scale bar takes of a corner, with the gap to what is above or below it.
   * @param {string} corner
   */
  taken(corner) {
    const {scale_bar, scale_bar_corner} = this.#state ?? {};
    return scale_bar && scale_bar_corner === corner ? this.bar.element.offsetHeight + GAP : 0;
  }

  /**
   * Put all of it into the corners of what is seen of the picture, or of several over each other.
   * @param {import("../state/viewport.js").Viewport} viewport
   * @param {HTMLElement} stage
   */
  layout(viewport, stage) {
    const picture = viewport.marked;
    this.#updateBar(viewport, picture);
    const width = picture.right - picture.left;
    placeIn(this.stamp, "top left", picture, stage);
    this.stamp.style.maxWidth = `${width - 2 * INSET}px`;
    const corner = this.#state?.scale_bar_corner ?? "";
    const hasStamp = corner === "top left" && this.stamp.offsetHeight > 0;
    placeIn(this.bar.element, corner, picture, stage, hasStamp ? this.stamp.offsetHeight + GAP : 0);
    placeIn(this.colorbar.element, "top right", picture, stage, this.taken("top right"));
  }

  /**
   * @param {import("../state/viewport.js").Viewport} viewport
   * @param {Edges} picture
   */
  #updateBar(viewport, {left, right}) {
    const {pixelSize, pixelUnit} = this.#stack;
    const axis = viewport.isTurned ? 1 : 0; // of the frame, which the bar lies along
    const perUnit = viewport.scales[axis] / (pixelSize?.[1 - axis] ?? 1);
    const unit = pixelSize ? pixelUnit || "units" : "px";
    const width = right - left;
    const room = Math.min(SCALE_BAR.longest, width / SCALE_BAR.widths);
    const typed = this.#state?.scale_bar_length;
    this.bar.update(perUnit, unit, width > 0 ? barLength(perUnit, width, room, {typed}) : 0);
  }
}

/**
 * Put an element into a corner of what is seen of the picture.
 * @param {HTMLElement} element
 * @param {string} corner
 * @param {Edges} picture
 * @param {{offsetWidth: number, offsetHeight: number}} stage
 * @param {number} away CSS pixels from the edge above or below, besides the usual
 */
export function placeIn(element, corner, picture, {offsetWidth, offsetHeight}, away = 0) {
  const {isTop, isLeft} = sidesOf(corner);
  Object.assign(element.style, {
    left: isLeft ? `${picture.left + INSET}px` : "auto",
    right: isLeft ? "auto" : `${offsetWidth - picture.right + INSET}px`,
    top: isTop ? `${picture.top + INSET + away}px` : "auto",
    bottom: isTop ? "auto" : `${offsetHeight - picture.bottom + INSET + away}px`,
  });
}
