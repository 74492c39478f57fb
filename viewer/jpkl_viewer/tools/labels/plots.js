// The plots of an object of a label image, below the picture: its mean intensity and its area along a dim.

import {h} from "../../browser/base/dom.js";
import {icon} from "../../browser/base/icons.js";
import {axisOf, nearest, placeText} from "../regions/charts.js";
import {lengthUnit} from "../regions/geometry.js";
import {Plot} from "../regions/plot.js";

/** @typedef {import("./curves.js").ObjectCurve} ObjectCurve */

/** @typedef {{title: string, color: string, dim: number, position: number[]}} Shown which object, along which dim */

export class ObjectPlots {
  #along = 0;
  #drawn = "";

  /** @param {import("../../browser/tool.js").ToolHost} view */
  constructor(view) {
    this.view = view;
    const go = (/** @type {number} */ x) => view.move(this.#along, nearest(this.#axis.x, x));
    this.means = new Plot(go);
    this.areas = new Plot(go);
    this.plots = h("div", {className: "plots"}, this.means.element, this.areas.element);
    this.title = h("span", {className: "legend"});
    this.caveat = h("span", {className: "caveat"});
    this.fold = h("button", {className: "fold", ariaExpanded: "true"}, icon("chevron"), "Object");
    this.fold.onclick = () => {
      this.plots.hidden = !this.plots.hidden;
      this.fold.setAttribute("aria-expanded", String(!this.plots.hidden));
    };
    const head = h("div", {className: "head"}, this.fold, this.title, this.caveat);
    this.element = h("section", {className: "dock objects", "aria-label": "object"}, head, this.plots);
    this.element.hidden = true;
  }

  get #axis() {
    const {dims, channelDim} = this.view.stack;
    const dim = dims[this.#along];
    return axisOf(this.#along === channelDim ? {...dim, coords: null} : dim);
  }

  /**
   * @param {Shown | null} shown null for none
   * @param {ObjectCurve | null} curve
   */
  show(shown, curve) {
    this.element.hidden = !shown || !curve;
    if (!shown || !curve) return;
    this.#along = shown.dim;
    const place = shown.position.map((index, d) => (d === shown.dim ? null : index)); // along it, it does not matter
    const key = JSON.stringify([curve.key, curve.received, {...shown, position: place}]);
    if (key !== this.#drawn) this.#draw(shown, curve);
    this.#drawn = key;
    for (const plot of [this.means, this.areas]) plot.mark(this.#axis.x[shown.position[shown.dim]]);
  }

  /** @param {Shown} shown @param {ObjectCurve} curve */
  #draw({title, color, dim, position}, curve) {
    const {stack} = this.view;
    const {x, xLabel, xStep} = this.#axis;
    const place = placeText(stack, position, {along: [dim], sample: 0, isProjected: false});
    const unit = lengthUnit(stack);
    const [height, width] = stack.pixelSize ?? [1, 1];
    const areas = curve.pixels.map((count) => count * height * width);
    const along = {xLabel, xStep, xRange: /** @type {[number, number]} */ ([x[0], x[x.length - 1]])};
    const colors = stack.color ? ["#e0483e", "#3aa84f", "#4a7dff"] : [color];
    this.means.show({
      ...along,
      series: colors.map((each, sample) => ({name: title, color: each, x, y: curve.means[sample]})),
      caption: `Mean of ${title} along ${stack.dims[dim].name}${place}`,
      yLabel: curve.original ? "intensity" : "value (0–255)",
    });
    this.areas.show({
      ...along,
      series: [{name: title, color, x, y: areas}],
      caption: `Area of ${title}`,
      yLabel: `area (${unit}²)`,
    });
    this.title.textContent = title;
    this.caveat.textContent = this.caveat.title = curve.caveat;
  }
}
