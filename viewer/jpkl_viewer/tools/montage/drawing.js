// A picture of many frames on a canvas, with what is written on its cells.

import {context2d} from "../../browser/dom.js";
import {cellBox, nearestCell} from "./layout.js";

/** @typedef {import("./layout.js").Grid} Grid */

/**
 * What is drawn.
 * @typedef {object} Sheet
 * @property {OffscreenCanvas} image the frames, in colors
 * @property {Grid} grid where they are in it
 * @property {number} index where the slider is, along the dim
 * @property {(index: number) => string} label of an index
 * @property {boolean} isSmooth whether pixels that are enlarged blend
 */

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
  drawLabels(context, sheet, scale);
  return scale;
}

/**
 * Index or physical value on each cell that has room for it, and a frame around the current one.
 * @param {CanvasRenderingContext2D} context
 * @param {Sheet} sheet
 * @param {number} scale
 */
function drawLabels(context, {grid, index: at, label}, scale) {
  const damaged = new Set(grid.damaged.map(([number]) => number));
  const current = nearestCell(grid, at);
  Object.assign(context, {
    font: "600 11px system-ui, sans-serif",
    textBaseline: "top",
    fillStyle: "#fff",
    shadowColor: "#000",
    shadowBlur: 3,
  });
  grid.indices.forEach((index, number) => {
    const [x, y, width, height] = cellBox(grid, number).map((length) => length * scale);
    const text = label(index);
    if (context.measureText(text).width < width - 6) context.fillText(text, x + 4, y + 3);
    if (damaged.has(number)) drawDamaged(context, x, y, width, height);
    if (number !== current) return;
    context.save();
    Object.assign(context, {strokeStyle: "#ffd54a", lineWidth: 2, shadowBlur: 0});
    context.strokeRect(x + 1, y + 1, width - 2, height - 2);
    context.restore();
  });
}

/** @type {(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number) => void} */
function drawDamaged(context, x, y, width, height) {
  context.save();
  Object.assign(context, {
    textAlign: "center",
    textBaseline: "middle",
    shadowBlur: 0,
    fillStyle: "#e0483e",
    strokeStyle: "#e0483e",
  });
  context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
  context.fillText("damaged", x + width / 2, y + height / 2, width - 6);
  context.restore();
}
