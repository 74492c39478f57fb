// Orthogonal views: a dim against x and against y, beside the picture, with a crosshair through all three.

import {context2d, h, placeAt} from "../../browser/dom.js";
import {colorPictures} from "../../browser/planes.js";
import {addTool, dimChoice, firstDim, impossible, scrubbableButChannel, status} from "../../browser/tool.js";
import {
  GAP,
  centered,
  readSettings,
  clampToFrame,
  indexAt,
  layOut,
  pixelAt,
  remark,
  thickness,
} from "./layout.js";

/** @typedef {import("../../browser/asks.js").Asks} Asks */
/** @typedef {import("../../browser/tool.js").ToolHost} ToolHost */
/** @typedef {import("../../browser/types.js").RawPicture} RawPicture */
/** @typedef {import("../../browser/types.js").State} State */
/** @typedef {import("./layout.js").Box} Box */
/** @typedef {import("./layout.js").OrthoSettings} OrthoSettings */
/** @typedef {ReturnType<ToolHost["picture"]["layersAt"]>} Layers */

/**
 * What Python answers: cuts through each layer, how far apart frames are, and at which part of the size.
 * @typedef {object} Cuts
 * @property {RawPicture[]} againstX
 * @property {RawPicture[]} againstY
 * @property {[number, number] | null} spacing
 * @property {number} scale
 */

/**
 * The settings are `{dim, x, y}`.
 * @param {ToolHost} view
 * @returns {import("../../browser/tool.js").Tool | null}
 */
export function orthoTool(view) {
  const {stack, asks} = view;
  if (!asks) return null;
  const dims = scrubbableButChannel(stack);
  if (!dims.length) return impossible("ortho", "Ortho", "ortho", "Needs a z or time axis");
  return new OrthogonalViews(view, asks, dims);
}

addTool(orthoTool);

/** A view: its settings, and what is laid over the stage. */
class OrthogonalViews {
  name = "ortho";
  /** @type {OrthoSettings | null} */
  #settings = null;
  /** @type {OrthoSettings} those that it had last */
  #last;
  /** @type {{volume: string, cut: string} | null} what was asked for last */
  #asked = null;
  /** @type {(Cuts & {layers: Layers}) | null} */
  #answer = null;

  /**
   * @param {ToolHost} view
   * @param {Asks} asks
   * @param {number[]} dims that can be cut along
   */
  constructor(view, asks, dims) {
    this.view = view;
    this.asks = asks;
    this.dims = dims;
    const {stack} = view;
    this.#last = centered(firstDim(stack.dims, dims, dims[0]), stack);
    this.dim = dimChoice("orthogonal views", stack.dims, dims, (dim) =>
      view.setTool("ortho", {...(this.#settings ?? this.#last), dim}),
    );
    this.note = status();
    this.asView = {
      text: "Ortho",
      icon: "ortho",
      bar: [h("label", {}, "Slices along", this.dim), this.note],
      isOn: (/** @type {State} */ state) => readSettings(state.tools.ortho, dims, stack) !== null,
      open: () => view.setTool("ortho", this.#last),
      close: () => view.setTool("ortho", null),
    };
    this.canvases = ["x", "y"].map((axis) =>
      h("canvas", {className: `reslice against-${axis}`, role: "img"}),
    );
    this.lines = ["x", "y", "dim-x", "dim-y"].map((name) => h("div", {className: `crosshair ${name}`}));
    this.overlay = h("div", {className: "ortho", hidden: true}, ...this.canvases, ...this.lines);
    this.#listen();
  }

  /** @param {State} state */
  update(state) {
    const was = this.#settings;
    this.#settings = readSettings(state.tools.ortho, this.dims, this.view.stack);
    if (this.#settings) this.#last = this.#settings;
    this.dim.value = String(this.#last.dim);
    this.overlay.hidden = !this.#settings;
    if (was?.dim !== this.#settings?.dim) this.#reserve();
    if (this.#settings) {
      this.#ask(state, this.#settings);
      this.#draw();
    } else {
      this.#asked = this.#answer = null;
      this.#say("");
    }
  }

  layout() {
    if (!this.#settings) return;
    this.#reserve();
    this.#draw();
  }

  /**
   * A click on the picture moves the crosshair there.
   * @param {number} x
   * @param {number} y
   */
  onClick(x, y) {
    this.#moveTo(clampToFrame(x, y, this.view.stack));
  }

  #listen() {
    const [againstX, againstY] = this.canvases;
    const [lineX, lineY] = this.lines;
    onDrag(againstX, (sx, sy) => {
      const index = this.#indexAt(sy - againstX.offsetTop, againstX.offsetHeight);
      this.#moveTo({x: this.#pixelAt(sx, sy).x, index});
    });
    onDrag(againstY, (sx, sy) => {
      const index = this.#indexAt(sx - againstY.offsetLeft, againstY.offsetWidth);
      this.#moveTo({y: this.#pixelAt(sx, sy).y, index});
    });
    onDrag(lineX, (sx, sy) => this.#moveTo({x: this.#pixelAt(sx, sy).x}));
    onDrag(lineY, (sx, sy) => this.#moveTo({y: this.#pixelAt(sx, sy).y}));
  }

  /** @type {(sx: number, sy: number) => {x: number, y: number}} */
  #pixelAt(sx, sy) {
    const {viewport, stack} = this.view;
    return pixelAt(sx, sy, viewport, stack);
  }

  /** @type {(place: number, length: number) => number} */
  #indexAt(place, length) {
    return this.#settings ? indexAt(place, length, this.view.stack.sizes[this.#settings.dim]) : 0;
  }

  /** @param {{x?: number, y?: number, index?: number}} place what stays is left out */
  #moveTo({index, ...cross}) {
    const settings = this.#settings;
    if (!settings) return;
    const {x, y} = {...settings, ...cross};
    if (x !== settings.x || y !== settings.y) this.view.setTool("ortho", {...settings, x, y});
    if (index !== undefined) this.view.move(settings.dim, index);
  }

  /**
   * @param {State} state
   * @param {OrthoSettings} settings
   */
  #ask(state, {dim, x, y}) {
    const {stack, picture} = this.view;
    const layers = picture.layersAt(state.position, state);
    const positions = layers.map(({position}) => stack.at(position, dim, 0));
    const asked = {volume: JSON.stringify([positions, dim]), cut: `${x} ${y}`};
    const isSameVolume = asked.volume === this.#asked?.volume;
    if (isSameVolume && asked.cut === this.#asked?.cut) return;
    this.#asked = asked;
    this.asks.ask(
      "reslice",
      {what: "reslice", positions, dim, x, y},
      {
        replace: !isSameVolume,
        /** @param {Cuts} cuts */
        onAnswer: (cuts) => {
          this.#answer = {...cuts, layers};
          this.#say(remark(stack.dims[dim].name, cuts.spacing, cuts.scale));
          this.#draw();
        },
        onProgress: (done, total) => this.#say(`Reading ${done} of ${total} frames …`),
        onError: (error) => this.#say(error),
      },
    );
  }

  /** @param {string} text */
  #say(text) {
    this.note.textContent = text;
  }

  /** Make room beside the picture. */
  #reserve() {
    const {style} = this.view.figureSlot;
    const [right, bottom] = this.#settings ? this.#thickness(this.#settings) : [0, 0];
    style.right = `${right && right + GAP}px`;
    style.bottom = `${bottom && bottom + GAP}px`;
  }

  /** @param {OrthoSettings} settings */
  #thickness({dim}) {
    const {stack, stage} = this.view;
    const room = {width: stage.offsetWidth, height: stage.offsetHeight};
    return thickness(stack.sizes[dim], this.#answer?.spacing ?? null, stack, room);
  }

  /** Lay out and draw all again: the figure shows another part, or the colors have changed. */
  #draw() {
    const {stack, viewport, state, figureSlot} = this.view;
    const settings = this.#settings;
    if (!settings || !viewport.isOpen) return;
    const {dim, x, y} = settings;
    const slot = {width: figureSlot.offsetWidth, height: figureSlot.offsetHeight};
    const share = (state.position[dim] + 0.5) / stack.sizes[dim];
    const layout = layOut(viewport, stack, slot, this.#thickness(settings), {x, y, share});
    const cuts = [this.#answer?.againstX, this.#answer?.againstY];
    layout.views.forEach(({box, image}, i) => {
      placeAt(this.canvases[i], ...box);
      this.#paint(this.canvases[i], cuts[i], image[0] - box[0], image[1] - box[1], image[2], image[3]);
    });
    layout.lines.forEach((box, i) => {
      this.lines[i].hidden = box === null;
      if (box) placeAt(this.lines[i], ...box);
    });
    const {name} = stack.dims[dim];
    this.canvases[0].setAttribute("aria-label", `${name} against x at y ${y}`);
    this.canvases[1].setAttribute("aria-label", `${name} against y at x ${x}`);
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {RawPicture[] | undefined} pictures of the layers
   * @param {Box} place of the whole cut, in pixels of the screen from the corner of the canvas
   */
  #paint(canvas, pictures, ...place) {
    const ratio = window.devicePixelRatio;
    canvas.width = Math.round(canvas.offsetWidth * ratio);
    canvas.height = Math.round(canvas.offsetHeight * ratio);
    if (!pictures?.length || !this.#answer) return;
    const {picture, state} = this.view;
    const image = colorPictures(pictures, this.#answer.layers, picture, state);
    const context = context2d(canvas);
    context.imageSmoothingEnabled = false;
    const [left, top, width, height] = place.map((length) => length * ratio);
    context.drawImage(image, left, top, width, height);
  }
}

/**
 * Calls `use(x, y)`, a place on the stage, while an element on it is dragged or pressed.
 * @param {HTMLElement} element
 * @param {(x: number, y: number) => void} use
 */
function onDrag(element, use) {
  /** @param {PointerEvent} event */
  const call = (event) => {
    const {left = 0, top = 0} = element.offsetParent?.getBoundingClientRect() ?? {};
    use(event.clientX - left, event.clientY - top);
  };
  element.onpointerdown = (event) => {
    element.setPointerCapture(event.pointerId);
    call(event);
    event.preventDefault();
  };
  element.onpointermove = (event) => element.hasPointerCapture(event.pointerId) && call(event);
}
