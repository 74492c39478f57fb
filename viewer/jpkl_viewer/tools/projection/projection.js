// Projections along a dim, in place of its frames.

import {group, h} from "../../browser/dom.js";
import {PROJECTION_METHODS} from "../../browser/limits.js";
import {addTool, choice, dimChoice, numberField, scrubbable} from "../../browser/tool.js";
import {firstDim, rangeOf} from "./range.js";

/** @typedef {import("../../browser/tool.js").ToolHost} ToolHost */

/**
 * @param {ToolHost} view
 * @returns {import("../../browser/tool.js").Tool | null}
 */
export function projectionTool(view) {
  const dims = scrubbable(view.stack.dims);
  return view.asks && dims.length ? new ProjectionControls(view, dims) : null;
}

addTool(projectionTool);

/** A group of controls: method, dim and range. */
class ProjectionControls {
  name = "projection";

  /**
   * @param {ToolHost} view
   * @param {number[]} dims that can be projected
   */
  constructor(view, dims) {
    const {stack, state} = view;
    this.view = view;
    const change = () => this.#change();
    this.method = choice("projection", [["", "off"], ...Object.entries(PROJECTION_METHODS)], change);
    this.dim = dimChoice("projected dim", stack.dims, dims, () => {
      this.#takeAll();
      change();
    });
    const whole = {min: 0, step: 1, onchange: change};
    this.first = numberField("first projected index", whole);
    this.last = numberField("last projected index", whole);
    this.note = h("div", {className: "note", hidden: true}, "Values are twice the standard deviation");
    this.rest = h(
      "div",
      {},
      h("label", {className: "row"}, "along", this.dim),
      h("div", {className: "row"}, this.first, "to", this.last),
      this.note,
    );
    this.element = group("Projection", this.method, this.rest);
    this.dim.value = String(firstDim(stack.dims, dims, state.playback.dim));
    this.#takeAll();
    this.update(state);
  }

  /** @param {Pick<import("../../browser/types.js").State, "projection">} state */
  update({projection}) {
    this.method.value = projection?.method ?? "";
    this.rest.hidden = !projection;
    this.note.hidden = projection?.method !== "std";
    if (!projection) return;
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
    const {stack, state} = this.view;
    const [method, dim] = [this.method.value, Number(this.dim.value)];
    const range = rangeOf(this.first.value, this.last.value, stack.sizes[dim]);
    if (method) this.view.change({projection: {dim, method, ...range}});
    else if (state.projection) this.view.change({projection: null});
    else this.update(state);
  }
}
