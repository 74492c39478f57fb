// Many frames along a dim at once: a filmstrip below the picture, or a montage in its place.

import {h, segmented} from "../../browser/base/dom.js";
import {ByteCache} from "../../browser/frames/cache.js";
import {colorPictures} from "../../browser/pixels/planes.js";
import {colorKey} from "../../browser/state/settings.js";
import {choice, dimChoice, numberField, status, write} from "../../browser/page/fields.js";
import {addTool, impossible} from "../../browser/tool.js";
import {drawSheet, splitSheets} from "./drawing.js";
import {
  MODES,
  MOST,
  arrange,
  emptyParts,
  indexAt,
  montageDims,
  nearestCell,
  readSettings,
  readWanted,
  roomFor,
  splitOf,
  summary,
} from "./layout.js";
import {MERGE, blockBox, extentOf, panelsOf} from "./tiles.js";

/** @typedef {import("../../browser/frames/asks.js").Asks} Asks */
/** @typedef {import("../../browser/tool.js").ToolHost} ToolHost */
/** @typedef {import("../../browser/types.js").State} State */
/** @typedef {import("./layout.js").MontageSettings} MontageSettings */
/** @typedef {ReturnType<ToolHost["picture"]["layersAt"]>} Layers */

/**
 * What Python answers on one montage, and what it was asked for.
 * @typedef {import("./layout.js").Grid & {
 *   pictures: import("../../browser/types.js").RawPicture[], dim: number, layers: Layers, key: string,
 *   said: string, tiles: import("./tiles.js").Tiles,
 * }} Answer
 */

/**
 * The settings are `MontageSettings`.
 * @param {ToolHost} view
 * @returns {import("../../browser/tool.js").Tool | null}
 */
export function montageTool(view) {
  const {stack, asks} = view;
  if (!asks) return null;
  const dims = montageDims(stack);
  if (!dims.length)
    return impossible("montage", "Montage", "montage", "Needs a z or time axis, or several channels");
  return new Montage(view, asks, dims);
}

addTool(montageTool);

/** @type {Record<MontageSettings["mode"], string>} */
const TEXTS = {filmstrip: "Filmstrip", montage: "Sheet"};

/** Bytes of montages that are kept for a way back: some tens of them. */
const KEPT_BYTES = 32 * 2 ** 20;

const NO_ZOOM = "A montage always fits the window: click a frame to zoom into it";

/** What `split` can be, in words. @type {[value: string, text: string][]} */
const SPLIT_TEXTS = [
  ["", "no channels"],
  ["rows", "channels in rows"],
  ["columns", "channels in columns"],
];

/** A view: its settings, the strip below the stage and the montage over it. */
class Montage {
  name = "montage";
  /** @type {MontageSettings | null} */
  #settings = null;
  /** @type {MontageSettings} those that it had last */
  #last;
  /** @type {string | null} what was asked for last */
  #asked = null;
  /** @type {import("./layout.js").Arrangement | null} */
  #arrangement = null;
  /** @type {Answer | null} */
  #answer = null;
  /** Answers without a damaged frame, which may come back. @type {ByteCache<Answer>} */
  #kept = new ByteCache(KEPT_BYTES);
  /** @type {{image: OffscreenCanvas, key: string} | null} the answer in colors */
  #colored = null;
  /** What is on each canvas, in words. @type {Record<string, string>} */
  #drawn = {};
  /** Pixels of the screen per pixel of the answer. */
  #scale = 1;

  /**
   * @param {ToolHost} view
   * @param {Asks} asks
   * @param {number[]} dims along which frames can be shown
   */
  constructor(view, asks, dims) {
    this.view = view;
    this.asks = asks;
    this.dims = dims;
    const {dim} = view.state.playback;
    this.#last = {mode: "montage", dim: dims.includes(dim) ? dim : dims[0]};
    this.mode = segmented(
      "many frames",
      MODES.map((mode) => [mode, TEXTS[mode]]),
      (mode) => this.#choose({mode: /** @type {MontageSettings["mode"]} */ (mode)}),
    );
    this.dim = dimChoice("dim of the montage", view.stack.dims, dims, (along) => this.#choose({dim: along}));
    const field = (/** @type {string} */ label, /** @type {"every" | "columns"} */ name) =>
      numberField(label, {
        min: 1,
        max: MOST,
        placeholder: "auto",
        title: "Empty: whatever fits best",
        onchange: () => this.#choose({[name]: Math.round(this[name].valueAsNumber)}),
      });
    this.every = field("every n-th frame", "every");
    this.columns = field("columns of the montage", "columns");
    this.everyRow = h("label", {}, "every", this.every);
    this.columnsRow = h("label", {}, "columns", this.columns);
    this.split = choice("channels of the montage", SPLIT_TEXTS, (split) => this.#choose({split}));
    this.splitRow = h("label", {}, "split", this.split);
    this.note = status();
    this.asView = {
      text: "Montage",
      icon: "montage",
      isUpright: true,
      bar: [
        this.mode.element,
        h("label", {}, "along", this.dim),
        this.everyRow,
        this.columnsRow,
        this.splitRow,
        this.note,
      ],
      isOn: (/** @type {State} */ state) => readSettings(state.tools.montage, dims) !== null,
      open: () => this.#choose({}),
      close: () => this.#close(),
      whyNoZoom: (/** @type {State} */ state) =>
        readSettings(state.tools.montage, dims)?.mode === "montage" ? NO_ZOOM : "",
      arrangement: () => this.#arrangement,
    };
    this.canvases = {filmstrip: this.#canvas("filmstrip"), montage: this.#canvas("montage")};
    this.current = h("div", {className: "current-frame", hidden: true});
    this.said = h("div", {className: "said"}); // the note, where the eye is
    const sheet = h("div", {className: "cells"}, this.canvases.montage);
    this.overlay = h("div", {className: "montage-sheet", hidden: true}, sheet, this.said);
    this.below = h("div", {className: "cells", hidden: true}, this.canvases.filmstrip);
  }

  /** @param {State} state */
  update(state) {
    this.#settings = readSettings(state.tools.montage, this.dims);
    const mode = this.#settings?.mode;
    this.overlay.hidden = mode !== "montage";
    this.below.hidden = mode !== "filmstrip";
    if (this.#settings) {
      this.#last = this.#settings;
      this.mode.update(this.#settings.mode);
      this.dim.value = String(this.#settings.dim);
      write(this.every, String(this.#settings.every ?? ""));
      write(this.columns, String(this.#settings.columns ?? ""));
      this.split.value = this.#settings.split ?? "";
      this.#showRows(this.#settings);
      this.#ask(state, this.#settings);
      this.#draw();
    } else {
      this.#asked = this.#answer = null;
      this.#say("");
    }
  }

  /**
   * Only what does something is there.
   * @param {MontageSettings} settings
   */
  #showRows({mode, dim}) {
    const {channelDim, canCompose} = this.view.stack;
    const isAlong = dim !== channelDim;
    const isSheet = mode !== "filmstrip";
    this.everyRow.hidden = !isAlong;
    this.columnsRow.hidden = !isSheet;
    this.splitRow.hidden = !(isSheet && isAlong && canCompose);
  }

  layout() {
    if (this.#settings) this.update(this.view.state);
  }

  /** @param {"filmstrip" | "montage"} mode */
  #canvas(mode) {
    const title = "click a frame to go there";
    const canvas = h("canvas", {className: mode, tabIndex: 0, role: "img", title});
    canvas.onclick = (event) => this.#goTo(event, canvas);
    return canvas;
  }

  /** @param {Partial<Omit<MontageSettings, "split"> & {split: string}>} values what is chosen anew */
  #choose(values) {
    const {mode, dim, ...wanted} = {...this.#last, ...values};
    const {stack, state} = this.view;
    const isOfChannels = dim === stack.channelDim;
    // What takes a composite apart makes one first.
    if ((isOfChannels || values.split) && !state.composite) this.view.change({composite: true});
    this.view.setTool("montage", {mode, dim, ...readWanted(wanted)});
  }

  #close() {
    this.view.setTool("montage", null);
  }

  /** @param {string} text */
  #say(text, isNews = true) {
    this.note.textContent = text;
    this.said.textContent = isNews ? text : "";
  }

  /**
   * @param {State} state
   * @param {MontageSettings} settings
   */
  #ask(state, settings) {
    const {stack, stage, picture} = this.view;
    if (!stage.offsetWidth) return;
    const {dim} = settings;
    const layers = picture.layersAt(state.position, state);
    const split = splitOf(settings, stack.channelDim);
    const panels = panelsOf(layers.length, split !== "");
    const isAlone = split === "wrap";
    const positions = layers.map(({position}) => (isAlone ? position : stack.at(position, dim, 0)));
    const room = roomFor(settings.mode, stage);
    const aspect = stack.width / (stack.height * stack.aspect);
    const n = isAlone ? 1 : stack.sizes[dim];
    const arrangement = arrange(settings, n, aspect, room, window.devicePixelRatio, {split, panels});
    this.#arrangement = arrangement;
    const request = {what: "montage", positions, dim, ...arrangement, alone: isAlone};
    const key = JSON.stringify([request, split]);
    // Frames of another position are not to be taken for those asked for.
    this.#markStale(key !== this.#answer?.key);
    if (key === this.#asked) return;
    this.#asked = key;
    if (!layers.length) {
      this.asks.cancel("montage");
      return this.#say("All channels are hidden");
    }
    const kept = this.#kept.get(key);
    if (kept) {
      this.asks.cancel("montage");
      return this.#take(kept);
    }
    this.asks.ask("montage", request, {
      replace: true,
      /** @param {Omit<Answer, "dim" | "layers" | "key" | "said" | "tiles">} found */
      onAnswer: (found) => {
        const columns = isAlone ? arrangement.columns : found.columns;
        const said = isAlone ? "" : summary(stack.dims[dim], request.every, found.damaged);
        const answer = {...found, dim, layers, key, said, tiles: {split, panels, columns}};
        const nbytes = found.pictures.reduce((sum, {data}) => sum + data.byteLength, 0);
        if (!found.damaged.length) this.#kept.put(key, answer, nbytes);
        this.#take(answer);
      },
      onProgress: (done, total) => this.#say(`Reading ${done} of ${total} frames …`),
      onError: (error) => this.#say(error),
    });
  }

  /** @param {boolean} isStale */
  #markStale(isStale) {
    for (const canvas of Object.values(this.canvases)) canvas.classList.toggle("stale", isStale);
  }

  /** @param {Answer} answer */
  #take(answer) {
    this.#answer = answer;
    this.#say(answer.said, false);
    this.#colored = null;
    this.#drawn = {};
    this.#markStale(false);
    this.#draw();
  }

  /**
   * Colors change more rarely than the position.
   * @param {Answer} answer
   */
  #color(answer) {
    const key = colorKey(this.view.state);
    if (this.#colored?.key !== key) {
      const merge = this.#paint(answer, answer.pictures, answer.layers);
      const isSplit = answer.tiles.panels > 1;
      this.#colored = {image: isSplit ? this.#splitInto(answer, merge) : merge, key};
    }
    return this.#colored.image;
  }

  /**
   * @param {Answer} answer
   * @param {OffscreenCanvas} merge
   */
  #splitInto(answer, merge) {
    const {pictures, layers, tiles} = answer;
    const alone = layers.map((layer, i) => this.#paint(answer, [pictures[i]], [layer]));
    return splitSheets([...alone, merge], answer, tiles);
  }

  /**
   * @param {Answer} answer
   * @param {Answer["pictures"]} pictures those of some of its layers
   * @param {Layers} layers
   */
  #paint(answer, pictures, layers) {
    const {picture, state} = this.view;
    const image = colorPictures(pictures, layers, picture, state);
    // What is no pixel of the stack has no color.
    const context = image.getContext("2d");
    for (const box of emptyParts(answer, image.width, image.height)) context?.clearRect(...box);
    return image;
  }

  #draw() {
    const [answer, settings] = [this.#answer, this.#settings];
    if (!answer || !settings || answer.dim !== settings.dim) return;
    const {mode, dim} = settings;
    const {stack, state, stage} = this.view;
    const canvas = this.canvases[mode];
    const {tiles, layers, indices} = answer;
    const isOne = tiles.split === "wrap";
    const written = {
      names: state.names ? [...layers.map(({channel}) => stack.channels[channel].name), MERGE] : [],
      labels: isOne ? [] : indices.map((index) => stack.label(dim, index) || String(index)),
      isSmooth: state.smooth,
    };
    const room = roomFor(mode, stage);
    const content = JSON.stringify([colorKey(state), dim, written, room, window.devicePixelRatio]);
    if (content !== this.#drawn[mode]) {
      this.#drawn[mode] = content;
      const sheet = {image: this.#color(answer), grid: answer, tiles, ...written};
      this.#scale = drawSheet(canvas, sheet, room);
      const cells = `${extentOf(tiles, indices.length).join(" × ")} frames`;
      canvas.setAttribute("aria-label", `${mode} along ${stack.dims[dim].name}, ${cells}`);
    }
    this.#mark(canvas, answer, isOne ? null : state.position[dim]);
  }

  /**
   * Put a frame around the tiles of what is nearest to where the slider is: an element over the picture, which
   * need not be drawn anew at each step.
   * @param {HTMLCanvasElement} canvas
   * @param {Answer} answer
   * @param {number | null} index
   */
  #mark(canvas, answer, index) {
    this.current.hidden = index === null;
    if (index === null) return;
    if (this.current.parentElement !== canvas.parentElement) canvas.after(this.current);
    const box = blockBox(answer.tiles, nearestCell(answer, index), answer.cell, answer.gap);
    const [left, top, width, height] = box.map((length) => `${length * this.#scale}px`);
    Object.assign(this.current.style, {left, top, width, height});
  }

  /**
   * @param {MouseEvent} event
   * @param {HTMLCanvasElement} canvas
   */
  #goTo(event, canvas) {
    const [answer, settings] = [this.#answer, this.#settings];
    if (!answer || !settings || answer.dim !== settings.dim) return;
    const {left, top} = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top].map((length) => length / this.#scale);
    const index = indexAt(answer, x, y, answer.tiles);
    if (index === undefined) return;
    if (settings.mode === "montage") this.#close();
    if (answer.tiles.split !== "wrap") this.view.move(settings.dim, index);
  }
}
