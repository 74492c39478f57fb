// What is seen, by the view that is open: a frame, orthogonal views, a montage, or a comparison; `seen.py` in Python.

import {format, niceLength, physical} from "../../browser/base/numbers.js";
import {layersAt} from "../../browser/state/resolve.js";
import {scrubbableButChannel} from "../../browser/tool.js";
import {
  DIVERGING,
  comparedLayers,
  comparedValues,
  differenceColors,
  differencesOf,
  isSameKind,
  limitTexts,
} from "../compare/difference.js";
import {stateFor} from "../compare/follow.js";
import {readSettings as readComparison} from "../compare/settings.js";
import {GAP, corner, makeCells, readSheet, sheetSize} from "../montage/grid.js";
import {montageDims, readSettings as readMontage, splitOf} from "../montage/layout.js";
import {MERGE, blockBox, extentOf, isNamed, panelsOf, tileAt, tileBox} from "../montage/tiles.js";
import {planeName, readSettings as readCross, slabOf, spacingOf, stepOf} from "../ortho/layout.js";
import {againstX, againstY, readVolume} from "../ortho/local.js";
import {drawBar, drawCaption, drawLabel, label, letters, markLine} from "./marks.js";
import {cornerOf, placeBeside, pointAt, scalesOf, screenUnit, topsOf} from "./place.js";
import {StillRenderer, colorsOf, makeCanvas, paintedOf, pictureOf, stage} from "./still.js";

/** @typedef {import("../../browser/types.js").State} State */
/** @typedef {import("../../local/types.js").LocalStack} LocalStack */
/** @typedef {import("../../local/types.js").Pixels} Pixels */
/** @typedef {import("../../local/task.js").Task} Task */
/** @typedef {import("./still.js").StillOptions} StillOptions */
/** @typedef {OffscreenCanvasRenderingContext2D} Context */
/** @typedef {{width: number, height: number}} Size */

/**
 * Makes the pictures of an export, all of the same size.
 * @typedef {{size: Size, picture: (state: State, task: Task) => Promise<Context>}} Renderer
 */

const DAMAGED = "rgb(224 72 62)";

/** How opaque the crosshair is. */
const OPACITY = 0.8;

/** Of a dim whose scale is not known, orthogonal views take at least this share of the frame. */
const THINNEST = 1 / 8;

/**
 * What renders a view as it is seen, or its picture alone.
 * @param {LocalStack} local
 * @param {StillOptions} given
 * @param {State} state
 * @returns {Renderer}
 */
export function makeRenderer(local, given, state) {
  const {stack, others} = local;
  const dims = scrubbableButChannel(stack);
  const comparison = readComparison(state.tools.compare, others.length);
  const isCompared = others.length > 0 && comparison.mode !== "off";
  const montage = readMontage(state.tools.montage, montageDims(stack));
  const cross = readCross(state.tools.ortho, dims, stack);
  // The screen shows these as stored.
  const options = !isCompared && (montage || cross) ? {...given, turned: false} : given;
  // A comparison is of the frames alone, as on the screen.
  const still = new StillRenderer(local, isCompared ? {...options, labels: false} : options, state);
  if (options.layout === false) return still;
  if (isCompared) return new CompareRenderer(local, still, comparison);
  if (montage && options.arrangement) return new MontageRenderer(still, montage, options.arrangement);
  return cross ? new OrthoRenderer(still, cross) : still;
}

/** The distance of panes of that size. @param {Size} size */
const gapFor = (size) => Math.max(2, Math.round(6 * screenUnit(size)));

/** The frame, and a dim against x below it and against y beside it. @implements {Renderer} */
class OrthoRenderer {
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
    const step = stepOf(local.stack.dims[this.cross.dim]);
    const {pixelSize} = local.stack;
    if (spacingOf(local.stack.dims[this.cross.dim], local.stack) === null || !step || !pixelSize)
      return {
        width: Math.max(n, Math.round(THINNEST * place.width)),
        height: Math.max(n, Math.round(THINNEST * place.height)),
      };
    const [perColumn, perRow] = scalesOf(place);
    return {
      width: Math.max(1, Math.round(((n * step) / pixelSize[1]) * perColumn)),
      height: Math.max(1, Math.round(((n * step) / pixelSize[0]) * perRow)),
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

/** What the scale bar takes of a corner. @param {StillRenderer} still */
function takenBy(still) {
  if (!still.shows("scale_bar")) return undefined;
  return still.drawBar(makeCanvas(still.frameSize.width, still.frameSize.height), []);
}

/** Many frames along a dim, with what each is. @implements {Renderer} */
class MontageRenderer {
  /**
   * @param {StillRenderer} still
   * @param {import("../montage/layout.js").MontageSettings} settings
   * @param {import("../montage/layout.js").Arrangement} arrangement
   */
  constructor(still, settings, arrangement) {
    this.still = still;
    const {stack} = still.local;
    this.dim = settings.dim;
    this.split = splitOf(settings, stack.channelDim);
    this.panels = panelsOf(layersAt(still.state.position, still.state, stack).length, this.split !== "");
    this.cell = Math.max(1, Math.round(arrangement.cell * (still.options.zoom ?? 1)));
    this.arrangement = {...arrangement, cell: this.cell, alone: this.split === "wrap"};
    const cells = this.#cellsAt(still.state.position);
    this.by = Math.max(1, Math.floor(this.cell / Math.max(cells.cellWidth, cells.cellHeight)));
    this.sheet = this.#extent(this.#shown(cells));
    this.top = settings.mode === "filmstrip" ? still.size.height + gapFor(still.size) : 0;
    const width = this.top ? Math.max(this.sheet.width, still.size.width) : this.sheet.width;
    this.size = {width, height: this.top + this.sheet.height};
  }

  /** @param {number[]} position */
  #cellsAt(position) {
    return makeCells(this.still.local.stack, position, this.dim, this.arrangement);
  }

  /**
   * A grid as it is exported: larger than the frames are, pixels are repeated.
   * @param {import("../montage/grid.js").Cells} cells
   */
  #shown(cells) {
    return {...cells, cellWidth: this.by * cells.cellWidth, cellHeight: this.by * cells.cellHeight};
  }

  /** @param {import("../montage/grid.js").Cells} cells @returns {import("../montage/tiles.js").Tiles} */
  #tiles({columns}) {
    const {split, panels, arrangement} = this;
    return {split, panels, columns: split === "wrap" ? arrangement.columns : columns};
  }

  /** @param {import("../montage/grid.js").Cells} shown @returns {Size} of all tiles */
  #extent(shown) {
    const [across, down] = extentOf(this.#tiles(shown), shown.run.indices.length);
    return {width: across * (shown.cellWidth + GAP) - GAP, height: down * (shown.cellHeight + GAP) - GAP};
  }

  /** @param {State} state @param {Task} task */
  async picture(state, task) {
    const out = stage(this.size);
    const {width} = this.size;
    if (this.top) {
      const above = await this.still.picture(state, task);
      out.drawImage(above.canvas, Math.floor((width - above.canvas.width) / 2), 0);
    }
    const sheet = await this.#sheet(state, task);
    out.drawImage(sheet.canvas, Math.floor((width - this.sheet.width) / 2), this.top);
    return out;
  }

  /** @param {State} state @param {Task} task */
  async #sheet(state, task) {
    const {local} = this.still;
    const layers = await this.still.layers(state, task); // with their contrast
    /** @type {Set<number>} */
    const damaged = new Set();
    const read = [];
    for (const layer of layers) {
      const found = await readSheet(local.frames, this.#cellsAt(layer.position), task);
      for (const number of found.damaged.keys()) damaged.add(number);
      read.push({...layer, pixels: found.pixels});
    }
    const cells = this.#cellsAt(state.position);
    const size = sheetSize(cells);
    const alone = this.panels > 1 ? read.map((layer) => [layer]) : [];
    const panels = [...alone, read].map((each) =>
      pictureOf(colorsOf(each, local, size.width * size.height), size, size, false),
    );
    const names = [...layers.map(({channel}) => local.stack.channels[channel].name), MERGE];
    return this.#draw(panels, names, cells, damaged, state.position[this.dim]);
  }

  /**
   * @param {Context[]} panels frames as each tile shows them
   * @param {string[]} names of the tiles
   * @param {import("../montage/grid.js").Cells} cells
   * @param {Set<number>} damaged
   * @param {number} at
   */
  #draw(panels, names, cells, damaged, at) {
    const shown = this.#shown(cells);
    const tiles = this.#tiles(cells);
    const size = [shown.cellWidth, shown.cellHeight];
    const out = stage(this.sheet);
    out.imageSmoothingEnabled = this.still.state.smooth;
    const {indices} = cells.run;
    indices.forEach((index, number) => {
      const {x, y} = corner(cells, number);
      panels.forEach(({canvas}, panel) => {
        const box = tileBox(tileAt(tiles, number, panel), size, GAP);
        if (!damaged.has(number)) out.drawImage(canvas, x, y, cells.cellWidth, cells.cellHeight, ...box);
        const name = isNamed(tiles, number) && this.still.state.names ? names[panel] : "";
        this.#label(out, panel ? "" : this.#indexLabel(index), name, rectOf(box));
        if (damaged.has(number)) markDamaged(out, rectOf(box));
      });
    });
    if (this.split !== "wrap") {
      const distances = indices.map((index) => Math.abs(index - at));
      const current = distances.indexOf(Math.min(...distances));
      frameCell(out, rectOf(blockBox(tiles, current, size, GAP)), "rgb(255 216 77)");
    }
    return out;
  }

  /** @param {number} index */
  #indexLabel(index) {
    if (this.split === "wrap") return "";
    return this.still.local.stack.label(this.dim, index) || String(index);
  }

  /**
   * What a tile is, and its channel at its lower edge, where it has room for it.
   * @param {Context} out
   * @param {string} text
   * @param {string} name
   * @param {import("../../browser/types.js").Rect} cell
   */
  #label(out, text, name, {x, y, width, height}) {
    if (!this.still.shows("stamp")) return;
    for (const [words, isBelow] of /** @type {const} */ ([
      [text, false],
      [name, true],
    ])) {
      const written = label(out, words, width, lettersIn({width, height}));
      if (words && written.width < width - 6 && written.height < height)
        drawLabel(out, written, x + 4, isBelow ? y + height - written.height - 3 : y + 3);
    }
  }
}

/** @param {import("../montage/tiles.js").Box} box @returns {import("../../browser/types.js").Rect} */
const rectOf = ([x, y, width, height]) => ({x, y, width, height});

/** Height of letters in a tile. @param {Size} size */
const lettersIn = ({width, height}) => Math.max(10, Math.round(Math.min(width, height) / 12));

/** @param {Context} out @param {import("../../browser/types.js").Rect} cell */
function markDamaged(out, {x, y, width, height}) {
  frameCell(out, {x, y, width, height}, DAMAGED);
  const said = label(out, "damaged", width, lettersIn({width, height}));
  drawLabel(out, said, x + Math.floor((width - said.width) / 2), y + Math.floor((height - said.height) / 2));
}

/** @param {Context} out @param {import("../../browser/types.js").Rect} cell @param {string} color */
function frameCell(out, {x, y, width, height}, color) {
  const thick = Math.max(2, Math.floor(Math.min(width, height) / 80));
  Object.assign(out, {strokeStyle: color, lineWidth: thick, lineJoin: "miter"});
  out.strokeRect(x + thick / 2, y + thick / 2, width - thick, height - thick);
}

/**
 * Several stacks: side by side, under a curtain, or as their difference. What blinks is side by side.
 * @implements {Renderer}
 */
class CompareRenderer {
  /**
   * @param {LocalStack} local
   * @param {StillRenderer} still
   * @param {import("../compare/settings.js").CompareSettings} comparison
   */
  constructor(local, still, comparison) {
    const {mode, other} = comparison;
    this.still = still;
    this.comparison = comparison;
    this.isOver = mode === "curtain" || mode === "difference";
    const others = mode === "side by side" ? local.others : [local.others[other]];
    if (mode === "difference") checkDifference(local.stack, others[0].stack);
    const isWhole = !still.options.region && !this.isOver;
    const bare = {
      ...still.options,
      scale_bar: false,
      stamp: false,
      colorbar: false,
      axes: false,
      regions: false,
      labels: false,
    };
    this.sides = others.map((each) => {
      const place = placeBeside(still.place, each.stack, isWhole);
      return new StillRenderer(each, bare, still.state, place);
    });
    this.gap = gapFor(still.frameSize);
    const sizes = [still.size, ...this.sides.map((side) => side.size)];
    this.tops = topsOf([still.place, ...this.sides.map(({place}) => place)]);
    const width = sizes.reduce((sum, size) => sum + size.width + this.gap, -this.gap);
    const height = Math.max(...sizes.map((size, i) => this.tops[i] + size.height));
    this.size = this.isOver ? still.size : {width, height};
  }

  /** The state of the view, for another stack. @param {State} state @param {StillRenderer} side */
  #stateOf(state, side) {
    const {stack} = side.local;
    return stateFor(
      state,
      this.still.local.stack,
      stack,
      stack.sizes.map(() => 0),
      this.comparison.contrast,
    );
  }

  /** @param {State} state @param {Task} task */
  picture(state, task) {
    const {mode} = this.comparison;
    if (mode === "difference") return this.#difference(state, task);
    return mode === "curtain" ? this.#curtain(state, task) : this.#beside(state, task);
  }

  /** @param {State} state @param {Task} task */
  async #beside(state, task) {
    const out = stage(this.size);
    let left = 0;
    const panes = [this.still, ...this.sides].map((each, i) => ({each, top: this.tops[i]}));
    if (this.comparison.swapped) [panes[0], panes[1]] = [panes[1], panes[0]];
    for (const {each, top} of panes) {
      const isOwn = each === this.still;
      const pane = await each.frame(isOwn ? state : this.#stateOf(state, each), task);
      this.#caption(pane, each.local.stack.title, isOwn ? {taken: takenBy(each)} : {});
      out.drawImage(each.framed(pane).canvas, left, top);
      left += each.size.width + this.gap;
    }
    return out;
  }

  /** @param {State} state @param {Task} task */
  async #curtain(state, task) {
    const [side] = this.sides;
    const out = await this.still.frame(state, task);
    const its = await side.frame(this.#stateOf(state, side), task);
    const at = this.comparison.at * out.canvas.width;
    const right = stage(this.still.frameSize);
    right.drawImage(its.canvas, ...cornerOf(this.still.place, side.place));
    const {swapped} = this.comparison;
    const first = swapped ? 0 : Math.round(at);
    const width = (swapped ? Math.round(at) : out.canvas.width) - first;
    const {height} = right.canvas;
    if (width > 0) out.drawImage(right.canvas, first, 0, width, height, first, 0, width, height);
    markLine(out, at, "x");
    const titles = this.#titles;
    const taken = takenBy(this.still);
    this.#caption(out, titles[0], {taken});
    this.#caption(out, titles[1], {isRight: true, isTop: true, taken});
    return this.still.framed(out);
  }

  /** @type {typeof drawCaption} */
  #caption(...of) {
    if (this.still.state.names) drawCaption(...of);
  }

  /** Of the two that are over each other, in their order. */
  get #titles() {
    const titles = [this.still.local.stack.title, this.sides[0].local.stack.title];
    return this.comparison.swapped ? titles.reverse() : titles;
  }

  /** @param {State} state @param {Task} task */
  async #difference(state, task) {
    const [side] = this.sides;
    const its = this.#stateOf(state, side);
    const [mine, other] = [await this.still.layers(state, task), await side.layers(its, task)];
    const {columns, rows} = this.still.place;
    const {stack} = this.still.local;
    const {gain, channel, swapped} = this.comparison;
    const stacks = [stack, side.local.stack];
    const read = [mine, other];
    const [shown, itsShown] = read.map((layers) => layers.map((layer) => layer.channel));
    const compared = comparedLayers(shown, itsShown, stack.color, channel);
    const isKnown = compared !== null && isSameKind(stacks[0], stacks[1]);
    const scales = [state, its].map((of, i) =>
      isKnown ? stacks[i].scale(read[i][compared[i]].position, stacks[i].projectionOf(of)) : null,
    );
    const painted = [paintedOf(mine, this.still.local), paintedOf(other, side.local)];
    const values = comparedValues(painted, compared, stack.color, columns * rows);
    const [from, to] = swapped ? scales.reverse() : scales;
    const differences = differencesOf(from, to, gain);
    const colors = differenceColors(swapped ? values.reverse() : values, differences);
    const out = this.still.finish(colors, state, [], null, scaleOf(differences));
    this.#caption(out, this.#titles.join(" - "), {taken: takenBy(this.still)});
    return this.still.framed(out);
  }
}

/**
 * What the colors of a difference stand for.
 * @param {import("../compare/difference.js").Differences} differences
 * @returns {import("../../browser/stage/overlays.js").ColorScale}
 */
function scaleOf(differences) {
  const [high, low] = limitTexts(differences);
  return {name: "", palette: DIVERGING, limits: [low, high], middle: "0"};
}

/**
 * @param {import("../../browser/state/stack.js").Stack} stack
 * @param {import("../../browser/state/stack.js").Stack} other
 */
function checkDifference(stack, other) {
  if (stack.width === other.width && stack.height === other.height && stack.color === other.color) return;
  throw new Error(
    `frames of ${stack.height} x ${stack.width} and ${other.height} x ${other.width} pixels, or of gray and color, ` +
      "have no difference: compare them side by side",
  );
}
