// The settings of regions of interest: names, colors, what the plot shows, and what of a link can be used.

import {REGIONS} from "../../browser/base/limits.js";
import {readScaling} from "./scaling.js";
import {SHAPES} from "./shapes.js";

/**
 * @typedef {import("./shapes.js").PlainRoi} PlainRoi
 * @typedef {import("./shapes.js").Point} Point
 * @typedef {import("./shapes.js").Roi} Roi
 * @typedef {import("./shapes.js").Shape} Shape
 */

/**
 * The dim along which regions are measured, null where there is none; the regions; and whether all channels are plotted.
 * @typedef {{dim: number | null, rois: Roi[], isAll: boolean} & import("./scaling.js").Scaling} RoiSettings
 */

const MOST_NUMBER = 9999;
const MOST_LETTERS = 60;
const NAME = /^r([1-9]\d{0,3})$/;

/** @param {{name: string}} roi */
export const numberOf = ({name}) => Number(name.slice(1));

/**
 * What a region is called.
 * @param {PlainRoi} roi
 */
export const titleOf = ({name, label}) => label ?? name;

/**
 * A label as it can be kept, in one line; undefined where that says nothing.
 * @param {unknown} value
 */
export function readLabel(value) {
  if (typeof value !== "string") return undefined;
  const text = value.replace(/[\s\p{C}]+/gu, " ").trim();
  return [...text].slice(0, MOST_LETTERS).join("").trim() || undefined;
}

/**
 * A label that no other region has: a number tells it apart.
 * @param {string} label
 * @param {PlainRoi[]} others
 */
function apart(label, others) {
  const taken = new Set(others.map(titleOf));
  if (!taken.has(label)) return label;
  let number = 2;
  while (taken.has(`${label} ${number}`)) number++;
  return `${label} ${number}`;
}

/**
 * A region that is called something; by its name where that is nothing.
 * @template {PlainRoi} Region
 * @param {Region} roi
 * @param {unknown} text
 * @param {PlainRoi[]} others
 * @returns {Region}
 */
export function renamed({label: _, ...roi}, text, others) {
  const label = readLabel(text);
  const rest = /** @type {Region} */ (roi);
  return label === undefined || label === roi.name ? rest : {...rest, label: apart(label, others)};
}

/**
 * Name for a region that is added: numbers go on, so that a name is not used for another region soon.
 * @param {{name: string, label?: string}[]} rois
 */
export function nextName(rois) {
  const names = rois.flatMap(({name, label}) =>
    label && NAME.test(label) ? [{name}, {name: label}] : [{name}],
  );
  const numbers = new Set(names.map(numberOf));
  let next = Math.max(0, ...numbers) + 1;
  if (next <= MOST_NUMBER) return `r${next}`;
  next = 1;
  while (numbers.has(next)) next++;
  return `r${next}`;
}

/**
 * A region with the color that its name has.
 * @param {PlainRoi} roi
 * @returns {Roi}
 */
export function colored(roi) {
  return {...plain(roi), color: REGIONS.colors[(numberOf(roi) - 1) % REGIONS.colors.length]};
}

/** @param {PlainRoi} roi @returns {PlainRoi} */
const plain = ({name, shape, points, label}) => ({
  name,
  shape,
  points,
  ...(label === undefined ? {} : {label}),
});

/**
 * Regions as they are kept and asked for: the color follows from the name.
 * @param {Roi[]} rois
 * @returns {PlainRoi[]}
 */
export function plainRois(rois) {
  return rois.map(plain);
}

/**
 * Settings as they are kept: what is as at the start is left out; null where all is.
 * @param {RoiSettings} settings
 */
export function plainSettings({dim, rois, isAll, scale, baseline}) {
  if (!rois.length && !isAll && scale === "raw" && !baseline) return null;
  return {
    ...(dim === null ? {} : {dim}),
    rois: plainRois(rois),
    ...(isAll ? {channels: "all"} : {}),
    ...(scale === "raw" ? {} : {scale}),
    ...(baseline ? {baseline} : {}),
  };
}

/**
 * @param {unknown} value
 * @returns {value is Point}
 */
function isPoint(value) {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((v) => Number.isFinite(v) && Math.abs(v) <= REGIONS.farthest)
  );
}

/**
 * @param {unknown} value
 * @returns {value is Shape}
 */
function isShape(value) {
  return typeof value === "string" && Object.hasOwn(SHAPES, value);
}

/**
 * A region as a link has it; null if it is none.
 * @param {any} value
 * @returns {Roi | null}
 */
export function readRoi(value) {
  const {name, shape, points, label} = value ?? {};
  if (typeof name !== "string" || !NAME.test(name) || !isShape(shape) || !Array.isArray(points)) return null;
  const {least, most} = SHAPES[shape];
  if (points.length < least || points.length > most || !points.every(isPoint)) return null;
  return colored({name, shape, points, label: readLabel(label)});
}

/**
 * What settings say, as far as they can be used.
 * @param {any} value settings of the tool as they are in the state
 * @param {number[]} dims those that can be measured along
 * @param {number | null} defaultDim
 * @returns {RoiSettings}
 */
export function readSettings(value, dims, defaultDim) {
  const items = Array.isArray(value?.rois) ? value.rois.slice(0, REGIONS.most) : [];
  /** @type {Map<string, Roi>} */
  const rois = new Map();
  for (const item of items) {
    const roi = readRoi(item);
    if (roi) rois.set(roi.name, roi);
  }
  return {
    dim: dims.includes(value?.dim) ? value.dim : defaultDim,
    rois: [...rois.values()],
    isAll: value?.channels === "all",
    ...readScaling(value),
  };
}
