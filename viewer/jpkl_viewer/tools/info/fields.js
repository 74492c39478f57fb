// Fields of what can be set by hand, and the settings that they make.

import {h} from "../../browser/dom.js";

/** @typedef {import("../../browser/types.js").Dim} Dim */

/**
 * What is set by hand; what is not is as the file says. Dims have here the names that they have in the file.
 * @typedef {object} ByHand
 * @property {[height: number, width: number]} [pixel_size]
 * @property {string} [pixel_unit]
 * @property {Record<string, string>} [dim_names] new names
 * @property {Record<string, number | [step: number, unit: string]>} [spacing]
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
 * The settings that texts mean. Empty ones are not set; what is no number is left for Python to refuse.
 * @param {Texts} texts
 * @param {string[]} channels names in the file
 * @returns {ByHand}
 */
export function settingsOf({height, width, unit, dims, channels: texts}, channels) {
  /** @type {ByHand} */
  const found = {};
  if (height || width) found.pixel_size = [numberOf(height || width), numberOf(width || height)];
  if (unit) found.pixel_unit = unitOf(unit);
  const entries = Object.entries(dims);
  const names = entries.filter(([key, {name}]) => name && name !== key).map(([key, {name}]) => [key, name]);
  if (names.length) found.dim_names = Object.fromEntries(names);
  const spacing = entries
    .filter(([, {step}]) => step)
    .map(([key, of]) => [key, of.unit ? [numberOf(of.step), unitOf(of.unit)] : numberOf(of.step)]);
  if (spacing.length) found.spacing = Object.fromEntries(spacing);
  const called = channels.map((name, i) => texts[i] || name);
  if (called.some((name, i) => name !== channels[i])) found.channel_names = called;
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
