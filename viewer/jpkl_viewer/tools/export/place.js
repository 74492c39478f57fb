// Where a part of a frame is in an exported picture; `place.py` and `turn.py` in Python. Nothing here touches
// the page.

import {orientationOf} from "../../browser/page/orientation.js";
import {roundHalfEven} from "../../local/rounding.js";
import {trueShape} from "../montage/grid.js";

/** @typedef {import("../../browser/state/stack.js").Stack} Stack */
/** @typedef {import("../../browser/state/viewport.js").Orientation} Orientation */
/** @typedef {import("./request.js").Region} Region */

/**
 * A part of a frame, and the size of its picture as it is seen.
 * @typedef {object} Place
 * @property {number} left in pixels of the frame
 * @property {number} top
 * @property {number} columns
 * @property {number} rows
 * @property {number} width
 * @property {number} height
 * @property {Orientation} turn
 */

/** @type {Orientation} */
const UPRIGHT = {turns: 0, isFlipped: false};

/** The place of a picture on a screen of usual size, which it fills. */
const STAGE = {width: 1080, height: 720};

/**
 * Which part of a frame is exported, and how large.
 * @param {Stack} stack
 * @param {{region?: Region | null, zoom?: number}} options
 * @param {import("../../browser/page/orientation.js").Turned | null} turned null for as it is stored
 * @param {{width: number, height: number}} [extent] where it is more than the frame, as others lie over it
 * @returns {Place}
 */
export function placeOf(stack, {region, zoom = 1}, turned, extent = stack) {
  if (!(zoom > 0 && zoom <= 64)) throw new Error(`zoom must be above 0 and at most 64, not ${zoom}`);
  const [x0, y0, x1, y1] = region ?? [0, 0, extent.width, extent.height];
  if (!(x0 >= 0 && y0 >= 0 && x0 < x1 && y0 < y1 && x1 <= extent.width && y1 <= extent.height))
    throw new Error(`region ${region} is not in frames of ${extent.height} x ${extent.width} pixels`);
  const [height, width] = trueShape(stack.aspect, (y1 - y0) * zoom, (x1 - x0) * zoom);
  const turn = turned ? orientationOf(turned) : UPRIGHT;
  return {left: x0, top: y0, columns: x1 - x0, rows: y1 - y0, ...turnedSize({width, height}, turn), turn};
}

/**
 * The size of a picture that is turned, or of the one that was.
 * @param {{width: number, height: number}} size
 * @param {Orientation} turn
 */
export function turnedSize({width, height}, {turns}) {
  return turns % 2 ? {width: height, height: width} : {width, height};
}

/** Pixels of the picture that one of the frame takes, along its rows and its columns. @param {Place} place */
export function scalesOf(place) {
  const {width, height} = turnedSize(place, place.turn);
  return [width / place.columns, height / place.rows];
}

/** How many pixels of a picture stand for one of the screen. @param {{width: number, height: number}} size */
export function screenUnit({width, height}) {
  return Math.min(8, Math.max(0.8, Math.min(width, height) / 600));
}

/**
 * Pixels of a picture that take one of a screen that it fills; maybe few.
 * @param {{width: number, height: number}} size
 */
export function screenShare({width, height}) {
  return Math.max(width / STAGE.width, height / STAGE.height);
}

/**
 * Where a point of the frame is in the picture. The center of the first pixel of the frame is (0, 0).
 * @param {Place} place
 * @param {readonly number[]} point
 * @returns {[x: number, y: number]}
 */
export function pointAt(place, [px, py]) {
  let {width, height} = turnedSize(place, place.turn);
  const [sx, sy] = scalesOf(place);
  let [x, y] = [(px - (place.left - 0.5)) * sx, (py - (place.top - 0.5)) * sy];
  if (place.turn.isFlipped) x = width - x;
  for (let i = 0; i < place.turn.turns; i++) {
    [x, y] = [height - y, x];
    [width, height] = [height, width];
  }
  return [x, y];
}

/**
 * The part of another stack that is seen beside one: at the same scale, the same part or its whole frame.
 * @param {Place} place
 * @param {{width: number, height: number}} other the size of its frames
 * @param {boolean} isWhole
 * @returns {Place}
 */
export function placeBeside(place, other, isWhole) {
  const left = isWhole ? 0 : Math.min(place.left, other.width - 1);
  const top = isWhole ? 0 : Math.min(place.top, other.height - 1);
  const columns = isWhole ? other.width : Math.min(place.columns, other.width - left);
  const rows = isWhole ? other.height : Math.min(place.rows, other.height - top);
  const [sx, sy] = scalesOf(place);
  const size = {
    width: Math.max(1, roundHalfEven(columns * sx)),
    height: Math.max(1, roundHalfEven(rows * sy)),
  };
  return {left, top, columns, rows, ...turnedSize(size, place.turn), turn: place.turn};
}

/**
 * Where in a picture the upper left corner of another one is that shows the same frame.
 * @param {Place} place
 * @param {Place} part
 * @returns {[x: number, y: number]}
 */
export function cornerOf(place, {left, top, columns, rows}) {
  const [ax, ay] = pointAt(place, [left - 0.5, top - 0.5]);
  const [bx, by] = pointAt(place, [left - 0.5 + columns, top - 0.5 + rows]);
  return [roundHalfEven(Math.min(ax, bx)), roundHalfEven(Math.min(ay, by))];
}

/**
 * Where pictures beside each other begin: the first rows of all frames are level.
 * @param {Place[]} places
 */
export function topsOf(places) {
  const [{left, top}] = places;
  const [, firstRow] = pointAt(places[0], [left - 0.5, top - 0.5]);
  const highest = Math.max(...places.map(({height}) => height));
  return places.map(({height}) => (firstRow > 0 ? highest - height : 0));
}
