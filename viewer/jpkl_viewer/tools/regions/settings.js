// The settings of regions of interest, `{dim, rois}`: names, colors, and what of a link can be used.

import {REGIONS} from "../../browser/limits.js";
import {SHAPES} from "./shapes.js";

/**
 * @typedef {import("./shapes.js").PlainRoi} PlainRoi
 * @typedef {import("./shapes.js").Point} Point
 * @typedef {import("./shapes.js").Roi} Roi
 * @typedef {import("./shapes.js").Shape} Shape
 */

/** @typedef {{dim: number, rois: Roi[]}} RoiSettings the dim along which they are measured, and the regions */

const MOST_NUMBER = 9999;
const NAME = /^r([1-9]\d{0,3})$/;

/** @param {{name: string}} roi */
const numberOf = ({name}) => Number(name.slice(1));

/**
 * Name for a region that is added: numbers go on, so that a name is not used for another region soon.
 * @param {{name: string}[]} rois
 */
export function nextName(rois) {
  const numbers = new Set(rois.map(numberOf));
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
export function colored({name, shape, points}) {
  return {name, shape, points, color: REGIONS.colors[(numberOf({name}) - 1) % REGIONS.colors.length]};
}

/**
 * Regions as they are kept and asked for: the color follows from the name.
 * @param {Roi[]} rois
 * @returns {PlainRoi[]}
 */
export function plainRois(rois) {
  return rois.map(({name, shape, points}) => ({name, shape, points}));
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
  const {name, shape, points} = value ?? {};
  if (typeof name !== "string" || !NAME.test(name) || !isShape(shape) || !Array.isArray(points)) return null;
  const {least, most} = SHAPES[shape];
  if (points.length < least || points.length > most || !points.every(isPoint)) return null;
  return colored({name, shape, points});
}

/**
 * What settings say, as far as they can be used.
 * @param {any} value settings of the tool as they are in the state
 * @param {number[]} dims those that can be measured along
 * @param {number} defaultDim
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
  return {dim: dims.includes(value?.dim) ? value.dim : defaultDim, rois: [...rois.values()]};
}
