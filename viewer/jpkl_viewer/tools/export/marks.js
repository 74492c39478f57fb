// Texts, scale bars and color bars, drawn into a picture as the screen has them; `annotate.py` and
// `colorbar.py` in Python.

import {format} from "../../browser/base/numbers.js";
import {SCALE_BAR} from "../../browser/base/limits.js";
import {INKS, barLength, sidesOf} from "../../browser/state/scale_bar.js";
import {roundHalfEven} from "../../local/rounding.js";
import {screenShare, screenUnit} from "./place.js";

/** @typedef {OffscreenCanvasRenderingContext2D} Context */
/** @typedef {import("../../browser/stage/overlays.js").ColorScale} ColorScale */
/** @typedef {import("../../browser/state/scale_bar.js").Ink} Ink */

/** What is below a plate shows through by the rest. */
const OPACITY = "66.7%";

/** Color of what marks a place. */
const MARK = "rgb(255 216 77)";

/** Least height of letters, in pixels. */
const LEAST_LETTERS = 10;

/**
 * The height of letters and the margin around plates, where a pixel of the screen has so many.
 * @param {number} unit
 */
export function letters(unit) {
  return {
    size: Math.max(LEAST_LETTERS, Math.round(12 * unit)),
    margin: Math.max(3, Math.round(6 * unit)),
  };
}

/**
 * A text that can be drawn: its size and place are in pixels.
 * @typedef {{text: string, size: number, width: number, height: number}} Label
 */

/**
 * A text at most so wide, where letters stay legible.
 * @param {Context} context
 * @param {string} text
 * @param {number} most
 * @param {number} wanted height of its letters
 * @returns {Label}
 */
export function label(context, text, most, wanted) {
  let size = wanted;
  const measure = () => {
    context.font = `600 ${size}px system-ui, "DejaVu Sans", sans-serif`;
    return context.measureText(text).width;
  };
  let width = measure();
  while (size > LEAST_LETTERS && width > most) {
    size--;
    width = measure();
  }
  const stroke = strokeOf(size);
  return {text, size, width: Math.ceil(width) + 2 * stroke, height: Math.ceil(1.4 * size) + 2 * stroke};
}

/** @param {number} size */
const strokeOf = (size) => Math.max(1, Math.floor(size / 12));

/**
 * Letters with an outline: by default white ones.
 * @param {Context} context
 * @param {Label} of
 * @param {number} x of its upper left corner
 * @param {number} y
 * @param {Ink} ink
 */
export function drawLabel(context, {text, size, height}, x, y, ink = INKS.white) {
  const stroke = strokeOf(size);
  Object.assign(context, {
    font: `600 ${size}px system-ui, "DejaVu Sans", sans-serif`,
    textBaseline: "middle",
    lineJoin: "round",
    lineWidth: 2 * stroke,
    strokeStyle: ink.around,
    fillStyle: ink.color,
  });
  context.strokeText(text, x + stroke, y + height / 2);
  context.fillText(text, x + stroke, y + height / 2);
}

/**
 * @param {Context} context
 * @param {number} left
 * @param {number} top
 * @param {number} right
 * @param {number} bottom
 * @param {Ink} ink
 */
function shade(context, left, top, right, bottom, ink = INKS.white) {
  context.fillStyle = `rgb(${ink.plate} / ${OPACITY})`;
  context.fillRect(left, top, right - left, bottom - top);
}

/**
 * The position, in the upper left corner.
 * @param {Context} context
 * @param {string} text
 * @returns {{right: number, bottom: number}} where it ends
 */
export function drawStamp(context, text) {
  if (!text) return {right: 0, bottom: 0};
  const {size, margin} = letters(screenUnit(context.canvas));
  const found = label(context, text, context.canvas.width - 4 * margin, size);
  const end = {right: 3 * margin + found.width, bottom: margin + found.height};
  shade(context, margin, margin, end.right, end.bottom);
  drawLabel(context, found, 2 * margin, margin);
  return end;
}

/**
 * A scale bar: its length in pixels of the picture, and what that stands for.
 * @typedef {{length: number, text: string}} Bar
 */

/**
 * A scale bar for a picture: 1, 2 or 5 times a power of ten.
 * @param {{width: number, height: number}} size of the picture
 * @param {number} perUnit pixels that one unit takes
 * @param {string} unit
 * @param {{typed?: number, wanted?: number | null}} lengths that go before, as far as they have room
 * @returns {Bar}
 */
export function barFor(size, perUnit, unit, lengths) {
  const room = Math.min(SCALE_BAR.longest * screenShare(size), size.width / SCALE_BAR.widths);
  const length = barLength(perUnit, size.width, room, lengths);
  return {length: Math.round(length * perUnit), text: `${format(length)} ${unit}`};
}

/** What a scale bar takes of a corner, up to the edges. @typedef {{width: number, height: number, corner: string}} Taken */

/** @type {Taken} */
const NOTHING = {width: 0, height: 0, corner: ""};

/**
 * A scale bar in a corner.
 * @param {Context} context
 * @param {Bar} bar
 * @param {{size: number, margin: number}} how letters and margins are
 * @param {{isUpright?: boolean, corner?: string, ink?: Ink, above?: number}} [style] whether it goes down, with its text at
 *   its left, and what is above it in an upper corner
 * @returns {Taken}
 */
export function drawBar(
  context,
  bar,
  {size, margin},
  {isUpright = false, corner = "bottom right", ink = INKS.white, above = 0} = {},
) {
  const {width, height} = context.canvas;
  const text = label(context, bar.text, width - 4 * margin, size);
  const [thick, stroke] = [Math.max(2, Math.round(size / 3)), strokeOf(size)];
  const along = bar.length + 2 * stroke;
  const across = thick + 2 * stroke;
  const box = isUpright
    ? {width: text.width + Math.floor(size / 3) + across, height: Math.max(text.height, along)}
    : {width: Math.max(text.width, along), height: text.height + across};
  const plate = {width: box.width + 3 * margin, height: box.height + margin + Math.floor(margin / 2)};
  const {isTop, isLeft} = sidesOf(corner);
  const left = isLeft ? margin : width - plate.width;
  const top = isTop ? above + margin : height - plate.height;
  // What is cut off would say something else.
  if (left + margin < 0 || left + plate.width - margin > width) return NOTHING;
  const [right, bottom] = [left + plate.width - margin, top + plate.height - margin];
  shade(context, Math.max(0, left), Math.max(0, top), right, bottom, ink);
  const x = left + margin;
  if (isUpright) {
    drawLabel(context, text, x, top + Math.floor((box.height - text.height) / 2), ink);
    fillBar(
      context,
      x + box.width - across,
      top + Math.floor((box.height - along) / 2),
      across,
      along,
      stroke,
      ink,
    );
  } else {
    drawLabel(context, text, x + Math.floor((box.width - text.width) / 2), top, ink);
    fillBar(context, x + Math.floor((box.width - along) / 2), top + text.height, along, across, stroke, ink);
  }
  return {width: plate.width, height: plate.height + above, corner};
}

/** @type {(context: Context, x: number, y: number, width: number, height: number, stroke: number, ink: Ink) => void} */
function fillBar(context, x, y, width, height, stroke, {color, around}) {
  context.fillStyle = around;
  context.fillRect(x, y, width, height);
  context.fillStyle = color;
  context.fillRect(x + stroke, y + stroke, width - 2 * stroke, height - 2 * stroke);
}

/**
 * A text on a dark plate, in a corner: by default the lower left one.
 * @param {Context} context
 * @param {string} text
 * @param {{isRight?: boolean, isTop?: boolean, unit?: number, taken?: Taken}} [options] `taken` is what a scale bar takes: a
 *   text that has no room beside it is above it, or below
 */
export function drawCaption(context, text, {isRight = false, isTop = false, unit, taken = NOTHING} = {}) {
  const {width, height} = context.canvas;
  const {size, margin} = letters(unit ?? screenUnit(context.canvas));
  const found = label(context, text, width - 4 * margin, size);
  const left = isRight ? width - 2 * margin - found.width : 2 * margin;
  const row = isTop ? "top" : "bottom";
  const [own, other] = isRight ? ["right", "left"] : ["left", "right"];
  const hasRoom = found.width + 3 * margin <= width - taken.width;
  const isTaken = taken.corner === `${row} ${own}` || (!hasRoom && taken.corner === `${row} ${other}`);
  const away = isTaken ? Math.max(margin, taken.height) : margin;
  const top = isTop ? away : height - found.height - away;
  shade(
    context,
    Math.max(0, left - margin),
    Math.max(0, top),
    left + found.width + margin,
    top + found.height,
  );
  drawLabel(context, found, left, top);
}

/**
 * A line of the crosshair, or of a curtain.
 * @param {Context} context
 * @param {number} at
 * @param {"x" | "y"} axis where it is along: x for an upright one
 * @param {number} opacity
 */
export function markLine(context, at, axis, opacity = 1) {
  const {width, height} = context.canvas;
  const thick = Math.max(1, Math.round(screenUnit(context.canvas)));
  const size = axis === "x" ? width : height;
  const first = Math.min(Math.max(0, roundHalfEven(at - thick / 2)), Math.max(0, size - thick));
  context.save();
  Object.assign(context, {fillStyle: MARK, globalAlpha: opacity});
  if (axis === "x") context.fillRect(first, 0, thick, height);
  else context.fillRect(0, first, width, thick);
  context.restore();
}

/** @param {number} color little-endian RGBA */
const cssColor = (color) => `rgb(${color & 255} ${(color >> 8) & 255} ${(color >> 16) & 255})`;

/**
 * A bar for each channel in the upper right corner, with the limits at its left; where these would take too much of the
 * picture, the names of the channels in their colors.
 * @param {Context} context
 * @param {ColorScale[]} scales
 * @param {{right: number, bottom: number}} taken of the upper left corner
 * @param {number} above what is above them in the upper right one
 */
export function drawColorbar(context, scales, taken, above = 0) {
  if (!scales.length) return;
  const {width, height} = context.canvas;
  const unit = screenUnit(context.canvas);
  const {size, margin} = letters(unit);
  const bars = scales.map((scale) => layOutBar(context, scale, height, unit));
  const across = bars.reduce((sum, bar) => sum + bar.width + margin, -margin);
  if (scales.length > 1 && across > 0.6 * width) return drawLegend(context, scales, taken, above);
  const left = width - across - 2 * margin;
  const top = margin + Math.max(above, left - margin < taken.right ? taken.bottom : 0);
  const deepest = Math.max(...bars.map((bar) => bar.height));
  const half = Math.floor(margin / 2);
  shade(context, Math.max(0, left - margin), Math.max(0, top - half), width - margin, top + deepest + half);
  let x = left;
  for (const bar of bars) {
    bar.draw(x, top);
    x += bar.width + margin;
  }
  context.font = `${size}px sans-serif`;
}

/**
 * @param {Context} context
 * @param {ColorScale} scale
 * @param {number} height of the picture
 * @param {number} unit
 */
function layOutBar(context, {name, palette, limits, middle = ""}, height, unit) {
  const {size, margin} = letters(unit);
  const [title, low, high, half] = [name, ...limits, middle].map((text) =>
    label(context, text, 20 * size, size),
  );
  const top = name ? low.height : 0;
  const length = Math.max(2 * low.height, Math.round(Math.min(128 * unit, 0.5 * height - top)));
  const strip = Math.max(4, Math.round(10 * unit));
  const width = Math.max(name ? title.width : 0, Math.max(low.width, high.width) + margin + strip);
  return {
    width,
    height: top + length,
    draw(/** @type {number} */ x, /** @type {number} */ y) {
      const at = x + width - strip;
      if (name) drawLabel(context, title, x + width - title.width, y);
      drawLabel(context, high, at - margin - high.width, y + top);
      drawLabel(context, low, at - margin - low.width, y + top + length - low.height);
      if (middle)
        drawLabel(context, half, at - margin - half.width, y + top + Math.floor((length - low.height) / 2));
      context.fillStyle = "#fff";
      context.fillRect(at, y + top, strip, length);
      for (let row = 1; row < length - 1; row++) {
        context.fillStyle = cssColor(palette[Math.round(255 - (255 * (row - 1)) / Math.max(1, length - 3))]);
        context.fillRect(at + 1, y + top + row, strip - 2, 1);
      }
    },
  };
}

/** @param {Context} context @param {ColorScale[]} scales @param {{right: number, bottom: number}} taken @param {number} above */
function drawLegend(context, scales, taken, above) {
  const {width} = context.canvas;
  const {size, margin} = letters(screenUnit(context.canvas));
  const names = scales.map(({name}) =>
    label(context, name, Math.max(size, 0.6 * width - size - margin), size),
  );
  const line = names[0].height;
  const across = size + margin + Math.max(...names.map((name) => name.width));
  const left = width - across - 2 * margin;
  const top = margin + Math.max(above, left - margin < taken.right ? taken.bottom : 0);
  shade(context, Math.max(0, left - margin), top, width - margin, top + line * names.length);
  names.forEach((name, i) => {
    context.fillStyle = cssColor(scales[i].palette[255]);
    context.fillRect(left, top + i * line + Math.floor((line - size) / 2), size, size);
    drawLabel(context, name, left + size + margin, top + i * line);
  });
}
