// Where the frames of a filmstrip or montage are, and what is said of them. Nothing here touches the page.

import {scrubbableButChannel} from "../../browser/tool.js";
import {SPLITS, blockOf, frameAt} from "./tiles.js";

/** @typedef {import("./tiles.js").Tiles} Tiles */

/**
 * `every` n-th frame, and so many `columns` of a montage; where these are not set, what fits in best. Channels are apart,
 * below or beside each other, where it is `split`; along the channels, it has one frame in any case.
 * @typedef {{mode: "filmstrip" | "montage", dim: number, every?: number, columns?: number,
 *   split?: "rows" | "columns"}} MontageSettings
 */

/**
 * How frames are arranged: in so many columns, each `every`-th of them, in cells whose longer side has so many
 * pixels.
 * @typedef {{columns: number, every: number, cell: number}} Arrangement
 */

/**
 * Where frames are in a picture of many, in its pixels.
 * @typedef {object} Grid
 * @property {number} columns
 * @property {[width: number, height: number]} cell
 * @property {number} gap between cells
 * @property {number[]} indices the frame of each cell along the dim, row by row
 * @property {[number: number, reason: string][]} damaged cells whose frames cannot be read, and why
 */

/** @typedef {[x: number, y: number, width: number, height: number]} Box */

export const MODES = /** @type {const} */ (["montage", "filmstrip"]);

/** Most frames that are left out at a time, and most columns. */
export const MOST = 9999;
const STRIP_HEIGHT = 76;
/** What a montage leaves free of the stage, on both sides together. */
const MARGIN = 16;
/** A cell of a montage is not smaller: rather, frames are left out. */
const LEAST_CELL = 84;
/** The same for the tiles of a frame whose channels are apart. */
const LEAST_TILE = 56;
/** What is reckoned between cells, in pixels of the screen. */
const CELL_GAP = 2;

/**
 * Settings that can be used with a stack, or null. They come from links, too.
 * @param {any} value
 * @param {number[]} dims along which there is something to see
 * @returns {MontageSettings | null}
 */
export function readSettings(value, dims) {
  if (!MODES.includes(value?.mode) || !dims.includes(value.dim)) return null;
  const {mode, dim, ...wanted} = value;
  return {mode, dim, ...readWanted(wanted)};
}

/**
 * Dims that a montage goes along: the channels, of one position, are the last.
 * @param {import("../../browser/state/stack.js").Stack} stack
 */
export function montageDims(stack) {
  const dims = scrubbableButChannel(stack);
  return stack.canCompose && stack.channelDim !== null ? [...dims, stack.channelDim] : dims;
}

/**
 * @param {any} value
 * @returns {Pick<MontageSettings, "every" | "columns" | "split">} as far as they can be used
 */
export function readWanted({every, columns, split}) {
  const entries = Object.entries({every, columns}).filter(
    ([, n]) => Number.isInteger(n) && n >= 1 && n <= MOST,
  );
  return {...Object.fromEntries(entries), ...(split && SPLITS.includes(split) ? {split} : {})};
}

/**
 * How the tiles of frames are placed: along other dims, a filmstrip is never split.
 * @param {MontageSettings} settings
 * @param {number | null} channelDim
 * @returns {Tiles["split"]}
 */
export function splitOf({mode, dim, split}, channelDim) {
  if (dim === channelDim) return "wrap";
  return mode === "filmstrip" ? "" : (split ?? "");
}

/**
 * Width and height that a picture of many frames can have, in pixels of the screen.
 * @param {MontageSettings["mode"]} mode
 * @param {{offsetWidth: number, offsetHeight: number}} stage
 * @returns {[width: number, height: number]}
 */
export function roomFor(mode, {offsetWidth, offsetHeight}) {
  return mode === "filmstrip" ? [offsetWidth, STRIP_HEIGHT] : [offsetWidth - MARGIN, offsetHeight - MARGIN];
}

/**
 * How `n` frames fill the room.
 * @param {Pick<MontageSettings, "mode" | "every" | "columns">} settings
 * @param {number} n
 * @param {number} aspect width of a frame by its height
 * @param {[width: number, height: number]} room
 * @param {number} ratio pixels of the device per pixel of the screen
 * @param {Omit<Tiles, "columns">} [tiles] of each frame
 * @returns {Arrangement}
 */
export function arrange(
  {mode, every, columns},
  n,
  aspect,
  room,
  ratio,
  {split, panels} = {split: "", panels: 1},
) {
  // One frame, whose tiles are placed as if they were frames.
  if (split === "wrap") {
    const across = mode === "filmstrip" ? panels : columns;
    return {...arrangeSheet(panels, aspect, room, ratio, {every: 1, columns: across}), every: 1};
  }
  if (mode === "filmstrip") return arrangeStrip(n, aspect, room, ratio, every);
  return arrangeSheet(n, aspect, room, ratio, {every, columns}, blockOf({split, panels, columns: 1}));
}

/** @type {(n: number, aspect: number, room: [number, number], ratio: number, wanted?: number) => Arrangement} */
function arrangeStrip(n, aspect, [roomX, height], ratio, wanted) {
  const width = height * aspect;
  const most = Math.max(1, Math.min(n, Math.floor(roomX / (width + CELL_GAP))));
  const every = Math.min(n, wanted ?? Math.ceil(n / most));
  const columns = Math.ceil(n / every);
  const across = wanted ? Math.min(width, Math.max(1, roomX / columns - CELL_GAP)) : width;
  return {columns, every, cell: Math.ceil(Math.max(across / aspect, across) * ratio)};
}

/** @type {(n: number, aspect: number, room: [number, number], ratio: number,
 *   wanted: Pick<MontageSettings, "every" | "columns">, block?: [across: number, down: number]) => Arrangement} */
function arrangeSheet(n, aspect, room, ratio, wanted, block = /** @type {[number, number]} */ ([1, 1])) {
  const least = Math.max(...block) > 1 ? LEAST_TILE : LEAST_CELL;
  for (let every = Math.min(n, wanted.every ?? 1); ; every++) {
    const shown = Math.ceil(n / every);
    const {columns, height} = largestCells(shown, aspect, room, block, wanted.columns);
    const cell = Math.max(height, height * aspect);
    if (cell >= least || shown === 1 || wanted.every || wanted.columns)
      return {columns, every, cell: Math.max(1, Math.ceil(cell * ratio))};
  }
}

/** @type {(n: number, aspect: number, room: [number, number], block: [across: number, down: number],
 *   wanted?: number) => {columns: number, height: number}} */
function largestCells(n, aspect, [roomX, roomY], [across, down], wanted) {
  const [least, most] = wanted ? [Math.min(n, wanted), Math.min(n, wanted)] : [1, n];
  let best = {columns: least, height: -Infinity};
  for (let columns = least; columns <= most; columns++) {
    const rows = Math.ceil(n / columns);
    const height = Math.min(
      (roomX / (columns * across) - CELL_GAP) / aspect,
      roomY / (rows * down) - CELL_GAP,
    );
    if (height > best.height) best = {columns, height};
  }
  return best;
}

/**
 * The part of the picture that a frame fills.
 * @param {Grid} grid
 * @param {number} number of the cell
 * @returns {Box}
 */
export function cellBox({columns, cell: [width, height], gap}, number) {
  return [(number % columns) * (width + gap), Math.floor(number / columns) * (height + gap), width, height];
}

/**
 * Index of the frame at a point of the picture, undefined where there is none. Of the gaps each belongs to the
 * cell before it: what is clicked is the nearest frame.
 * @param {Grid} grid
 * @param {number} x
 * @param {number} y
 * @param {Tiles} [tiles] of each frame, where it has several
 * @returns {number | undefined}
 */
export function indexAt({columns, cell: [width, height], gap, indices}, x, y, tiles) {
  const column = Math.floor(x / (width + gap));
  const row = Math.floor(y / (height + gap));
  const placed = tiles ?? {split: "", panels: 1, columns};
  const across = placed.split === "wrap" ? placed.columns : blockOf(placed)[0] * columns;
  return column >= 0 && column < across ? indices[frameAt(placed, column, row)] : undefined;
}

/**
 * Number of the cell whose frame is nearest to an index.
 * @param {Grid} grid
 * @param {number} index
 */
export function nearestCell({indices}, index) {
  const distances = indices.map((other) => Math.abs(other - index));
  return distances.indexOf(Math.min(...distances));
}

/**
 * The parts of the picture that show no frame: what lies between cells, the rest of the last row, and the
 * places of damaged frames.
 * @param {Grid} grid
 * @param {number} width of the picture
 * @param {number} height
 * @returns {Box[]}
 */
export function emptyParts(grid, width, height) {
  const {columns, cell, gap, indices, damaged} = grid;
  const [stepX, stepY] = [cell[0] + gap, cell[1] + gap];
  /** @type {Box[]} */
  const parts = damaged.map(([number]) => cellBox(grid, number));
  for (let x = cell[0]; x < width; x += stepX) parts.push([x, 0, gap, height]);
  for (let y = cell[1]; y < height; y += stepY) parts.push([0, y, width, gap]);
  const filled = indices.length % columns;
  if (filled) parts.push([filled * stepX - gap, height - cell[1], width, cell[1]]);
  return parts;
}

/**
 * What is shown, in words: `Every 4th of 51 along time`, and what is wrong with damaged frames.
 * @param {{name: string, size: number}} dim
 * @param {number} every
 * @param {Grid["damaged"]} damaged
 */
export function summary({name, size}, every, damaged) {
  const which = every > 1 ? `Every ${ordinal(every)} of ${size}` : `All ${size}`;
  return [`${which} along ${name}`, ...damaged.map(([, reason]) => reason)].join("; ");
}

/**
 * `2nd`, `13th`.
 * @param {number} n
 */
export function ordinal(n) {
  const isTeen = Math.floor(n / 10) % 10 === 1;
  const ending = isTeen ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
  return `${n}${ending}`;
}
