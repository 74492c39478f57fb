// What lies over the view's own picture, once more over another one: regions, and where the pointer is.

import {h, placeAt, svg} from "../../browser/base/dom.js";

/** @typedef {import("../../browser/tool.js").ToolHost} ToolHost */

/** By which a copy finds the regions; in a page with several viewers, each has its own shadow tree. */
const REGIONS = "regions";

/** @param {number} place in CSS pixels */
const onScreen = (place) => Math.round(place * window.devicePixelRatio) / window.devicePixelRatio;

export class Marks {
  /** A copy that the browser keeps up to date. */
  #copy = svg("use", {href: `#${REGIONS}`});
  #regions = svg("svg", {class: "copied", "aria-hidden": "true"}, this.#copy);

  /** @param {ToolHost} view */
  constructor(view) {
    this.view = view;
    this.pointer = h("div", {className: "pointed", hidden: true});
    this.elements = [this.#regions, this.pointer];
  }

  /** Put it where it is over the view's own picture: the origin of what it is in is that of the figure's frame. */
  place() {
    const {stage, viewport, figureSlot} = this.view;
    const {left, top} = viewport.box;
    const {offsetLeft: x, offsetTop: y, offsetWidth: width, offsetHeight: height} = figureSlot;
    for (const [name, value] of Object.entries({x, y, width, height}))
      this.#copy.setAttribute(name, String(value));
    stage.querySelector(".rois")?.setAttribute("id", REGIONS);
    placeAt(this.#regions, -left, -top, stage.offsetWidth, stage.offsetHeight);
  }

  /**
   * Show where the pointer is.
   * @param {[x: number, y: number] | null} pixel of the frame
   * @param {[left: number, top: number]} origin on the stage
   */
  point(pixel, [left, top]) {
    this.pointer.hidden = pixel === null;
    if (!pixel) return;
    const [x, y] = this.view.viewport.toStage(...pixel);
    Object.assign(this.pointer.style, {left: `${onScreen(x - left)}px`, top: `${onScreen(y - top)}px`});
  }
}
