// A frame as it is seen, as a finished picture, where no Python makes it; `stills.py`.

import {autoLimits} from "../../browser/pixels/auto_limits.js";
import {compose, fromRgb} from "../../browser/state/colors.js";
import {toCanvas} from "../../browser/pixels/planes.js";
import {layersAt, lookOf, lutOf, paletteOf, isComposite} from "../../browser/state/resolve.js";
import {crop, resizeBox, resizeNearest} from "../../local/resize.js";
import {axesUnitOf, drawAxes} from "./axes.js";
import {labelsAt} from "../labels/local.js";
import {paintLabels} from "../labels/painting.js";
import {readSettings as readLabels} from "../labels/settings.js";
import {project} from "../projection/project.js";
import {INKS, inkName, isBright} from "../../browser/state/scale_bar.js";
import {barFor, drawBar, drawColorbar, drawStamp, letters} from "./marks.js";
import {drawRegions} from "./outlines.js";
import {placeOf, scalesOf, screenUnit, turnedSize} from "./place.js";
import {axesRoom} from "./request.js";

/** @typedef {import("../../browser/types.js").State} State */
/** @typedef {import("../../local/types.js").LocalStack} LocalStack */
/** @typedef {import("../../local/types.js").Pixels} Pixels */
/** @typedef {import("../../local/task.js").Task} Task */
/** @typedef {import("./place.js").Place} Place */
/** @typedef {OffscreenCanvasRenderingContext2D} Context */

/**
 * How a picture is exported, as `ExportRequest` has it; what is not said is as the view shows it.
 * @typedef {Partial<Pick<import("./request.js").ExportRequest, "region" | "zoom" | "scale_bar" | "bar_length" | "stamp" |
 *   "colorbar" | "axes" | "regions" | "labels" | "layout" | "crosshair" | "turned" | "arrangement">>} StillOptions
 */

/** What is around pictures. */
const STAGE = "rgb(23 23 23)";

/** Cosine and sine of quarters of a turn, as whole numbers: pixels stay pixels. */
const QUARTERS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
];

/**
 * A channel of a picture, the pixels of its part, and how they are colored.
 * @typedef {{channel: number, position: number[], pixels: Pixels, state: State}} ReadLayer
 */

/**
 * A canvas that is drawn on.
 * @param {number} width
 * @param {number} height
 * @returns {Context}
 */
export function makeCanvas(width, height) {
  const context = new OffscreenCanvas(width, height).getContext("2d", {willReadFrequently: true});
  if (context === null) throw new Error("the browser has no memory left for a picture of that size");
  return context;
}

/**
 * An empty picture.
 * @param {{width: number, height: number}} size
 * @returns {Context}
 */
export function stage({width, height}) {
  const context = makeCanvas(width, height);
  context.fillStyle = STAGE;
  context.fillRect(0, 0, width, height);
  return context;
}

/**
 * Colors of a size as a picture of another: pixels are repeated, blended, or averaged.
 * @param {Uint32Array<ArrayBuffer>} colors
 * @param {{width: number, height: number}} from
 * @param {{width: number, height: number}} to
 * @param {boolean} isSmooth whether pixels that are enlarged blend
 * @returns {Context}
 */
export function pictureOf(colors, from, to, isSmooth) {
  const pixels = {data: new Uint8Array(colors.buffer), ...from, samples: 4};
  const isEnlarged = to.width >= from.width && to.height >= from.height;
  if (isEnlarged && isSmooth) return blended(colors, from, to);
  const {data} = (isEnlarged ? resizeNearest : resizeBox)(pixels, to.width, to.height);
  const context = makeCanvas(to.width, to.height);
  context.putImageData(new ImageData(new Uint8ClampedArray(data.buffer), to.width, to.height), 0, 0);
  return context;
}

/**
 * @param {Uint32Array<ArrayBuffer>} colors
 * @param {{width: number, height: number}} from
 * @param {{width: number, height: number}} to
 */
function blended(colors, from, to) {
  const context = makeCanvas(to.width, to.height);
  context.imageSmoothingQuality = "low"; // is bilinear
  context.drawImage(toCanvas(colors, from.width, from.height), 0, 0, to.width, to.height);
  return context;
}

/**
 * The colors of layers.
 * @param {{pixels: Pixels, channel: number, state: State}[]} layers
 * @param {LocalStack} local
 * @param {number} n number of pixels
 */
export function colorsOf(layers, local, n) {
  return compose(paintedOf(layers, local), n, local.stack.color);
}

/**
 * Layers as they are painted.
 * @param {{pixels: Pixels, channel: number, state: State}[]} layers
 * @param {LocalStack} local
 */
export function paintedOf(layers, {stack, colormaps}) {
  return layers.map(({pixels, channel, state}) => ({
    plane: stack.color ? fromRgb(pixels.data) : pixels.data,
    lut: lutOf(lookOf(channel, state, stack, colormaps)),
  }));
}

/** Makes the pictures of one view. */
export class StillRenderer {
  /**
   * @param {LocalStack} local
   * @param {StillOptions} options
   * @param {State} state
   * @param {Place} [place] where that is not what the options say; where it reaches out of the frame, only what needs no
   *   pixels is of use
   */
  constructor(local, options, state, place) {
    this.local = local;
    this.options = options;
    this.state = state;
    this.place = place ?? placeOf(local.stack, options, options.turned === false ? null : state);
  }

  /** @param {"scale_bar" | "stamp" | "colorbar" | "axes"} name */
  shows(name) {
    return this.options[name] ?? this.state[name];
  }

  /** What is seen of the frame. @returns {{width: number, height: number}} */
  get frameSize() {
    return {width: this.place.width, height: this.place.height};
  }

  /** Room that axes take at the left of it, and below. @returns {{width: number, height: number}} */
  get margins() {
    return this.shows("axes") ? axesRoom(this.place) : {width: 0, height: 0};
  }

  /** @returns {{width: number, height: number}} */
  get size() {
    const {frameSize, margins} = this;
    return {width: margins.width + frameSize.width, height: frameSize.height + margins.height};
  }

  /**
   * The layers of a state, as far as they are exported.
   * @param {State} state
   * @param {Task} task
   * @returns {Promise<ReadLayer[]>}
   */
  async layers(state, task) {
    const {stack, frames} = this.local;
    const projection = stack.projectionOf(state);
    const {left: x, top: y, columns: width, rows: height} = this.place;
    /** @type {ReadLayer[]} */
    const read = [];
    for (const {channel, position} of layersAt(state.position, state, stack)) {
      const pixels = projection
        ? await project(frames, position, projection, task)
        : await frames.pixels(stack.number(position), task.signal);
      const own = state.per_frame ? fitted(state, channel, pixels) : state;
      read.push({channel, position, pixels: crop(pixels, {x, y, width, height}), state: own});
    }
    return read;
  }

  /**
   * @param {State} state
   * @param {Task} task
   */
  async picture(state, task) {
    return this.framed(await this.frame(state, task));
  }

  /**
   * Add the axes, where they are drawn, to what `frame` has painted.
   * @param {Context} frame
   * @returns {Context}
   */
  framed(frame) {
    if (!this.shows("axes")) return frame;
    const {stack} = this.local;
    const out = stage(this.size);
    out.drawImage(frame.canvas, this.margins.width, 0);
    const {place} = this;
    // Under a curtain there may be more than the frame.
    const width = Math.max(stack.width, place.left + place.columns);
    const height = Math.max(stack.height, place.top + place.rows);
    drawAxes(out, place, {width, height}, axesUnitOf(this.state, stack));
    return out;
  }

  /**
   * What is seen of the frame, with what lies over it.
   * @param {State} state
   * @param {Task} task
   * @returns {Promise<Context>}
   */
  async frame(state, task) {
    const layers = await this.layers(state, task);
    const {columns, rows} = this.place;
    const colors = colorsOf(layers, this.local, columns * rows);
    return this.finish(colors, state, layers, await this.#labels(state, task));
  }

  /**
   * Colors of the labels that are shown, as far as they are exported; null without.
   * @param {State} state
   * @param {Task} task
   */
  async #labels(state, task) {
    const {stack} = this.local;
    if (this.options.labels === false || stack.projectionOf(state) || !stack.labels.length) return null;
    const names = stack.labels.map(({name}) => name);
    const look = readLabels(state.tools.labels, names, []);
    const {left: x, top: y, columns: width, rows: height} = this.place;
    const colors = new Uint32Array(width * height);
    for (const name of names) {
      if (look.hidden.includes(name)) continue;
      const runs = await labelsAt(this.local, name, state.position, task.signal);
      const value = look.selected?.name === name ? look.selected.value : null;
      const selected = runs.values.find((each) => String(each) === value) ?? null;
      paintLabels(colors, runs, {crop: {x, y, width, height}, width, height, key: ""}, {...look, selected});
    }
    return colors;
  }

  /**
   * Colors in the size of the picture and turned as in it, with what lies over it.
   * @param {Uint32Array<ArrayBuffer>} colors of the part of the frame
   * @param {State} state
   * @param {ReadLayer[]} layers what the colors stand for
   * @param {Uint32Array<ArrayBuffer> | null} [labels] colors of labels over them
   * @param {import("../../browser/stage/overlays.js").ColorScale | null} [scale] what the colors stand for, where it is of no layer;
   *   it is drawn unless no color bar is wanted
   */
  finish(colors, state, layers, labels = null, scale = null) {
    return this.mark(this.enlarge(colors, state, labels), state, layers, scale);
  }

  /**
   * Colors in the size of the picture, with labels over them, and turned as it is.
   * @param {Uint32Array<ArrayBuffer>} colors
   * @param {State} state
   * @param {Uint32Array<ArrayBuffer> | null} [labels]
   */
  enlarge(colors, state, labels = null) {
    const {place} = this;
    const size = turnedSize(place, place.turn);
    const context = turned(
      pictureOf(colors, {width: place.columns, height: place.rows}, size, state.smooth),
      place,
    );
    if (labels) {
      const painted = pictureOf(labels, {width: place.columns, height: place.rows}, size, false);
      context.drawImage(turned(painted, place).canvas, 0, 0);
    }
    return context;
  }

  /**
   * Draw what lies over a picture: regions, and what is in its corners.
   * @param {Context} context
   * @param {State} state
   * @param {ReadLayer[]} layers
   * @param {import("../../browser/stage/overlays.js").ColorScale | null} [scale]
   */
  mark(context, state, layers, scale = null) {
    const {place, options} = this;
    if (options.regions !== false) drawRegions(context, state.tools.rois, place, state.names);
    const stamp = this.shows("stamp") ? this.#stamp(state) : "";
    const taken = drawStamp(context, stamp);
    const bar = this.shows("scale_bar") ? this.drawBar(context, layers, taken.bottom, scale !== null) : null;
    const above = bar?.corner === "top right" ? bar.height : 0;
    if (this.shows("colorbar") || (scale && options.colorbar === undefined))
      drawColorbar(context, scale ? [scale] : this.#scales(layers), taken, above);
    return context;
  }

  /**
   * @param {Context} context
   * @param {ReadLayer[]} layers that are below it
   * @param {number} below where what is in the upper left corner ends
   * @param {boolean} isOnBright whether it is over what is bright anyhow
   */
  drawBar(context, layers, below = 0, isOnBright = false) {
    const corner = this.state.scale_bar_corner;
    const above = corner === "top left" ? below : 0;
    const ink = this.ink(layers, isOnBright);
    return drawBar(context, this.bar, letters(screenUnit(this.place)), {corner, ink, above});
  }

  /**
   * The ink of scale bars.
   * @param {{channel: number}[]} layers that are below them
   * @param {boolean} isOnBright
   */
  ink(layers, isOnBright = false) {
    const {stack, colormaps} = this.local;
    const lowest = stack.color
      ? []
      : layers.map(({channel}) => paletteOf(lookOf(channel, this.state, stack, colormaps))[0]);
    return INKS[inkName(this.state.scale_bar_color, isOnBright || isBright(lowest))];
  }

  /** Its scale bar, for pixels along the width of the picture, whichever these are in the frame. */
  get bar() {
    const {stack} = this.local;
    const axis = this.place.turn.turns % 2; // of the frame, which the bar lies along
    const perUnit = scalesOf(this.place)[axis] / (stack.pixelSize?.[1 - axis] ?? 1);
    const unit = stack.pixelSize ? stack.pixelUnit || "units" : "px";
    const lengths = {typed: this.state.scale_bar_length, wanted: this.options.bar_length};
    return barFor(this.place, perUnit, unit, lengths);
  }

  /** @param {State} state */
  #stamp(state) {
    const {stack} = this.local;
    return stack.describe(state.position, !isComposite(state, stack), stack.projectionOf(state));
  }

  /**
   * What the colors stand for; those of an RGB picture stand for nothing.
   * @param {ReadLayer[]} layers
   * @returns {import("../../browser/stage/overlays.js").ColorScale[]}
   */
  #scales(layers) {
    const {stack, colormaps} = this.local;
    if (stack.color) return [];
    return layers.map(({channel, position, state}) => {
      const scale = stack.scale(position, stack.projectionOf(state));
      const write = (/** @type {number} */ limit) => scale?.format(limit) ?? String(Math.round(limit));
      const [low, high] = state.channels[channel].limits;
      return {
        name: isComposite(state, stack) ? stack.channels[channel].name : "",
        palette: paletteOf(lookOf(channel, state, stack, colormaps)),
        limits: [write(low), write(high)],
      };
    });
  }
}

/**
 * The state with limits that fit a channel's own frame.
 * @param {State} state
 * @param {number} channel
 * @param {Pixels} pixels
 * @returns {State}
 */
function fitted(state, channel, {data}) {
  const counts = new Uint32Array(256);
  for (const value of data) counts[value]++;
  const limits = autoLimits(counts);
  return {...state, channels: state.channels.map((of, i) => (i === channel ? {...of, limits} : of))};
}

/**
 * Mirrored first, then rotated clockwise.
 * @param {Context} context
 * @param {Place} place
 * @returns {Context}
 */
function turned(context, {width, height, turn: {turns, isFlipped}}) {
  if (!turns && !isFlipped) return context;
  const out = makeCanvas(width, height);
  out.imageSmoothingEnabled = false;
  const [cos, sin] = QUARTERS[turns];
  const mirror = isFlipped ? -1 : 1;
  out.setTransform(cos * mirror, sin * mirror, -sin, cos, width / 2, height / 2);
  out.drawImage(context.canvas, -context.canvas.width / 2, -context.canvas.height / 2);
  return out;
}
