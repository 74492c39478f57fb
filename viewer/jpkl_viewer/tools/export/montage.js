// A montage as a picture; `montage.py` in Python.

import {layersAt} from "../../browser/state/resolve.js";
import {GAP, corner, makeCells, readSheet, sheetSize} from "../montage/grid.js";
import {splitOf} from "../montage/layout.js";
import {MERGE, blockBox, extentOf, isNamed, panelsOf, tileAt, tileBox} from "../montage/tiles.js";
import {drawLabel, label} from "./marks.js";
import {gapFor} from "./panes.js";
import {colorsOf, pictureOf, stage} from "./still.js";

/** @typedef {import("../../browser/types.js").State} State */
/** @typedef {import("../../local/task.js").Task} Task */
/** @typedef {import("./still.js").StillRenderer} StillRenderer */
/** @typedef {import("./panes.js").Context} Context */
/** @typedef {import("./panes.js").Size} Size */
/** @typedef {import("./panes.js").Renderer} Renderer */

const DAMAGED = "rgb(224 72 62)";

/** Many frames along a dim, with what each is. @implements {Renderer} */
export class MontageRenderer {
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
