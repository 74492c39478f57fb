// Filmstrips and montages without Python: many frames in one picture; `montage.py` arranges them in the same way.

import {fittingScale, makeRun, runKey} from "../../local/frames.js";
import {resizeBox} from "../../local/resize.js";
import {roundHalfEven} from "../../local/rounding.js";

/** @typedef {import("../../browser/state/stack.js").Stack} Stack */
/** @typedef {import("../../local/frames.js").Frames} Frames */
/** @typedef {import("../../local/types.js").Pixels} Pixels */

/** Pixels between cells. */
export const GAP = 2;

/**
 * Where the frames of a run are: row by row, from the top left.
 * @typedef {object} Cells
 * @property {import("../../local/frames.js").Run} run
 * @property {number} columns
 * @property {number} rows
 * @property {number} cellWidth
 * @property {number} cellHeight
 * @property {number} scale at which frames are decoded
 */

/**
 * Height and width of part of a frame whose pixels have the shape that they have in the specimen.
 * @param {number} aspect
 * @param {number} height
 * @param {number} width
 * @returns {[height: number, width: number]}
 */
export function trueShape(aspect, height, width) {
  return [
    Math.max(1, roundHalfEven(height * Math.max(1, aspect))),
    Math.max(1, roundHalfEven(width * Math.max(1, 1 / aspect))),
  ];
}

/**
 * Lay out the frames along a dim.
 * @param {Stack} stack
 * @param {number[]} position
 * @param {number} dim
 * @param {{every?: number, cell: number, columns: number, alone?: boolean}} arrangement longer side of a cell at most,
 *   in pixels, and whether it has the frame at the position alone
 * @returns {Cells}
 */
export function makeCells(stack, position, dim, {every = 1, cell, columns, alone = false}) {
  if (!(cell >= 1 && columns >= 1 && every >= 1)) throw new Error("cells, columns and steps are at least 1");
  const at = position[dim];
  const run = makeRun(stack, position, dim, alone ? {start: at, stop: at + 1} : {step: every});
  const n = run.indices.length;
  const scale = fittingScale(Math.max(stack.height, stack.width), cell);
  const [height, width] = trueShape(stack.aspect, ...sides(stack, scale));
  const reduction = Math.max(1, Math.max(height, width) / cell);
  const across = Math.min(columns, n);
  return {
    run,
    columns: across,
    rows: Math.ceil(n / across),
    cellWidth: Math.max(1, roundHalfEven(width / reduction)),
    cellHeight: Math.max(1, roundHalfEven(height / reduction)),
    scale,
  };
}

/** @param {Stack} stack @param {number} scale @returns {[height: number, width: number]} */
function sides({height, width}, scale) {
  return [Math.ceil(height / scale), Math.ceil(width / scale)];
}

/**
 * Height and width of the whole picture.
 * @param {Cells} cells
 */
export function sheetSize({rows, columns, cellHeight, cellWidth}) {
  return {height: rows * (cellHeight + GAP) - GAP, width: columns * (cellWidth + GAP) - GAP};
}

/**
 * The top left pixel of a frame.
 * @param {Cells} cells
 * @param {number} number
 */
export function corner({columns, cellWidth, cellHeight}, number) {
  return {x: (number % columns) * (cellWidth + GAP), y: Math.floor(number / columns) * (cellHeight + GAP)};
}

/**
 * What is made of a grid: pixel values, 0 between the cells, and why frames are missing.
 * @typedef {{pixels: Pixels, damaged: Map<number, string>}} Sheet
 */

/**
 * The picture of a grid, computed if it is not kept.
 * @param {Frames} frames
 * @param {Cells} cells
 * @param {import("../../local/task.js").Task} task
 * @returns {Promise<Sheet>}
 */
export function readSheet(frames, cells, task) {
  const {run, cellWidth, cellHeight, columns, scale} = cells;
  const make = async () => {
    const samples = frames.stack.color ? 3 : 1;
    const {width, height} = sheetSize(cells);
    const data = new Uint8Array(width * height * samples);
    /** @type {Map<number, string>} */
    const damaged = new Map();
    const put = (/** @type {number} */ i, /** @type {Pixels} */ pixels) =>
      paste(data, width, resizeBox(pixels, cellWidth, cellHeight), corner(cells, i));
    await frames.each(run, task, put, {scale, damaged});
    return {pixels: /** @type {Pixels} */ ({data, width, height, samples}), damaged};
  };
  const key = `montage ${[runKey(run), run.indices[1] ?? 0, columns, cellWidth, cellHeight]}`;
  return frames.product(
    key,
    make,
    ({pixels, damaged}) => (damaged.size ? null : pixels.data.length), // what is missing may come back
  );
}

/**
 * @param {Uint8Array} sheet
 * @param {number} sheetWidth
 * @param {Pixels} picture
 * @param {{x: number, y: number}} at
 */
function paste(sheet, sheetWidth, {data, width, height, samples}, {x, y}) {
  for (let row = 0; row < height; row++) {
    const from = row * width * samples;
    sheet.set(data.subarray(from, from + width * samples), samples * ((y + row) * sheetWidth + x));
  }
}
