// Projections along a dim, in place of its frames.

import {h, segmented} from "../../browser/base/dom.js";
import {PROJECTION_METHODS} from "../../browser/base/limits.js";
import {choice, dimChoice, numberField, write} from "../../browser/page/fields.js";
import {addTool, clampIndex, firstDim, impossible, scrubbable} from "../../browser/tool.js";
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
const SHORT = {max: "Max", mean: "Mean", sum: "Sum", min: "Min", std: "Std"};

/** What is said of values that are not those of frames. @type {Record<string, string>} */
const NOTES = {
  sum: "Values are sums; they are as exact as the mean",
  std: "Values are standard deviations",
};

/** Frames on each side of one that a projection around it has at first. */
const AROUND = 2;

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
    this.part = choice(
      "projected part",
      [
        ["fixed", "from"],
        ["around", "around, ±"],
      ],
      () => this.#change(),
    );
    const whole = {min: 0, step: 1, onchange: change};
    this.first = numberField("first projected index", whole);
    this.last = numberField("last projected index", whole);
    this.around = numberField("frames on each side", {...whole, value: AROUND});
    this.note = h("span", {className: "note"});
    const along = h("label", {}, "along", this.dim);
    this.range = h("span", {className: "pair"}, this.first, "–", this.last);
    const part = h("span", {className: "pair"}, this.part, this.range, this.around);
    this.asView = {
      text: "Projection",
      icon: "projection",
      bar: [this.method.element, along, part, this.note],
      // Orthogonal views of a slab have one, too.
      isOn: (/** @type {State} */ {projection, tools}) => projection !== null && !tools.ortho,
      open: change,
      close: () => view.change({projection: null}),
    };
    this.dim.value = String(firstDim(stack.dims, dims, state.playback.dim));
    this.#takeAll();
    this.update(state);
  }

  /** @param {State} state */
  update({projection, tools}) {
    if (!projection || tools.ortho) return;
    this.#method = projection.method;
    this.method.update(projection.method);
    this.note.textContent = NOTES[projection.method] ?? "";
    this.#showPart(projection.around);
    this.dim.value = String(projection.dim);
    write(this.first, String(projection.start));
    write(this.last, String(projection.stop - 1));
    const last = String(this.view.stack.sizes[projection.dim] - 1);
    for (const field of [this.first, this.last, this.around]) field.max = last;
  }

  /** @param {number | undefined} around */
  #showPart(around) {
    const isFixed = around === undefined;
    this.part.value = isFixed ? "fixed" : "around";
    this.range.hidden = !isFixed;
    this.around.hidden = isFixed;
    if (!isFixed) write(this.around, String(around));
  }

  #takeAll() {
    this.first.value = "0";
    this.last.value = String(this.view.stack.sizes[Number(this.dim.value)] - 1);
  }

  #change() {
    const {sizes} = this.view.stack;
    const dim = Number(this.dim.value);
    const range = rangeOf(this.first.value, this.last.value, sizes[dim]);
    const around = clampIndex(this.around.value, sizes[dim] - 1);
    const part = this.part.value === "around" ? {...range, around} : range;
    this.view.change({projection: {dim, method: this.#method, ...part}});
  }
}
