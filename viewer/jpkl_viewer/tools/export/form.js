// The choices of what is exported, as controls.

import {h} from "../../browser/dom.js";
import {FPS} from "../../browser/limits.js";
import {choice, dimChoice, numberField, scrubbable} from "../../browser/tool.js";
import {AREAS, ZOOMS, formats, isMovie, regionSeen} from "./request.js";

/** @typedef {import("../../browser/tool.js").ToolHost} ToolHost */
/** @typedef {import("./request.js").ExportRequest} ExportRequest */

/** `rows` for the page, and the `request` that they make. */
export class ExportForm {
  /**
   * @param {ToolHost} view
   * @param {() => void} onChange
   */
  constructor(view, onChange) {
    const {stack} = view;
    const dims = scrubbable(stack.dims);
    const {fps, dim} = view.state.playback;
    this.view = view;
    this.kind = choice("export format", formats(dims.length > 0), () => {
      this.movie.hidden = !isMovie(this.kind.value);
      onChange();
    });
    this.area = choice("exported area", AREAS, onChange);
    this.zoom = choice("exported size", ZOOMS, onChange);
    this.dim = dimChoice("exported dim", stack.dims, dims, () => {
      this.#takeAll();
      onChange();
    });
    this.dim.value = String(dim);
    const oninput = onChange;
    this.first = numberField("first exported index", {min: 0, step: 1, oninput});
    this.last = numberField("last exported index", {min: 0, step: 1, oninput});
    this.step = numberField("step of the export", {min: 1, step: 1, value: 1, oninput});
    const rate = {min: FPS[0], max: FPS[1], step: "any", value: fps};
    this.fps = numberField("frames per second of the export", {...rate, oninput});
    this.bar = h("input", {type: "checkbox", checked: true});
    this.stamp = h("input", {type: "checkbox", checked: true});
    this.movie = h(
      "div",
      {hidden: true},
      h("label", {className: "row"}, "along", this.dim),
      h("div", {className: "row"}, this.first, "to", this.last),
      h("div", {className: "row"}, "every", this.step, this.fps, "fps"),
    );
    this.#takeAll();
  }

  /** The controls as they are below each other. */
  get rows() {
    return [
      this.kind,
      h("div", {className: "row"}, this.area, this.zoom),
      this.movie,
      h(
        "div",
        {className: "row"},
        h("label", {}, this.bar, " with scale bar"),
        h("label", {}, this.stamp, " with stamp"),
      ),
    ];
  }

  /** What is asked for, but for how it looks. @returns {Omit<ExportRequest, "settings">} */
  get request() {
    const {viewport, stack} = this.view;
    const isPart = this.area.value === "screen";
    return {
      what: "export",
      format: this.kind.value,
      region: isPart ? regionSeen(viewport.ranges, stack) : null,
      zoom: Number(this.zoom.value),
      scale_bar: this.bar.checked,
      stamp: this.stamp.checked,
      dim: Number(this.dim.value),
      start: Number(this.first.value),
      stop: Number(this.last.value) + 1,
      step: Math.max(1, Number(this.step.value) || 1),
      fps: Number(this.fps.value),
    };
  }

  #takeAll() {
    this.first.value = "0";
    this.last.value = String((this.view.stack.sizes[Number(this.dim.value)] ?? 1) - 1);
  }
}
