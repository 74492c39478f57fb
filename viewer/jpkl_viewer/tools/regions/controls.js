// What can be chosen once there are regions: what the plot shows, and what is saved.

import {h} from "../../browser/base/dom.js";
import {choice, dimChoice, numberField, write} from "../../browser/page/fields.js";
import {RGB} from "./charts.js";

/** @typedef {import("./settings.js").RoiSettings} RoiSettings */

/**
 * @typedef {object} ControlHandlers
 * @property {(values: Partial<RoiSettings>) => void} onSet
 * @property {() => void} onSample called when another color of RGB is to be plotted
 * @property {(what: "regions csv" | "statistics csv" | "profile csv") => void} onSave
 * @property {() => void} onClear
 */

/** Frames of which a baseline is the mean at first. */
const FIRST = 5;

/**
 * @param {string} text
 * @param {HTMLElement[]} fields
 */
const row = (text, ...fields) => h("label", {className: "row"}, text, ...fields);

/**
 * What curves are shown as, and their baseline.
 * @param {ControlHandlers["onSet"]} onSet
 */
function scalingRows(onSet) {
  const scale = choice(
    "values of curves",
    [
      ["raw", "as measured"],
      ["dff", "ΔF/F₀"],
      ["unit", "each from 0 to 1"],
    ],
    (value) => onSet({scale: /** @type {RoiSettings["scale"]} */ (value)}),
  );
  const first = numberField("frames of the baseline", {min: 1, step: 1, value: String(FIRST)});
  const count = () => Math.max(1, Math.trunc(Number(first.value)) || FIRST);
  first.onchange = () => onSet({baseline: count()});
  const baseline = choice(
    "baseline",
    [
      ["percentile", "10th percentile"],
      ["first", "mean of the first"],
    ],
    (value) => onSet({baseline: value === "first" ? count() : 0}),
  );
  const baselineRow = row("F₀", baseline, first);
  return {
    elements: [row("values", scale), baselineRow],
    /** @param {RoiSettings} settings */
    update(settings) {
      scale.value = settings.scale;
      baselineRow.hidden = settings.scale !== "dff";
      baseline.value = settings.baseline ? "first" : "percentile";
      first.hidden = !settings.baseline;
      if (settings.baseline) write(first, String(settings.baseline));
    },
  };
}

/**
 * @param {import("../../browser/state/stack.js").Stack} stack
 * @param {number[]} dims those that can be measured along
 * @param {ControlHandlers} handlers
 */
export function regionControls(stack, dims, {onSet, onSample, onSave, onClear}) {
  const along = dimChoice("measure along", stack.dims, dims, (dim) => onSet({dim}));
  const sample = choice(
    "color to plot",
    RGB.map((name, i) => /** @type {[number, string]} */ ([i, name])),
    onSample,
  );
  sample.value = "1";
  const channels = choice(
    "channels to plot",
    [
      ["one", "this channel"],
      ["all", "all channels"],
    ],
    (value) => onSet({isAll: value === "all"}),
  );
  const scaling = scalingRows(onSet);
  /** @param {string} text @param {string} title @param {() => void} onclick */
  const button = (text, title, onclick) => h("button", {className: "text", title, onclick}, text);
  const curves = button("Curves CSV", "values along the dim, as CSV", () => onSave("statistics csv"));
  const profiles = button("Profile CSV", "values along the lines in this frame, as CSV", () =>
    onSave("profile csv"),
  );
  const element = h(
    "div",
    {className: "measured", hidden: true},
    ...(dims.length ? [row("along", along)] : []),
    ...(stack.color ? [row("plot", sample)] : []),
    ...(stack.canCompose ? [row("plot", channels)] : []),
    ...(dims.length ? scaling.elements : []),
    h(
      "div",
      {className: "buttons"},
      button("Table CSV", "the regions in this frame, as CSV", () => onSave("regions csv")),
      ...(dims.length ? [curves] : []),
      profiles,
      button("Clear", "delete all regions", onClear),
    ),
  );
  return {
    element,
    /** The color of RGB that is plotted. */
    get sample() {
      return stack.color ? Number(sample.value) : 0;
    },
    /** @param {RoiSettings} settings */
    update(settings) {
      element.hidden = !settings.rois.length;
      along.value = String(settings.dim);
      channels.value = settings.isAll ? "all" : "one";
      profiles.hidden = !settings.rois.some(({shape}) => shape === "line");
      scaling.update(settings);
    },
  };
}
