// The choices of what is exported, as controls.

import {h} from "../../browser/base/dom.js";
import {FPS} from "../../browser/base/limits.js";
import {choice, dimChoice, numberField} from "../../browser/page/fields.js";
import {scrubbable} from "../../browser/tool.js";
import {AREAS, ZOOMS, formats, isMovie, regionSeen, usualZoom} from "./request.js";

/** @typedef {import("../../browser/tool.js").ToolHost} ToolHost */
/** @typedef {import("./request.js").ExportRequest} ExportRequest */

/** What is drawn into a picture, and how it is made, with what people call it. */
const MARKS = /** @type {const} */ ([
  ["scale_bar", "with scale bar"],
  ["stamp", "with stamp"],
  ["colorbar", "with color bar"],
  ["axes", "with axes"],
  ["regions", "with regions"],
  ["labels", "with labels"],
  ["layout", ""],
  ["crosshair", "with crosshair"],
  ["turned", "turned as on the screen"],
]);

/** Views of several panes, by the names of their tools: exports can leave all but the picture out. */
const LAYOUTS = /** @type {Record<string, string>} */ ({
  ortho: "orthogonal views",
  montage: "montage",
  compare: "comparison",
});

/** `rows` for the page, and the `request` that they make. */
export class ExportForm {
  /** What the view showed last. @type {Record<typeof MARKS[number][0], boolean> | undefined} */
  #shown;
  #isSizeChosen = false;

  /**
   * @param {ToolHost} view
   * @param {() => void} onChange
   */
  constructor(view, onChange) {
    const {stack} = view;
    const isPython = view.asks?.isPython ?? false;
    const dims = scrubbable(stack.dims);
    const {fps, dim} = view.state.playback;
    this.view = view;
    this.kind = choice("export format", formats(dims.length > 0, isPython), () => {
      this.movie.hidden = !isMovie(this.kind.value);
      this.#takeUsualSize();
      onChange();
    });
    this.area = choice("exported area", AREAS, onChange);
    this.zoom = choice("exported size", ZOOMS, () => {
      this.#isSizeChosen = true;
      onChange();
    });
    this.#takeUsualSize();
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
    this.marks = MARKS.map(([name, text]) => {
      const input = h("input", {type: "checkbox", checked: true});
      input.onchange = onChange;
      const said = h("span", {}, ` ${text}`);
      return {name, input, said, label: h("label", {}, input, said)};
    });
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
      h("div", {className: "marks"}, ...this.marks.map(({label}) => label)),
    ];
  }

  /**
   * What the view shows is exported, until another choice is made.
   * @param {import("../../browser/types.js").State} state
   */
  update(state) {
    const isDifference = state.tools.compare?.mode === "difference"; // which has a color bar in any case
    const colorbar = state.colorbar || isDifference;
    const all = {regions: true, labels: true, layout: true, crosshair: true, turned: true};
    const shown = {...state, ...all, colorbar};
    const open = LAYOUTS[this.view.openView?.name ?? ""] ?? "";
    const isSeen = {
      scale_bar: true,
      stamp: true,
      colorbar: !this.view.stack.color || isDifference,
      axes: true,
      regions: state.tools.rois?.rois?.length > 0,
      labels: this.view.stack.labels.length > 0,
      layout: open !== "",
      crosshair: open === LAYOUTS.ortho,
      turned: !this.view.viewport.isUpright,
    };
    for (const {name, input, said, label} of this.marks) {
      if (shown[name] !== this.#shown?.[name]) input.checked = shown[name];
      label.hidden = !isSeen[name];
      if (name === "layout") said.textContent = ` with ${open}`;
    }
    this.#shown = shown;
    this.#takeUsualSize();
  }

  /** What is asked for, but for how it looks. @returns {Omit<ExportRequest, "settings">} */
  get request() {
    const {viewport, stack} = this.view;
    const isPart = this.area.value === "screen";
    // A comparison goes over all of its stacks; all else is of frames of the first.
    const extent = this.#marked.layout ? viewport.extent : stack;
    return {
      what: "export",
      format: this.kind.value,
      region: isPart ? regionSeen(viewport.painted.ranges, extent) : null,
      zoom: Number(this.zoom.value),
      ...this.#marked,
      bar_length: this.view.state.scale_bar_length ? null : this.view.corners.bar.length,
      turned: this.#marked.turned && !viewport.isUpright,
      dim: Number(this.dim.value),
      start: Number(this.first.value),
      stop: Number(this.last.value) + 1,
      step: Math.max(1, Number(this.step.value) || 1),
      fps: Number(this.fps.value),
      arrangement: this.view.arrangement,
    };
  }

  /** What is exported in place of a picture alone; "" where that is it. */
  get layout() {
    return this.request.layout ? (LAYOUTS[this.view.openView?.name ?? ""] ?? "") : "";
  }

  /** Whether rows of the frame become columns of the picture. */
  get isSideways() {
    return this.request.turned && this.view.viewport.isTurned;
  }

  get #marked() {
    const entries = this.marks.map(({name, input}) => [name, input.checked]);
    return /** @type {Record<typeof MARKS[number][0], boolean>} */ (Object.fromEntries(entries));
  }

  #takeUsualSize() {
    if (this.#isSizeChosen) return;
    // The pictures of a movie, and the frames of a montage, are many.
    const isOfMany = isMovie(this.kind.value) || this.view.openView?.name === "montage";
    this.zoom.value = String(isOfMany ? 1 : usualZoom(this.view.stack));
  }

  #takeAll() {
    this.first.value = "0";
    this.last.value = String((this.view.stack.sizes[Number(this.dim.value)] ?? 1) - 1);
  }
}
