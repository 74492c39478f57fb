// Regions in files that other programs read: GeoJSON as QuPath has it, and ImageJ's own.

import {download, h} from "../../browser/base/dom.js";
import {choice} from "../../browser/page/fields.js";
import {readRoi} from "./settings.js";

/** @typedef {import("./shapes.js").PlainRoi} PlainRoi */
/** @typedef {import("./edits.js").Unnamed} Loaded */

/**
 * @typedef {object} FileHandlers
 * @property {() => PlainRoi[]} regions that are saved
 * @property {(regions: Loaded[], total: number, notes: string[]) => void} onLoad called with what can be used of a file, how many
 *   regions it holds, and what is to be said of the rest
 * @property {(text: string) => void} onSay
 */

/** Larger files are not for the message channel of a browser. */
const MOST_BYTES = 20e6;

const FORMATS = /** @type {[string, string][]} */ ([
  ["geojson", "GeoJSON"],
  ["imagej", "ImageJ"],
]);

/** Bytes that are made text at once. */
const PART = 0x8000;

/** @param {Uint8Array} bytes */
function toBase64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += PART)
    text += String.fromCharCode(...bytes.subarray(at, at + PART));
  return btoa(text);
}

/**
 * What can be used of regions that a file holds.
 * @param {Loaded[]} items
 */
export function usable(items) {
  return items.flatMap((item) => readRoi({...item, name: "r1"}) ?? []);
}

/**
 * A row of buttons that save and load regions.
 * @param {import("../../browser/frames/asks.js").Asks} asks
 * @param {FileHandlers} handlers
 */
export function regionFiles(asks, {regions, onLoad, onSay}) {
  const format = choice("format of regions", asks.isPython ? FORMATS : FORMATS.slice(0, 1), () => {});
  /** @param {string} what @param {object} request @param {(answer: any) => void} onAnswer */
  const ask = (what, request, onAnswer) =>
    asks.ask(what, {what, ...request}, {replace: true, onAnswer, onError: onSay});
  const save = () =>
    ask("save regions", {rois: regions(), format: format.value}, ({name, data}) =>
      download(name, data, "application/octet-stream"),
    );
  /** @param {File} file */
  const load = async (file) => {
    if (file.size > MOST_BYTES) return onSay(`${file.name} has more than ${MOST_BYTES / 1e6} MB`);
    const data = toBase64(new Uint8Array(await file.arrayBuffer()));
    ask("load regions", {file: file.name, data}, ({rois, total, notes}) =>
      onLoad(usable(rois), total, notes),
    );
  };
  const picker = h("input", {
    type: "file",
    hidden: true,
    accept: asks.isPython ? ".roi,.zip,.geojson,.json" : ".geojson,.json",
    "aria-label": "file with regions",
  });
  picker.onchange = () => {
    const [file] = picker.files ?? [];
    if (file) void load(file);
    picker.value = ""; // the same file can be picked again
  };
  const title = "add the regions of a file: GeoJSON, ImageJ .roi, RoiSet.zip";
  const pick = h("button", {className: "text", title, onclick: () => picker.click()}, "Load…");
  const saveButton = h("button", {className: "text", title: "save all regions", onclick: save}, "Save");
  const saves = h("span", {className: "saves"}, format, saveButton);
  const element = h("div", {className: "buttons"}, saves, pick, picker);
  return {
    element,
    /** @param {boolean} hasRegions */
    update(hasRegions) {
      saves.hidden = !hasRegions;
    },
  };
}
