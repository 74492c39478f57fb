// Orthogonal views as a picture; `ortho.py` in Python.

import {format, niceLength, physical} from "../../browser/base/numbers.js";
import {layersAt} from "../../browser/state/resolve.js";
import {planeName, slabOf, spacingOf, stepOf} from "../ortho/layout.js";
import {againstX, againstY, readVolume} from "../ortho/local.js";
import {drawBar, drawCaption, drawLabel, label, letters, markLine} from "./marks.js";
import {gapFor, takenBy} from "./panes.js";
import {pointAt, scalesOf, screenUnit} from "./place.js";
import {colorsOf, pictureOf, stage} from "./still.js";

/** @typedef {import("../../browser/types.js").State} State */
/** @typedef {import("../../local/types.js").Pixels} Pixels */
/** @typedef {import("../../local/task.js").Task} Task */
/** @typedef {import("./still.js").StillRenderer} StillRenderer */
/** @typedef {import("./panes.js").Context} Context */
/** @typedef {import("./panes.js").Size} Size */
/** @typedef {import("./panes.js").Renderer} Renderer */

/** How opaque the crosshair is. */
const OPACITY = 0.8;

/** Least thickness of orthogonal views, as a share of the frame, along a dim whose scale is not known. */
const THINNEST = 1 / 8;

/** The frame, and a dim against x below it and against y beside it. @implements {Renderer} */
export class OrthoRenderer {
  /**
   * @param {StillRenderer} still
   * @param {import("../ortho/layout.js").OrthoSettings} cross
   */
  constructor(still, cross) {
    this.still = still;
    this.cross = cross;
    this.gap = gapFor(still.frameSize);
    this.thick = this.#thickness();
    const {width, height} = still.size;
    this.size = {width: width + this.gap + this.thick.width, height: height + this.gap + this.thick.height};
  }

  /**
   * Width of the view against y and height of that against x: true to scale where that is known.
   * @returns {Size}
   */
  #thickness() {
    const {local, place} = this.still;
    const n = local.stack.sizes[this.cross.dim];
    const spacing = spacingOf(local.stack.dims[this.cross.dim], local.stack);
    const {pixelSize} = local.stack;
    if (spacing === null || !pixelSize)
      return {
        width: Math.max(n, Math.round(THINNEST * place.width)),
        height: Math.max(n, Math.round(THINNEST * place.height)),
      };
    const [perColumn, perRow] = scalesOf(place);
    return {
      width: Math.max(1, Math.round(n * spacing * perColumn)),
      height: Math.max(1, Math.round(n * spacing * (pixelSize[1] / pixelSize[0]) * perRow)),
    };
  }

  /** @param {State} state @param {Task} task */
  async picture(state, task) {
    const frame = await this.still.frame(state, task);
    const [below, beside] = await this.#views(state, task);
    const {stack} = this.still.local;
    const {options} = this.still;
    if (options.crosshair !== false) this.#mark(state, frame, below, beside);
    this.#label(state, frame, below, beside);
    const out = stage(this.size);
    const {width, height} = this.still.size;
    out.drawImage(this.still.framed(frame).canvas, 0, 0);
    out.drawImage(below.canvas, this.still.margins.width, height + this.gap);
    out.drawImage(beside.canvas, width + this.gap, 0);
    if (options.crosshair !== false) {
      const {dim, x, y} = this.cross;
      const index = state.position[dim];
      const {name} = stack.dims[dim];
      this.#sayPlace(out, [`x ${x}`, `y ${y}`, `${name} ${physical(stack.dims[dim], index) || index}`]);
    }
    return out;
  }

  /** @param {State} state @param {Task} task @returns {Promise<[below: Context, beside: Context]>} */
  async #views(state, task) {
    const {local, place} = this.still;
    const {dim, x, y} = this.cross;
    const slab = slabOf(this.cross);
    const layers = await this.still.layers(state, task); // with their contrast
    const [below, beside] = [[], []].map((list) => /** @type {typeof layers} */ (list));
    for (const layer of layers) {
      const volume = await readVolume(local.frames, local.stack.at(layer.position, dim, 0), dim, task);
      below.push({...layer, pixels: seenOf(againstX(volume, y, slab), "x", place, volume.scale)});
      beside.push({...layer, pixels: seenOf(againstY(volume, x, slab), "y", place, volume.scale)});
    }
    const n = local.stack.sizes[dim];
    const across = {width: place.columns, height: n};
    const down = {width: n, height: place.rows};
    return [
      pictureOf(
        colorsOf(below, local, n * place.columns),
        across,
        {
          width: place.width,
          height: this.thick.height,
        },
        state.smooth,
      ),
      pictureOf(
        colorsOf(beside, local, n * place.rows),
        down,
        {
          width: this.thick.width,
          height: place.height,
        },
        state.smooth,
      ),
    ];
  }

  /** @param {State} state @param {Context} frame @param {Context} below @param {Context} beside */
  #mark(state, frame, below, beside) {
    const {place, local} = this.still;
    const {dim, x, y} = this.cross;
    const [px, py] = pointAt(place, [x, y]);
    const share = (state.position[dim] + 0.5) / local.stack.sizes[dim];
    if (px >= 0 && px < place.width) for (const pane of [frame, below]) markLine(pane, px, "x", OPACITY);
    if (py >= 0 && py < place.height) for (const pane of [frame, beside]) markLine(pane, py, "y", OPACITY);
    markLine(below, share * below.canvas.height, "y", OPACITY);
    markLine(beside, share * beside.canvas.width, "x", OPACITY);
  }

  /**
   * What each view is, and scale bars along the dim.
   * @param {State} state
   * @param {Context} frame
   * @param {Context} below
   * @param {Context} beside
   */
  #label(state, frame, below, beside) {
    const {local, place} = this.still;
    const dim = local.stack.dims[this.cross.dim];
    const unit = screenUnit(place);
    if (state.names) {
      drawCaption(frame, "XY", {unit, taken: takenBy(this.still)});
      ["x", "y"].forEach((axis, i) =>
        drawCaption([below, beside][i], planeName(axis, dim.name), {isTop: true, unit}),
      );
    }
    if (!this.still.shows("scale_bar")) return;
    const ink = this.still.ink(layersAt(state.position, state, local.stack));
    for (const [pane, isUpright] of /** @type {const} */ ([
      [below, true],
      [beside, false],
    ])) {
      const bar = depthBar(dim, isUpright ? pane.canvas.height : pane.canvas.width, unit);
      if (bar) drawBar(pane, bar, letters(unit), {isUpright, ink});
    }
  }

  /** Into the corner between the views, if it has room. @param {Context} out @param {string[]} texts */
  #sayPlace(out, texts) {
    const {width, height} = this.thick;
    const {size, margin} = letters(screenUnit(this.still.place));
    const lines = texts.map((text) => label(out, text, width - 2 * margin, size));
    const line = lines[0].height;
    if (width < Math.max(...lines.map((each) => each.width)) + margin || height < 3 * line) return;
    const [left, top] = [this.still.size.width + this.gap, this.still.size.height + this.gap];
    lines.forEach((each, i) => drawLabel(out, each, left + margin, top + i * line));
  }
}

/**
 * The part of a cut that is seen of the frame. Of volumes that are kept smaller, a pixel stands for several.
 * @param {Pixels} cut
 * @param {"x" | "y"} axis
 * @param {import("./place.js").Place} place
 * @param {number} scale
 * @returns {Pixels}
 */
function seenOf({data, width, height, samples}, axis, {left, top, columns, rows}, scale) {
  const [first, n] = axis === "x" ? [left, columns] : [top, rows];
  const size = axis === "x" ? {width: n, height} : {width, height: n};
  const out = new Uint8Array(size.width * size.height * samples);
  for (let y = 0; y < size.height; y++)
    for (let x = 0; x < size.width; x++) {
      const column = axis === "x" ? Math.floor((first + x) / scale) : x;
      const row = axis === "x" ? y : Math.floor((first + y) / scale);
      for (let sample = 0; sample < samples; sample++)
        out[samples * (y * size.width + x) + sample] = data[samples * (row * width + column) + sample];
    }
  return {data: out, ...size, samples};
}

/**
 * The scale bar along a dim whose frames take a length; null where there is no room for one.
 * @param {import("../../browser/types.js").Dim} dim
 * @param {number} length
 * @param {number} unit
 * @returns {import("./marks.js").Bar | null}
 */
function depthBar(dim, length, unit) {
  const step = stepOf(dim);
  const per = length / dim.size / (step || 1);
  const size = niceLength(Math.min(120 * unit, 0.5 * length) / per);
  if (size * per < 12 * unit) return null;
  return {length: Math.round(size * per), text: `${format(size)} ${step ? dim.unit || "units" : "frames"}`};
}
