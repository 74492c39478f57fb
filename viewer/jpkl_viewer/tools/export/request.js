// What is exported: its part of the frame, its size and its length. Nothing here touches the page.

import {format} from "../../browser/base/numbers.js";

/** @typedef {{width: number, height: number}} Size */
/**
 * @typedef {[x0: number, y0: number, x1: number, y1: number]} Region the pixels from x0 and y0 to before x1, y1
 */

/**
 * What Python is asked for.
 * @typedef {object} ExportRequest
 * @property {"export"} what
 * @property {import("../../browser/types.js").Settings} settings
 * @property {string} format
 * @property {Region | null} region null is the whole frame
 * @property {number} zoom
 * @property {boolean} scale_bar
 * @property {number | null} bar_length of the scale bar on the screen, in its unit; null where the settings have one
 * @property {boolean} stamp
 * @property {boolean} colorbar
 * @property {boolean} axes
 * @property {boolean} regions
 * @property {boolean} labels
 * @property {boolean} layout whether all panes of the view are exported
 * @property {boolean} crosshair
 * @property {boolean} turned whether the picture is rotated and flipped as on the screen
 * @property {number} dim along which a movie goes, from `start` to before `stop`
 * @property {number} start
 * @property {number} stop
 * @property {number} step
 * @property {number} fps
 * @property {import("../montage/layout.js").Arrangement | null} arrangement of a montage on the screen
 */

/** Bytes that a pixel of noise takes in a GIF, which cannot make it smaller. */
const GIF_BYTES = 1.4;

/** @type {[string, string][]} */
const PICTURES = [["png", "picture, PNG"]];
/** @type {[string, string][]} */
const MOVIES = [
  ["mp4", "movie, MP4"],
  ["gif", "movie, GIF"],
];

/** What only Python makes. */
const OF_PYTHON = ["mp4"];

/** @type {[string, string][]} */
export const AREAS = [
  ["frame", "whole frame"],
  ["screen", "part on the screen"],
];

/** @type {[number, string][]} */
export const ZOOMS = [
  [1, "1 ×"],
  [2, "2 ×"],
  [4, "4 ×"],
  [8, "8 ×"],
  [0.5, "½ ×"],
  [0.25, "¼ ×"],
];

/** Pixels of the longer side of a picture that looks sharp on a slide, with letters that can be read. */
const SLIDE = 600;

/**
 * How large a picture is made where nobody has chosen: small frames are enlarged, pixel by pixel.
 * @param {Size} frame
 */
export function usualZoom({width, height}) {
  return [1, 2, 4, 8].find((zoom) => zoom * Math.max(width, height) >= SLIDE) ?? 8;
}

/** @type {Record<string, string>} */
export const MIME_TYPES = {png: "image/png", mp4: "video/mp4", gif: "image/gif"};

/**
 * Formats with what people call them: a stack without dims makes no movie.
 * @param {boolean} canMove
 * @param {boolean} isPython whether it is Python that makes them
 */
export function formats(canMove, isPython = true) {
  const movies = MOVIES.filter(([name]) => isPython || !OF_PYTHON.includes(name));
  return canMove ? [...PICTURES, ...movies] : PICTURES;
}

/** @param {string} name of a format */
export function isMovie(name) {
  return MOVIES.some(([movie]) => movie === name);
}

/**
 * Rows and columns on the screen.
 * @param {{min: number, max: number}[]} ranges of x and y that the figure shows
 * @param {Size} frame
 * @returns {Region}
 */
export function regionSeen([xs, ys], {width, height}) {
  /** @param {{min: number}} range */
  const low = ({min}) => Math.max(0, Math.floor(min + 0.5));
  /** @type {(range: {max: number}, size: number) => number} */
  const high = ({max}, size) => Math.min(size, Math.ceil(max + 0.5));
  return [low(xs), low(ys), high(xs, width), high(ys, height)];
}

/**
 * Pictures that a movie has.
 * @param {Pick<ExportRequest, "start" | "stop" | "step">} range
 */
export function countPictures({start, stop, step}) {
  return Math.max(0, Math.floor((stop - 1 - start) / step) + 1);
}

/**
 * How many pixels of a picture stand for one of the screen: letters grow with it.
 * @param {Size} picture
 */
function screenUnit({width, height}) {
  return Math.min(8, Math.max(0.8, Math.min(width, height) / 600));
}

/**
 * The room that axes take at the left of a picture and below it.
 * @param {Size} picture
 * @returns {Size}
 */
export function axesRoom(picture) {
  const letters = Math.max(10, Math.round(12 * screenUnit(picture)));
  return {width: Math.round((14 / 3) * letters), height: Math.round(3.5 * letters)};
}

/**
 * Size of a picture with all that is beside it.
 * @param {Omit<ExportRequest, "settings">} request
 * @param {Size & {aspect: number}} frame
 * @param {boolean} isSideways whether rows of the frame are columns of the picture
 * @returns {Size}
 */
export function pictureSize({region, zoom, axes}, {aspect, ...frame}, isSideways) {
  const [x0, y0, x1, y1] = region ?? [0, 0, frame.width, frame.height];
  const stretched = [(x1 - x0) * Math.max(1, 1 / aspect), (y1 - y0) * Math.max(1, aspect)];
  const sides = stretched.map((side) => Math.max(1, Math.round(side * zoom)));
  const [width, height] = isSideways ? sides.reverse() : sides;
  const room = axes ? axesRoom({width, height}) : {width: 0, height: 0};
  return {width: width + room.width, height: height + room.height};
}

/**
 * What to expect of an export, in words: `51 pictures · 171 × 196 pixels · 5.1 s`.
 * @param {Omit<ExportRequest, "settings">} request
 * @param {Size & {aspect: number}} frame
 * @param {{layout?: string, isSideways?: boolean}} [how] what is exported in place of a picture alone, and whether
 *   rows of the frame are columns of the picture
 */
export function forecast(request, frame, {layout = "", isSideways = false} = {}) {
  const {width, height} = pictureSize(request, frame, isSideways);
  const size = layout || `${width} × ${height} pixels`;
  if (!isMovie(request.format)) return size;
  const n = countPictures(request);
  const parts = [n === 1 ? "1 picture" : `${n} pictures`, size];
  if (request.fps > 0) parts.push(`${format(n / request.fps, 3)} s`);
  if (request.format === "gif" && !layout)
    parts.push(`up to ${format((GIF_BYTES * n * width * height) / 1e6, 2)} MB`);
  return parts.join(" · ");
}

/**
 * What a file that was made is, in words.
 * @param {string} name
 * @param {number} bytes
 */
export function describeFile(name, bytes) {
  return `${name}, ${(bytes / 1e6).toFixed(1)} MB`;
}
