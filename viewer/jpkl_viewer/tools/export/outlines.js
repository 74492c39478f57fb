// Regions of interest over an exported picture, as the screen shows them; `regions.py` in Python.

import {outlineOf} from "../regions/masks.js";
import {readSettings, titleOf} from "../regions/settings.js";
import {isArea} from "../regions/shapes.js";
import {drawLabel, label, letters} from "./marks.js";
import {pointAt, screenUnit} from "./place.js";

/** @typedef {import("../regions/shapes.js").Roi} Roi */

/**
 * Sizes in pixels of the screen: the outline and the dark line around it, and the arms of the cross of a point.
 */
const [OUTLINE, HALO] = [1.75, 4];
const ARM = [2, 8];

/** Where a name begins from the uppermost corner. */
const TEXT_AT = [7, -5];

/**
 * @param {OffscreenCanvasRenderingContext2D} context
 * @param {any} settings of the tool, which may come from a link
 * @param {import("./place.js").Place} place
 * @param {boolean} hasNames whether their names are written
 */
export function drawRegions(context, settings, place, hasNames = true) {
  for (const roi of readSettings(settings, [], null).rois) drawRegion(context, roi, place, hasNames);
}

/**
 * @param {OffscreenCanvasRenderingContext2D} context
 * @param {Roi} roi
 * @param {import("./place.js").Place} place
 * @param {boolean} hasName
 */
function drawRegion(context, roi, place, hasName) {
  const unit = screenUnit(place);
  const corners = outlineOf(roi).map((point) => pointAt(place, point));
  const path = new Path2D();
  if (corners.length === 1) addCross(path, corners[0], unit);
  else {
    corners.forEach(([x, y], i) => (i ? path.lineTo(x, y) : path.moveTo(x, y)));
    if (isArea(roi.shape)) path.closePath();
  }
  context.save();
  Object.assign(context, {lineJoin: "round", lineCap: "round", fillStyle: roi.color});
  if (isArea(roi.shape)) {
    context.globalAlpha = 0.1;
    context.fill(path);
  }
  Object.assign(context, {strokeStyle: "#000", lineWidth: HALO * unit, globalAlpha: 0.55});
  context.stroke(path);
  Object.assign(context, {strokeStyle: roi.color, lineWidth: OUTLINE * unit, globalAlpha: 1});
  context.stroke(path);
  context.restore();
  if (hasName) writeName(context, titleOf(roi), corners, unit);
}

/** @param {Path2D} path @param {readonly number[]} center @param {number} unit */
function addCross(path, [x, y], unit) {
  for (const [dx, dy] of [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ]) {
    path.moveTo(x + dx * ARM[0] * unit, y + dy * ARM[0] * unit);
    path.lineTo(x + dx * ARM[1] * unit, y + dy * ARM[1] * unit);
  }
}

/**
 * Beside the uppermost corner, within the picture.
 * @type {(context: OffscreenCanvasRenderingContext2D, name: string, corners: number[][], unit: number) => void}
 */
function writeName(context, name, corners, unit) {
  const {width, height} = context.canvas;
  const [x, y] = corners.reduce((best, corner) => (corner[1] < best[1] ? corner : best));
  if (x < 0 || y < 0 || x > width || y > height) return;
  const {size} = letters(unit);
  const found = label(context, name, width, size);
  const left = Math.round(x + TEXT_AT[0] * unit);
  const top = Math.round(y + TEXT_AT[1] * unit - size);
  drawLabel(
    context,
    found,
    Math.max(0, Math.min(left, width - found.width)),
    Math.max(0, Math.min(top, height - found.height)),
  );
}
