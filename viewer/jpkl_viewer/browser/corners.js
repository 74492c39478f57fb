// What lies in the corners of the picture: position, scale bar, colorbar.

import {h} from "./dom.js";
import {SCALE_BAR} from "./limits.js";
import {colorbar, scaleBar} from "./overlays.js";

export class Corners {
  stamp = h("div", {className: "position"});
  bar = scaleBar();
  colorbar = colorbar();
  #stack;

  /** @param {import("./stack.js").Stack} stack */
  constructor(stack) {
    this.#stack = stack;
  }

  get elements() {
    return [this.stamp, this.bar.element, this.colorbar.element];
  }

  /**
   * Say what is shown.
   * @param {import("./types.js").Shown} shown
   */
  update({position, state}) {
    const stack = this.#stack;
    this.stamp.textContent = stack.describe(position, !state.composite, stack.projectionOf(state));
  }

  /**
   * Show what is wanted there.
   * @param {import("./types.js").State} state
   */
  show(state) {
    this.stamp.hidden = !state.stamp;
    this.bar.element.hidden = !state.scale_bar;
  }

  /**
   * Put all of it into the corners of what is seen of the picture.
   * @param {import("./viewport.js").Viewport} viewport
   * @param {HTMLElement} stage
   */
  layout(viewport, {offsetWidth, offsetHeight}) {
    const {left, top, right, bottom} = viewport.picture;
    Object.assign(this.stamp.style, {
      left: `${left + 8}px`,
      top: `${top + 6}px`,
      maxWidth: `${right - left - 16}px`,
    });
    Object.assign(this.bar.element.style, {
      right: `${offsetWidth - right + 12}px`,
      bottom: `${offsetHeight - bottom + 10}px`,
    });
    Object.assign(this.colorbar.element.style, {right: `${offsetWidth - right + 10}px`, top: `${top + 8}px`});
    const {pixelSize, pixelUnit} = this.#stack;
    const axis = viewport.isTurned ? 1 : 0; // of the frame, which the bar lies along
    const perUnit = viewport.scales[axis] / (pixelSize?.[1 - axis] ?? 1);
    const unit = pixelSize ? pixelUnit || "units" : "px";
    this.bar.update(perUnit, unit, Math.min(SCALE_BAR.longest, (right - left) / SCALE_BAR.widths));
  }
}
