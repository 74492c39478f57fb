// What is shown of label images, as it is kept in links: whatever comes from there is checked.

import {LABELS} from "../../browser/base/limits.js";

/**
 * @typedef {object} LabelSettings
 * @property {number} opacity of what is inside of objects
 * @property {boolean} outline
 * @property {string[]} hidden names of the label images that are not shown
 * @property {{name: string, value: string} | null} selected an object
 * @property {number | null} dim along which its curve goes
 * @property {boolean} track whether the way of its center is drawn
 */

/**
 * @param {any} raw
 * @param {string[]} names of the label images
 * @param {number[]} dims that a curve can go along
 * @returns {LabelSettings}
 */
export function readSettings(raw, names, dims) {
  const {opacity, outline, hidden, selected, dim, track} = raw ?? {};
  const isObject = names.includes(selected?.name) && /^-?\d{1,20}$/.test(selected?.value);
  return {
    opacity: typeof opacity === "number" && opacity >= 0 && opacity <= 1 ? opacity : LABELS.opacity,
    outline: outline !== false,
    hidden: Array.isArray(hidden) ? names.filter((name) => hidden.includes(name)) : [],
    selected: isObject ? {name: selected.name, value: selected.value} : null,
    dim: dims.includes(dim) ? dim : (dims[0] ?? null),
    track: track === true,
  };
}

/**
 * The same without what is as it is by itself; null where nothing was chosen.
 * @param {LabelSettings} settings
 * @param {number[]} dims
 */
export function plainSettings({opacity, outline, hidden, selected, dim, track}, dims) {
  const chosen = {
    ...(opacity === LABELS.opacity ? {} : {opacity}),
    ...(outline ? {} : {outline}),
    ...(hidden.length ? {hidden} : {}),
    ...(selected ? {selected} : {}),
    ...(dim === (dims[0] ?? null) ? {} : {dim}),
    ...(track ? {track} : {}),
  };
  return Object.keys(chosen).length ? chosen : null;
}
