// Fields of what can be set by hand, and the settings that they make.

import {h} from "../../browser/base/dom.js";

/** @typedef {import("../../browser/types.js").Dim} Dim */

/**
 * What is set by hand; what is not is as the file says. Dims have here the names that they have in the file.
 * @typedef {object} ByHand
 * @property {[height: number | string, width: number | string]} [pixel_size] what is no number is left to Python to refuse
 * @property {string} [pixel_unit]
 * @property {Record<string, string>} [dim_names] new names
 * @property {Record<string, number | string | [step: number | string, unit: string]>} [spacing]
 * @property {string[]} [channel_names]
 */

/** What the fields of a dim say. @typedef {{name: string, step: string, unit: string}} DimTexts */

/**
 * @typedef {object} Texts
 * @property {string} height
 * @property {string} width
 * @property {string} unit
 * @property {Record<string, DimTexts>} dims
 * @property {string[]} channels
 */

/**
 * What has fields.
 * @typedef {object} Settable
 * @property {Dim[]} dims as in the file
 * @property {string[]} channels their names there
 */

/**
 * The settings that texts mean. Empty ones are not set.
 * @param {Texts} texts
 * @param {string[]} channels names in the file
 * @returns {ByHand}
 */
export function settingsOf({height, width, unit, dims, channels: texts}, channels) {
  /** @type {ByHand} */
  const found = {};
  const sides = [height || width, width || height].map(quantityOf);
  if (sides[0].number !== "") found.pixel_size = [sides[0].number, sides[1].number];
  const said = unit || sides[0].unit || sides[1].unit;
  if (said) found.pixel_unit = unitOf(said);
  const entries = Object.entries(dims);
  const names = entries.filter(([key, {name}]) => name && name !== key).map(([key, {name}]) => [key, name]);
  if (names.length) found.dim_names = Object.fromEntries(names);
  const spacing = entries
    .filter(([, {step}]) => step)
    .map(([key, of]) => {
      const {number, unit: its} = quantityOf(of.step);
      return [key, of.unit || its ? [number, unitOf(of.unit || its)] : number];
    });
  if (spacing.length) found.spacing = Object.fromEntries(spacing);
  const called = channels.map((name, i) => texts[i] || name);
  if (called.some((name, i) => name !== channels[i])) found.channel_names = called;
  return found;
}

/**
 * A number, with a point or a comma, and the unit that may be behind it. What is none stays the text that it is.
 * @param {string} text
 * @returns {{number: number | string, unit: string}}
 */
function quantityOf(text) {
  const [, digits, unit = ""] = /^\s*([+-]?\d*[.,]?\d+(?:e[+-]?\d+)?)\s*(\D*?)\s*$/i.exec(text) ?? [];
  if (digits === undefined) return {number: text, unit: ""};
  return {number: Number(digits.replace(",", ".")), unit};
}

/** @param {string} text in which a keyboard without a µ has a u */
const unitOf = (text) => (text === "um" ? "µm" : text);

/**
 * The texts of settings, which a link may have filled anyhow.
 * @param {any} settings
 * @param {Settable} settable
 * @returns {Texts}
 */
export function textsOf(settings, {dims, channels}) {
  const {
    pixel_size: size,
    pixel_unit: unit,
    spacing,
    dim_names: names,
    channel_names: called,
  } = settings ?? {};
  const [height, width] = Array.isArray(size) ? size : [];
  const entries = dims.map(({name: key}) => {
    const of = spacing?.[key];
    const [step, unitOfStep] = Array.isArray(of) ? of : [of];
    return [key, {name: textOf(names?.[key]), step: textOf(step), unit: textOf(unitOfStep)}];
  });
  return {
    height: textOf(height),
    width: textOf(width),
    unit: textOf(unit),
    dims: Object.fromEntries(entries),
    channels: channels.map((name, i) => {
      const text = Array.isArray(called) ? textOf(called[i]) : "";
      return text === name ? "" : text;
    }),
  };
}

/** @param {unknown} value */
const textOf = (value) => (typeof value === "number" || typeof value === "string" ? String(value) : "");

/** The fields: a row for the pixel, one for each dim, and one for each channel. */
export class Fields {
  /**
   * @param {Settable} settable
   * @param {() => void} onChange called when one is left with another text
   */
  constructor(settable, onChange) {
    this.settable = settable;
    const field = (/** @type {string} */ label, /** @type {string} */ placeholder) =>
      h("input", {type: "text", "aria-label": label, placeholder, onchange: onChange});
    this.height = field("pixel height", "height");
    this.width = field("pixel width", "width");
    this.unit = field("unit of pixels", "unit");
    this.dims = settable.dims.map(({name}) => ({
      key: name,
      name: field(`name of ${name}`, name),
      step: field(`step of ${name}`, "step"),
      unit: field(`unit of ${name}`, "unit"),
    }));
    this.channels = settable.channels.map((name) => field(`name of channel ${name}`, name));
    this.rows = [
      byHand("Pixel", this.height, this.width, this.unit),
      ...this.dims.map(({key, name, step, unit}) => byHand(key, name, step, unit)),
      ...this.channels.map((name, i) => byHand(`Channel ${i}`, name)),
    ];
  }

  /** @returns {ByHand} */
  get settings() {
    const [height, width, unit] = [this.height, this.width, this.unit].map(textOfField);
    const dims = this.dims.map(({key, name, step, unit: of}) => [
      key,
      {name: textOfField(name), step: textOfField(step), unit: textOfField(of)},
    ]);
    const channels = this.channels.map(textOfField);
    return settingsOf(
      {height, width, unit, dims: Object.fromEntries(dims), channels},
      this.settable.channels,
    );
  }

  /** @param {any} settings */
  show(settings) {
    const {height, width, unit, dims, channels} = textsOf(settings, this.settable);
    [this.height.value, this.width.value, this.unit.value] = [height, width, unit];
    for (const {key, ...fields} of this.dims)
      for (const [part, field] of Object.entries(fields))
        field.value = dims[key][/** @type {keyof DimTexts} */ (part)];
    this.channels.forEach((field, i) => (field.value = channels[i]));
  }
}

/** @param {HTMLInputElement} field */
const textOfField = (field) => field.value.trim();

/** @param {string} text @param {HTMLInputElement[]} fields */
function byHand(text, ...fields) {
  return h("div", {className: "by-hand"}, h("span", {title: text}, text), ...fields);
}
