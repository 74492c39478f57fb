// Many frames along a dim at once: a filmstrip below the picture, or a montage in its place.

import {h, segmented} from "../../browser/dom.js";
import {colorPictures} from "../../browser/planes.js";
import {colorKey} from "../../browser/settings.js";
import {
  addTool,
  dimChoice,
  impossible,
  numberField,
  scrubbableButChannel,
  status,
} from "../../browser/tool.js";
import {drawSheet} from "./drawing.js";
import {
  MODES,
  MOST,
  arrange,
  emptyParts,
  indexAt,
  readSettings,
  readWanted,
  roomFor,
  rowsOf,
  summary,
} from "./layout.js";

/** @typedef {import("../../browser/asks.js").Asks} Asks */
/** @typedef {import("../../browser/tool.js").ToolHost} ToolHost */
/** @typedef {import("../../browser/types.js").State} State */
/** @typedef {import("./layout.js").MontageSettings} MontageSettings */
/** @typedef {ReturnType<ToolHost["picture"]["layersAt"]>} Layers */

/**
 * What Python answers on one montage, and what it was asked for.
 * @typedef {import("./layout.js").Grid & {
 *   pictures: import("../../browser/types.js").RawPicture[], dim: number, layers: Layers, key: string,
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
  const dims = scrubbableButChannel(stack);
  if (!dims.length) return impossible("montage", "Montage", "montage", "Needs a z or time axis");
  return new Montage(view, asks, dims);
}

addTool(montageTool);

/** @type {Record<MontageSettings["mode"], string>} */
const TEXTS = {filmstrip: "Filmstrip", montage: "Sheet"};

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
  /** @type {{image: OffscreenCanvas, key: string} | null} the answer in colors */
  #colored = null;
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
        title: "Empty: what fits in best",
        onchange: () => this.#choose({[name]: Math.round(this[name].valueAsNumber)}),
      });
    this.every = field("every n-th frame", "every");
    this.columns = field("columns of the montage", "columns");
    this.columnsRow = h("label", {}, "columns", this.columns);
    this.note = status();
    this.asView = {
      text: "Montage",
      icon: "montage",
      isUpright: true,
      bar: [
        this.mode.element,
        h("label", {}, "along", this.dim),
        h("label", {}, "every", this.every),
        this.columnsRow,
        this.note,
      ],
      isOn: (/** @type {State} */ state) => readSettings(state.tools.montage, dims) !== null,
      open: () => this.#choose({}),
      close: () => this.#close(),
      arrangement: () => this.#arrangement,
    };
    this.canvases = {filmstrip: this.#canvas("filmstrip"), montage: this.#canvas("montage")};
    this.canvases.filmstrip.hidden = true;
    this.said = h("div", {className: "said"}); // the note, where the eye is
    this.overlay = h("div", {className: "montage-sheet", hidden: true}, this.canvases.montage, this.said);
    this.below = this.canvases.filmstrip;
  }

  /** @param {State} state */
  update(state) {
    this.#settings = readSettings(state.tools.montage, this.dims);
    const mode = this.#settings?.mode;
    this.overlay.hidden = mode !== "montage";
    this.canvases.filmstrip.hidden = mode !== "filmstrip";
    if (this.#settings) {
      this.#last = this.#settings;
      this.mode.update(this.#settings.mode);
      this.dim.value = String(this.#settings.dim);
      this.every.value = String(this.#settings.every ?? "");
      this.columns.value = String(this.#settings.columns ?? "");
      this.columnsRow.hidden = mode === "filmstrip";
      this.#ask(state, this.#settings);
      this.#draw();
    } else {
      this.#asked = this.#answer = null;
      this.#say("");
    }
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

  /** @param {Partial<MontageSettings>} values what is chosen anew */
  #choose(values) {
    const {mode, dim, ...wanted} = {...this.#last, ...values};
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
  #ask(state, {dim, ...settings}) {
    const {stack, stage, picture} = this.view;
    if (!stage.offsetWidth) return;
    const layers = picture.layersAt(state.position, state);
    const positions = layers.map(({position}) => stack.at(position, dim, 0));
    const room = roomFor(settings.mode, stage);
    const aspect = stack.width / (stack.height * stack.aspect);
    const arrangement = arrange(settings, stack.sizes[dim], aspect, room, window.devicePixelRatio);
    this.#arrangement = arrangement;
    const request = {what: "montage", positions, dim, ...arrangement};
    const key = JSON.stringify(request);
    // Frames of another position are not to be taken for those asked for.
    this.#markStale(key !== this.#answer?.key);
    if (key === this.#asked) return;
    this.#asked = key;
    if (!layers.length) {
      this.asks.cancel("montage");
      return this.#say("All channels are hidden");
    }
    this.asks.ask("montage", request, {
      replace: true,
      /** @param {Omit<Answer, "dim" | "layers" | "key">} found */
      onAnswer: (found) => {
        this.#say(summary(stack.dims[dim], request.every, found.damaged), false);
        this.#take({...found, dim, layers, key});
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
    this.#colored = null;
    this.#markStale(false);
    this.#draw();
  }

  /**
   * Colors change more rarely than the position.
   * @param {Answer} answer
   */
  #color(answer) {
    const {picture, state} = this.view;
    const key = colorKey(state);
    if (this.#colored?.key !== key) {
      const image = colorPictures(answer.pictures, answer.layers, picture, state);
      // What is no pixel of the stack has no color.
      const context = image.getContext("2d");
      for (const box of emptyParts(answer, image.width, image.height)) context?.clearRect(...box);
      this.#colored = {image, key};
    }
    return this.#colored.image;
  }

  #draw() {
    const [answer, settings] = [this.#answer, this.#settings];
    if (!answer || !settings || answer.dim !== settings.dim) return;
    const {mode, dim} = settings;
    const {stack, state, stage} = this.view;
    const canvas = this.canvases[mode];
    const sheet = {
      image: this.#color(answer),
      grid: answer,
      index: state.position[dim],
      isSmooth: state.smooth,
      /** @param {number} index */
      label: (index) => stack.label(dim, index) || String(index),
    };
    this.#scale = drawSheet(canvas, sheet, roomFor(mode, stage));
    const cells = `${answer.columns} × ${rowsOf(answer)} frames`;
    canvas.setAttribute("aria-label", `${mode} along ${stack.dims[dim].name}, ${cells}`);
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
    const index = indexAt(answer, x, y);
    if (index === undefined) return;
    if (settings.mode === "montage") this.#close();
    this.view.move(settings.dim, index);
  }
}
