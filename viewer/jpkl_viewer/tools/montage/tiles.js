// Where the channels of a montage are when they are split: each frame is several tiles, one per channel and the
// merge. Nothing here touches the page; `tiles.py` does the same in Python.

/** @typedef {import("./layout.js").Box} Box */

/** Below each other, beside each other, or not at all. @type {Tiles["split"][]} */
export const SPLITS = ["", "rows", "columns"];

/** What the tile of all channels together is called. */
export const MERGE = "Merge";

/**
 * @typedef {object} Tiles
 * @property {"" | "rows" | "columns" | "wrap"} split how the tiles of a frame are placed; "wrap" is row by row, for
 *   one frame alone
 * @property {number} panels tiles of each frame
 * @property {number} columns frames beside each other; where they wrap, tiles
 */

/**
 * So many tiles has each frame: those of its layers, and all of them together.
 * @param {number} layers
 * @param {boolean} isSplit
 */
export function panelsOf(layers, isSplit) {
  return isSplit && layers > 1 ? layers + 1 : 1;
}

/**
 * Tiles across and down that one frame takes.
 * @param {Tiles} tiles
 * @returns {[across: number, down: number]}
 */
export function blockOf({split, panels, columns}) {
  if (split === "wrap") return [Math.min(columns, panels), Math.ceil(panels / columns)];
  return [split === "columns" ? panels : 1, split === "rows" ? panels : 1];
}

/**
 * Tiles across and down of all frames.
 * @param {Tiles} tiles
 * @param {number} n
 * @returns {[across: number, down: number]}
 */
export function extentOf(tiles, n) {
  const [across, down] = blockOf(tiles);
  if (tiles.split === "wrap") return [across, down];
  return [across * Math.min(n, tiles.columns), down * Math.ceil(n / tiles.columns)];
}

/**
 * Column and row of a tile.
 * @param {Tiles} tiles
 * @param {number} number of the frame
 * @param {number} panel
 * @returns {[column: number, row: number]}
 */
export function tileAt(tiles, number, panel) {
  const {split, columns} = tiles;
  if (split === "wrap") return [panel % columns, Math.floor(panel / columns)];
  const [across, down] = blockOf(tiles);
  const [column, row] = [number % columns, Math.floor(number / columns)];
  return [column * across + (split === "columns" ? panel : 0), row * down + (split === "rows" ? panel : 0)];
}

/**
 * Number of the frame whose tile is in a column and row; there may be none of that number.
 * @param {Tiles} tiles
 * @param {number} column
 * @param {number} row
 */
export function frameAt(tiles, column, row) {
  if (tiles.split === "wrap") return 0;
  const [across, down] = blockOf(tiles);
  return Math.floor(row / down) * tiles.columns + Math.floor(column / across);
}

/**
 * Whether a tile says which channel it is: the first of a row, or of a column.
 * @param {Tiles} tiles
 * @param {number} number
 */
export function isNamed({split, panels, columns}, number) {
  if (panels === 1) return false;
  return split === "wrap" || (split === "rows" ? number % columns === 0 : number < columns);
}

/**
 * The part of the picture that a tile fills.
 * @param {[column: number, row: number]} place
 * @param {readonly number[]} cell width and height
 * @param {number} gap
 * @returns {Box}
 */
export function tileBox([column, row], [width, height], gap) {
  return [column * (width + gap), row * (height + gap), width, height];
}

/**
 * The part of the picture that all tiles of a frame fill.
 * @param {Tiles} tiles
 * @param {number} number
 * @param {readonly number[]} cell width and height
 * @param {number} gap
 * @returns {Box}
 */
export function blockBox(tiles, number, [width, height], gap) {
  const [across, down] = blockOf(tiles);
  const [x, y] = tileBox(tileAt(tiles, number, 0), [width, height], gap);
  return [x, y, across * (width + gap) - gap, down * (height + gap) - gap];
}
