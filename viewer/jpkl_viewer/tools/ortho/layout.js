// Where orthogonal views and their crosshair are on the stage. Nothing here touches the page.

import {METERS} from "../../browser/base/limits.js";

/** @typedef {import("../../browser/types.js").Dim} Dim */
/**
 * A dim, where the crosshair is in a frame, "whole" where all of the dim is in view whatever the zoom, and how thick,
 * in widths of a pixel, what each view shows is, whose pixels are combined by `method`.
 * @typedef {{dim: number, x: number, y: number, depth?: string, slab?: number, method?: string}} OrthoSettings
 */
/** @typedef {{width: number, height: number}} Size */
/** @typedef {Size & {aspect?: number}} Frame its size, and the height of a pixel by its width */
/** @typedef {[left: number, top: number, width: number, height: number]} Box */

/**
 * Which part of a frame is seen where: a `Viewport`.
 * @typedef {object} Seen
 * @property {{left: number, top: number, width: number, height: number}} box of the figure, on the stage
 * @property {number[]} scales CSS pixels that a pixel of the frame is wide, and high
 * @property {(x: number, y: number) => [number, number]} toStage where on the stage a point of the frame is
 * @property {(sx: number, sy: number) => [number, number]} toFrame the other way
 * @property {{left: number, top: number, right: number, bottom: number}} picture what is seen of it, on the stage
 */

/**
 * What a view shows along the dim, in CSS pixels: its thickness, that of one frame, and the frame, maybe a broken
 * number, that it begins with.
 * @typedef {{thick: number, per: number, start: number}} Depth
 */

/**
 * The views against x and against y, each with the part of the stage that the whole cut would fill, and the
 * crosshair: its lines, and where they cross in the frame and in each view; null for what is outside of what is seen.
 * @typedef {object} Layout
 * @property {{box: Box, image: Box}[]} views
 * @property {(Box | null)[]} lines at x, at y, and at the index in the views against x and y
 * @property {([x: number, y: number] | null)[]} crossings
 */

/** Least thickness of a view in screen pixels, and its most as a share of the stage. */
const THINNEST = 80;
const THICKEST = 0.33;
export const GAP = 6;
/** Greatest thickness of a slab. */
export const THICKEST_SLAB = 999;
/** How pixels of a slab are combined: the first, unless another was chosen. */
export const SLAB_METHODS = ["max", "mean", "min"];
/** Frames are evenly spaced where distances differ by no more than this part of them. */
const SAME = 0.01;

/**
 * Settings that can be used with a stack, or null. They come from links, too.
 * @param {any} value
 * @param {number[]} dims that can be cut along
 * @param {Size} frame
 * @returns {OrthoSettings | null}
 */
export function readSettings(value, dims, frame) {
  /** @type {(number: unknown, size: number) => boolean} */
  const isIndex = (number, size) => Number.isInteger(number) && Number(number) >= 0 && Number(number) < size;
  const isValid =
    dims.includes(value?.dim) && isIndex(value.x, frame.width) && isIndex(value.y, frame.height);
  return isValid ? value : null;
}

/**
 * Settings to begin with: the crosshair is in the middle of the frame.
 * @param {number} dim
 * @param {Size} frame
 * @returns {OrthoSettings}
 */
export function centered(dim, {width, height}) {
  return {dim, x: Math.floor(width / 2), y: Math.floor(height / 2)};
}

/**
 * How many rows, columns or frames on each side of the crosshair a slab has, and how they are combined.
 * @param {Pick<OrthoSettings, "slab" | "method">} settings as they come from links
 * @returns {{half: number, method: string}}
 */
export function slabOf({slab = 1, method = ""}) {
  const isValid = Number.isInteger(slab) && slab >= 1 && slab <= THICKEST_SLAB;
  return {
    half: isValid ? Math.floor(slab / 2) : 0,
    method: SLAB_METHODS.includes(method) ? method : SLAB_METHODS[0],
  };
}

/**
 * The projection of the frames that are in a slab, null where it is one frame thick.
 * @param {OrthoSettings} settings
 * @param {number} n frames along the dim
 * @param {number | null} spacing of the frames in widths of a pixel, if it is known
 * @returns {import("../../browser/types.js").Projection | null}
 */
export function slabProjection(settings, n, spacing) {
  const {half, method} = slabOf(settings);
  const around = Math.round(half / (spacing ?? 1));
  return around ? {dim: settings.dim, method, start: 0, stop: n, around} : null;
}

/**
 * How thick a slab is whose projection has so many frames on each side, as the ends of its band are dragged.
 * @param {number} around
 * @param {number | null} spacing of the frames in widths of a pixel, if it is known
 */
export function slabAround(around, spacing) {
  const half = around && Math.max(1, Math.round(around * (spacing ?? 1)));
  return Math.min(2 * half + 1, THICKEST_SLAB);
}

/**
 * How far apart frames along a dim are, in its unit; null where they are not evenly spaced, or it is not known.
 * @param {Pick<Dim, "coords">} dim
 */
export function stepOf({coords}) {
  if (!coords || coords.length < 2) return null;
  const step = Math.abs(coords[coords.length - 1] - coords[0]) / (coords.length - 1);
  const isEven = coords.every(
    (at, i) => i === 0 || Math.abs(Math.abs(at - coords[i - 1]) - step) <= SAME * step,
  );
  return isEven && step > 0 ? step : null;
}

/**
 * The same in widths of a pixel, which gives views their true proportions; null where it is not known.
 * @param {Dim} dim
 * @param {{pixelSize: [number, number] | null, pixelUnit: string}} stack
 */
export function spacingOf(dim, {pixelSize, pixelUnit}) {
  const step = stepOf(dim);
  const ratio = dim.unit ? lengthRatio(dim.unit, pixelUnit) : null;
  return step && pixelSize && ratio ? (step * ratio) / pixelSize[1] : null;
}

/**
 * How many of the other unit make one unit; null unless both are the same, or both lengths.
 * @param {string} unit
 * @param {string} other
 */
function lengthRatio(unit, other) {
  if (unit === other) return 1;
  return unit in METERS && other in METERS ? METERS[unit] / METERS[other] : null;
}

/**
 * Width of the view against y and height of that against x, for which room is kept beside the frame.
 * @param {number} n frames along the dim
 * @param {number | null} spacing in widths of a pixel, if it is known
 * @param {Frame} frame
 * @param {Size} stage
 * @returns {[width: number, height: number]}
 */
export function thickness(n, spacing, frame, stage) {
  const depth = n * (spacing ?? 1);
  // All of them at the same scale, as large as fits in.
  const across = (stage.width - GAP) / (frame.width + depth);
  const down = (stage.height - GAP) / (frame.height * (frame.aspect ?? 1) + depth);
  const length = depth * Math.min(across, down);
  /** @type {(room: number) => number} */
  const fit = (room) => Math.ceil(Math.min(THICKEST * room, Math.max(THINNEST, length)));
  return [fit(stage.width), fit(stage.height)];
}

/**
 * What a view shows along the dim. It begins where it did, as far as the crosshair stays in it; where it shows more
 * or fewer frames than it did, the crosshair stays in its place.
 * @param {number} room for it, in CSS pixels
 * @param {number | null} per CSS pixels per frame; null to show all
 * @param {number} n frames along the dim
 * @param {number} index where the crosshair is
 * @param {Depth | null} old
 * @returns {Depth}
 */
export function depthOf(room, per, n, index, old) {
  if (per === null || n * per <= room)
    return {thick: per === null ? room : n * per, per: per ?? room / n, start: 0};
  const seen = room / per;
  const middle = index + 0.5;
  const kept = old ? middle - ((middle - old.start) * old.per) / per : middle - seen / 2;
  const start = seen > 1 ? Math.max(index + 1 - seen, Math.min(index, kept)) : middle - seen / 2;
  return {thick: room, per, start: Math.min(n - seen, Math.max(0, start))};
}

/**
 * Column and row of the frame at a place on the stage, or the nearest.
 * @param {number} sx
 * @param {number} sy
 * @param {Pick<Seen, "toFrame">} seen
 * @param {Size} frame
 */
export function pixelAt(sx, sy, seen, frame) {
  const [x, y] = seen.toFrame(sx, sy).map(Math.round);
  return clampToFrame(x, y, frame);
}

/**
 * The pixel of a frame that is nearest to a point.
 * @param {number} x
 * @param {number} y
 * @param {Size} frame
 */
export function clampToFrame(x, y, {width, height}) {
  return {x: clamp(x, width), y: clamp(y, height)};
}

/**
 * Index along a dim at a place in a view, or the nearest.
 * @param {number} place in the direction of the dim, from the edge of the view
 * @param {Depth} depth
 * @param {number} n
 */
export function indexAt(place, {per, start}, n) {
  return clamp(Math.floor(start + place / per), n);
}

/** @type {(value: number, size: number) => number} */
function clamp(value, size) {
  return Math.min(size - 1, Math.max(0, value));
}

/**
 * @param {Seen} seen
 * @param {Frame & {frames: number}} stack `frames` along the dim
 * @param {Depth[]} depths of the views against x and y
 * @param {{x: number, y: number, index: number}} cross where the crosshair is
 * @returns {Layout}
 */
export function layOut(seen, {width, height, frames}, [depthX, depthY], {x, y, index}) {
  const {picture, scales} = seen;
  const {left, top, right, bottom} = picture;
  const sideLeft = right + GAP;
  const belowTop = bottom + GAP;
  // Where the frame's own edges are, on the stage.
  const [x0, y0] = seen.toStage(-0.5, -0.5);
  const [lineX, lineY] = seen.toStage(x, y);
  const hasX = lineX >= left && lineX < right;
  const hasY = lineY >= top && lineY < bottom;
  const [belowAt, sideAt] = [depthX, depthY].map(({per, start}) => (index + 0.5 - start) * per);
  const [indexY, indexX] = [belowTop + belowAt, sideLeft + sideAt];
  return {
    views: [
      {
        box: [left, belowTop, right - left, depthX.thick],
        image: [x0, belowTop - depthX.start * depthX.per, width * scales[0], frames * depthX.per],
      },
      {
        box: [sideLeft, top, depthY.thick, bottom - top],
        image: [sideLeft - depthY.start * depthY.per, y0, frames * depthY.per, height * scales[1]],
      },
    ],
    lines: [
      hasX ? [lineX, top, 1, belowTop + depthX.thick - top] : null,
      hasY ? [left, lineY, sideLeft + depthY.thick - left, 1] : null,
      [left, indexY, right - left, 1],
      [indexX, top, 1, bottom - top],
    ],
    crossings: [
      hasX && hasY ? [lineX, lineY] : null,
      hasX ? [lineX, indexY] : null,
      hasY ? [indexX, lineY] : null,
    ],
  };
}

/**
 * What a view is of, as `XZ` or `X time`.
 * @param {string} axis
 * @param {string} name of the dim
 */
export function planeName(axis, name) {
  return name.length === 1 ? (axis + name).toUpperCase() : `${axis.toUpperCase()} ${name}`;
}

/**
 * What views do not show as it is, in words.
 * @param {string} name of the dim
 * @param {number | null} spacing
 * @param {number} scale pixels of the frame per pixel of the views
 */
export function remark(name, spacing, scale) {
  const parts = [];
  if (!spacing) parts.push(`${name} is not to scale`);
  if (scale > 1) parts.push(`shown at 1/${scale} of the size`);
  return parts.join("; ");
}
