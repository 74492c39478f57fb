// Projections along a dim, in place of its frames.

import {h, segmented} from "../../browser/dom.js";
import {PROJECTION_METHODS} from "../../browser/limits.js";
import {addTool, dimChoice, firstDim, impossible, numberField, scrubbable} from "../../browser/tool.js";
import {rangeOf} from "./range.js";

/** @typedef {import("../../browser/tool.js").ToolHost} ToolHost */
/** @typedef {import("../../browser/types.js").State} State */

/**
 * @param {ToolHost} view
 * @returns {import("../../browser/tool.js").Tool | null}
 */
export function projectionTool(view) {
  if (!view.asks) return null;
  const dims = scrubbable(view.stack.dims);
  if (!dims.length) return impossible("projection", "Projection", "projection", "Needs a z or time axis");
  return new ProjectionControls(view, dims);
}

addTool(projectionTool);

/** What the buttons say. @type {Record<string, string>} */
const SHORT = {max: "Max", mean: "Mean", min: "Min", std: "Std"};

/** A view: method, dim and range. */
class ProjectionControls {
  name = "projection";
  #method = "max";

  /**
   * @param {ToolHost} view
   * @param {number[]} dims that can be projected
   */
  constructor(view, dims) {
    const {stack, state} = view;
    this.view = view;
    const change = () => this.#change();
    const methods = Object.entries(PROJECTION_METHODS).map(
      ([method, text]) => /** @type {[string, string]} */ ([method, SHORT[method] ?? text]),
    );
    this.method = segmented("projection", methods, (method) => {
      this.#method = method;
      change();
    });
    this.dim = dimChoice("projected dim", stack.dims, dims, () => {
      this.#takeAll();
      change();
    });
    const whole = {min: 0, step: 1, onchange: change};
    this.first = numberField("first projected index", whole);
    this.last = numberField("last projected index", whole);
    this.note = h("span", {className: "note", hidden: true}, "Values are twice the standard deviation");
    const along = h("label", {}, "along", this.dim);
    const range = h("span", {className: "pair"}, "slices", this.first, "–", this.last);
    this.asView = {
      text: "Projection",
      icon: "projection",
      bar: [this.method.element, along, range, this.note],
      isOn: (/** @type {State} */ state) => state.projection !== null,
      open: change,
      close: () => view.change({projection: null}),
    };
    this.dim.value = String(firstDim(stack.dims, dims, state.playback.dim));
    this.#takeAll();
    this.update(state);
  }

  /** @param {Pick<State, "projection">} state */
  update({projection}) {
    if (!projection) return;
    this.#method = projection.method;
    this.method.update(projection.method);
    this.note.hidden = projection.method !== "std";
    this.dim.value = String(projection.dim);
    this.first.value = String(projection.start);
    this.last.value = String(projection.stop - 1);
    this.first.max = this.last.max = String(this.view.stack.sizes[projection.dim] - 1);
  }

  #takeAll() {
    this.first.value = "0";
    this.last.value = String(this.view.stack.sizes[Number(this.dim.value)] - 1);
  }

  #change() {
    const {sizes} = this.view.stack;
    const dim = Number(this.dim.value);
    const range = rangeOf(this.first.value, this.last.value, sizes[dim]);
    this.view.change({projection: {dim, method: this.#method, ...range}});
  }
}
