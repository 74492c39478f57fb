// What is answered on filmstrips and montages without Python: pixel values of many frames in one picture.

import {GAP, makeCells, readSheet, sheetSize} from "./grid.js";

/** Most bytes of all pictures of an answer. */
const MOST_BYTES = 2 ** 28;

/** @type {Record<string, import("../../local/types.js").Answer>} */
export const MONTAGE_ANSWERS = {
  async *montage({stack, frames}, {positions, dim, ...arrangement}, task) {
    if (!positions.length) return;
    const grids = positions.map((/** @type {number[]} */ at) => makeCells(stack, at, dim, arrangement));
    const {width, height} = sheetSize(grids[0]);
    if (width * height * (stack.color ? 3 : 1) * grids.length > MOST_BYTES)
      throw new Error(`pictures of ${width} x ${height} pixels are larger than any screen`);
    const pictures = [];
    const damaged = new Map();
    for (const grid of grids) {
      const sheet = await readSheet(frames, grid, task);
      pictures.push(sheet.pixels);
      sheet.damaged.forEach((reason, number) => damaged.set(number, reason));
    }
    const [{run, columns, cellWidth, cellHeight}] = grids;
    yield {
      pictures,
      indices: run.indices,
      columns,
      cell: [cellWidth, cellHeight],
      gap: GAP,
      damaged: [...damaged].sort(([a], [b]) => a - b),
    };
  },
};
