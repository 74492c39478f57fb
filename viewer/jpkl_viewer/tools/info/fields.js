// Fields of what can be set by hand, and the settings that they make.

import {h} from "../../browser/dom.js";

/** @typedef {import("../../browser/types.js").Dim} Dim */

/**
 * What is set by hand, as `jp.with_metadata(...)` takes it; what is not is as the file says.
 * @typedef {object} ByHand
 * @property {[height: number, width: number]} [pixel_size]
 * @property {string} [pixel_unit]
 * @property {Record<string, number | [step: number, unit: string]>} [spacing] by the name of the dim
 */

/** @typedef {{height: string, width: string, unit: string, dims: Record<string, {step: string, unit: string}>}} Texts */

/**
 * The settings that texts mean. Empty ones are not set; what is no number is left for Python to refuse.
 * @param {Texts} texts
 * @returns {ByHand}
 */
export function settingsOf({height, width, unit, dims}) {
  /** @type {ByHand} */
  const found = {};
  if (height || width) found.pixel_size = [numberOf(height || width), numberOf(width || height)];
  if (unit) found.pixel_unit = unitOf(unit);
  const steps = Object.entries(dims).filter(([, {step}]) => step);
  const spacing = steps.map(([name, of]) => [
    name,
    of.unit ? [numberOf(of.step), unitOf(of.unit)] : numberOf(of.step),
  ]);
  if (spacing.length) found.spacing = Object.fromEntries(spacing);
  return found;
}

/** @param {string} text with a point or a comma */
function numberOf(text) {
  return Number(text.trim().replace(",", "."));
}

/** @param {string} text in which a keyboard without a µ has a u */
const unitOf = (text) => (text === "um" ? "µm" : text);

/**
 * The texts of settings, which a link may have filled anyhow.
 * @param {any} settings
 * @param {Dim[]} dims those that have a spacing
 * @returns {Texts}
 */
export function textsOf(settings, dims) {
  const {pixel_size: size, pixel_unit: unit, spacing} = settings ?? {};
  const [height, width] = Array.isArray(size) ? size : [];
  const steps = dims.map(({name}) => {
    const of = spacing?.[name];
    const [step, unitOfStep] = Array.isArray(of) ? of : [of];
    return [name, {step: textOf(step), unit: textOf(unitOfStep)}];
  });
  return {
    height: textOf(height),
    width: textOf(width),
    unit: textOf(unit),
    dims: Object.fromEntries(steps),
  };
}

/** @param {unknown} value */
const textOf = (value) => (typeof value === "number" || typeof value === "string" ? String(value) : "");

/** The fields, a row for the pixel and one for each dim. */
export class Fields {
  /**
   * @param {Dim[]} dims those that have a spacing
   * @param {() => void} onChange called when one is left with another text
   */
  constructor(dims, onChange) {
    this.dims = dims;
    const field = (/** @type {string} */ label, /** @type {string} */ placeholder) =>
      h("input", {type: "text", "aria-label": label, placeholder, onchange: onChange});
    this.height = field("pixel height", "height");
    this.width = field("pixel width", "width");
    this.unit = field("unit of pixels", "unit");
    this.steps = dims.map(({name}) => ({
      name,
      step: field(`step of ${name}`, "step"),
      unit: field(`unit of ${name}`, "unit"),
    }));
    this.rows = [
      h("div", {className: "by-hand"}, h("span", {}, "Pixel"), this.height, this.width, this.unit),
      ...this.steps.map(({name, step, unit}) =>
        h("div", {className: "by-hand"}, h("span", {}, name), step, unit),
      ),
    ];
  }

  /** @returns {ByHand} */
  get settings() {
    const [height, width, unit] = [this.height, this.width, this.unit].map(({value}) => value.trim());
    const dims = this.steps.map(({name, step, unit: of}) => [
      name,
      {step: step.value.trim(), unit: of.value.trim()},
    ]);
    return settingsOf({height, width, unit, dims: Object.fromEntries(dims)});
  }

  /** @param {any} settings */
  show(settings) {
    const {height, width, unit, dims} = textsOf(settings, this.dims);
    [this.height.value, this.width.value, this.unit.value] = [height, width, unit];
    for (const {name, step, unit: of} of this.steps) {
      step.value = dims[name].step;
      of.value = dims[name].unit;
    }
  }
}
