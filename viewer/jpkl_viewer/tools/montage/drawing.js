// A picture of many frames on a canvas, with what is written on its cells.

import {context2d} from "../../browser/base/dom.js";
import {cellBox} from "./layout.js";
import {extentOf, isNamed, tileAt, tileBox} from "./tiles.js";

/** @typedef {import("./layout.js").Grid} Grid */
/** @typedef {import("./tiles.js").Tiles} Tiles */

/**
 * What is drawn.
 * @typedef {object} Sheet
 * @property {OffscreenCanvas} image the frames, in colors
 * @property {Grid} grid which frames there are
 * @property {Tiles} tiles where they are in the picture
 * @property {string[]} labels of the frames, where there are several
 * @property {string[]} names of what the tiles of a frame show
 * @property {boolean} isSmooth whether pixels that are enlarged blend
 */

/** Height of the letters, and their distance to the edges of a tile, in pixels of the screen. */
const LETTERS = 11;
const INSET = {x: 4, y: 3};

/**
 * Take the channels of frames apart: a picture in which each frame is several tiles.
 * @param {OffscreenCanvas[]} panels the same grid of frames in the colors of each tile
 * @param {Grid} grid
 * @param {Tiles} tiles
 */
export function splitSheets(panels, grid, tiles) {
  const {cell, gap, indices} = grid;
  const [across, down] = extentOf(tiles, indices.length);
  const sheet = new OffscreenCanvas(across * (cell[0] + gap) - gap, down * (cell[1] + gap) - gap);
  const context = sheet.getContext("2d");
  panels.forEach((image, panel) =>
    indices.forEach((_, number) => {
      const to = tileBox(tileAt(tiles, number, panel), cell, gap);
      context?.drawImage(image, ...cellBox(grid, number), ...to);
    }),
  );
  return sheet;
}

/**
 * Draw a picture as large as the room allows.
 * @param {HTMLCanvasElement} canvas
 * @param {Sheet} sheet
 * @param {[width: number, height: number]} room in pixels of the screen
 * @returns {number} pixels of the screen per pixel of the picture
 */
export function drawSheet(canvas, sheet, room) {
  const {image, isSmooth} = sheet;
  const ratio = window.devicePixelRatio;
  const scale = Math.min(room[0] / image.width, room[1] / image.height);
  const size = [image.width, image.height].map((length) => Math.max(1, Math.round(length * scale * ratio)));
  Object.assign(canvas, {width: size[0], height: size[1]});
  Object.assign(canvas.style, {width: `${size[0] / ratio}px`, height: `${size[1] / ratio}px`});
  const context = context2d(canvas);
  context.imageSmoothingEnabled = isSmooth || scale * ratio < 1;
  context.drawImage(image, 0, 0, size[0], size[1]);
  context.scale(ratio, ratio);
  Object.assign(context, {
    font: `600 ${LETTERS}px ${getComputedStyle(canvas).fontFamily || "sans-serif"}`,
    textBaseline: "top",
    fillStyle: "#fff",
    strokeStyle: "#000b",
    lineWidth: 3,
    lineJoin: "round",
  });
  drawTiles(context, sheet, scale);
  return scale;
}

/**
 * Index or physical value, and the name of the channel, on each tile that has room for it.
 * @param {CanvasRenderingContext2D} context
 * @param {Sheet} sheet
 * @param {number} scale
 */
function drawTiles(context, {grid, tiles, labels, names}, scale) {
  const damaged = new Set(grid.damaged.map(([number]) => number));
  grid.indices.forEach((_, number) => {
    for (let panel = 0; panel < tiles.panels; panel++) {
      const box = tileBox(tileAt(tiles, number, panel), grid.cell, grid.gap).map((length) => length * scale);
      const [x, y, width, height] = box;
      const write = (/** @type {string} */ text, /** @type {number} */ top) => {
        if (context.measureText(text).width >= width - 6) return;
        context.strokeText(text, x + INSET.x, top);
        context.fillText(text, x + INSET.x, top);
      };
      if (panel === 0 && labels.length) write(labels[number], y + INSET.y);
      if (isNamed(tiles, number) && names.length) write(names[panel], y + height - LETTERS - INSET.y);
      if (damaged.has(number)) drawDamaged(context, x, y, width, height);
    }
  });
}

/** @type {(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number) => void} */
function drawDamaged(context, x, y, width, height) {
  context.save();
  Object.assign(context, {
    textAlign: "center",
    textBaseline: "middle",
    fillStyle: "#e0483e",
    strokeStyle: "#e0483e",
    lineWidth: 1,
  });
  context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
  context.fillText("damaged", x + width / 2, y + height / 2, width - 6);
  context.restore();
}
