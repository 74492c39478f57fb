// One channel in the sidebar: eye, color, name, colormap, Auto, histogram and limits.

import {context2d, h, segmented, setUsable} from "../base/dom.js";
import {icon, setIcon} from "../base/icons.js";
import {Handles} from "./handles.js";
import {cutOff, histogramPixels, percentText} from "./histogram.js";
import {LimitField} from "./limit_field.js";
import {channelOptions} from "./options.js";
import {axisTicks, intensityText} from "./scale.js";
import {CHANNEL_COLOR} from "../state/resolve.js";

/** Pixels of the picture of the histogram. */
const [WIDTH, HEIGHT] = [512, 96];
/** Scales of the counts. @type {[value: string, text: string][]} */
const SCALES = [
  ["linear", "lin"],
  ["log", "log"],
];
/** So many channels have a key. */
const KEYED = 9;
/** Numbers of the axis are in the middle of their place, but towards the ends inside of the histogram. */
const END = 0.03;

/**
 * @typedef {import("../types.js").ChannelDisplay} ChannelDisplay
 * @typedef {import("../types.js").State} State
 */

/**
 * @typedef {object} RowHandlers
 * @property {() => void} onToggle the eye
 * @property {() => void} onSolo the name
 * @property {() => void} onRename a double click on it
 * @property {(limits: [number, number]) => void} onLimits
 * @property {() => void} onAuto
 * @property {() => void} onFull
 */

/**
 * What a row shows.
 * @typedef {object} RowShown
 * @property {string} name
 * @property {State} state
 * @property {ChannelDisplay} display
 * @property {string} colormap name of the one that is seen
 * @property {() => Uint32Array} palette its 256 colors, as little-endian RGBA
 * @property {() => Uint32Array} lut the color of each pixel value
 * @property {Uint32Array | null} counts of the pixel values
 * @property {import("./scale.js").Scale} scale
 * @property {boolean} isComposite
 * @property {boolean} isShown
 * @property {boolean} isOpen whether there is room for the histogram
 * @property {boolean} canToggle whether the eye does something
 */

/**
 * What a row is of.
 * @typedef {object} RowOf
 * @property {number} number
 * @property {boolean} isOne of several
 * @property {boolean} isColor whether frames are RGB
 * @property {string[]} colormaps
 */

export class ChannelRow {
  #eye = icon("eye");
  /** What presses the eye, for its tooltip. */
  #key;
  #parts = new Map();

  /**
   * @param {RowOf} of
   * @param {RowHandlers & import("./options.js").OptionHandlers} handlers
   */
  constructor(of, handlers) {
    this.#key = of.number < KEYED ? ` (${of.number + 1})` : "";
    this.color = h("input", {
      type: "color",
      title: "Color",
      oninput: () => handlers.onDisplay({color: this.color.value}),
    });
    this.swatch = h("span", {className: "swatch", "aria-hidden": "true"});
    this.auto = h(
      "button",
      {
        className: "auto",
        title: "Limits from this picture; stays on until you turn it off",
        onclick: handlers.onAuto,
      },
      "Auto",
    );
    this.options = channelOptions(of.colormaps, of.isColor, handlers);
    this.contrast = new RowContrast(handlers);
    const {show, label} = this.#head(of, handlers);
    this.show = show;
    this.label = label;
    this.element = h(
      "div",
      {className: "channel", role: "group"},
      h("div", {className: "line"}, show, this.color, this.swatch, label, this.options.room, this.auto),
      this.options.element,
      this.contrast.element,
    );
  }

  /**
   * Eye and name: of several channels they choose what is shown, of one there is nothing to choose.
   * @param {RowOf} of
   * @param {RowHandlers} handlers
   */
  #head({isOne}, {onToggle, onSolo, onRename}) {
    if (!isOne) return {show: null, label: h("b", {className: "channel-name"})};
    const show = h("button", {className: "eye", onclick: onToggle});
    show.append(this.#eye);
    return {show, label: h("button", {className: "channel-name", onclick: onSolo, ondblclick: onRename})};
  }

  /** @param {string} name */
  #showName(name) {
    this.label.textContent = name;
    this.element.setAttribute("aria-label", `channel ${name}`);
    this.color.setAttribute("aria-label", `color of ${name}`);
    this.show?.setAttribute("aria-label", `show ${name}`);
    if (this.show) this.label.title = `Click: ${name} alone, again: all; double click: rename`;
  }

  /** @param {RowShown} shown */
  update(shown) {
    const {name, display, isShown, isOpen, canToggle, colormap, isComposite} = shown;
    this.#ifNew("name", [name], () => this.#showName(name));
    this.element.classList.toggle("off", !isShown);
    if (this.show) {
      setIcon(this.#eye, isShown ? "eye" : "eyeOff");
      this.show.setAttribute("aria-pressed", String(isShown));
      const reason = canToggle ? "" : `${name} is the only channel shown`;
      setUsable(this.show, reason, `${isShown ? "Hide" : "Show"}${this.#key}`);
    }
    const isColor = colormap === CHANNEL_COLOR;
    this.color.hidden = !isColor;
    this.color.value = display.color;
    this.swatch.hidden = isColor;
    this.auto.setAttribute("aria-pressed", String(display.auto || shown.state.per_frame));
    this.contrast.element.hidden = !isOpen;
    this.#ifNew("options", [shown.state, display, colormap, isComposite], () => {
      this.swatch.style.background = gradient(shown.palette());
      this.options.update(shown);
    });
    if (isOpen) this.contrast.update(shown);
  }

  /**
   * Run what depends on some things if one of them is another.
   * @param {string} part
   * @param {unknown[]} things
   * @param {() => void} run
   */
  #ifNew(part, things, run) {
    const old = this.#parts.get(part);
    if (old && things.every((thing, i) => thing === old[i])) return;
    this.#parts.set(part, things);
    run();
  }
}

/** Histogram, axis, limits. */
class RowContrast {
  /** What was drawn last. @type {unknown[]} */
  #drawn = [];
  /** @type {string} */
  #axisOf = "";

  /** @param {RowHandlers & import("./options.js").OptionHandlers} handlers */
  constructor({onLimits, onFull, onChange}) {
    this.canvas = h("canvas", {className: "histogram", width: WIDTH, height: HEIGHT, "aria-hidden": "true"});
    this.handles = new Handles(this.canvas, onLimits, onFull);
    this.axis = h("div", {className: "axis", "aria-hidden": "true"});
    this.word = h("div", {className: "word", role: "status", hidden: true});
    const onWord = (/** @type {string} */ word) => {
      this.word.textContent = word;
      this.word.hidden = !word;
    };
    this.fields = [new LimitField("low", {onLimits, onWord}), new LimitField("high", {onLimits, onWord})];
    this.hints = ["below the lower limit", "above the upper limit"].map((where) =>
      // Each frame has others: they are not read out.
      h("output", {className: "cut", "data-where": where, "aria-live": "off"}),
    );
    this.scale = segmented("histogram", SCALES, (histogram_scale) => onChange({histogram_scale}));
    this.element = h(
      "div",
      {className: "contrast"},
      this.handles.element,
      this.axis,
      h(
        "div",
        {className: "limits"},
        this.fields[0].element,
        this.hints[0],
        this.scale.element,
        this.hints[1],
        this.fields[1].element,
      ),
      this.word,
    );
  }

  /** @param {RowShown} shown */
  update({state, display, counts, lut, scale}) {
    const {limits} = display;
    this.handles.update(limits, (value) => intensityText(scale, value));
    for (const field of this.fields) field.update({limits, scale});
    this.scale.update(state.histogram_scale);
    this.#drawAxis(scale);
    const drawn = [display, counts, state.histogram_scale, state.colormap, state.invert, state.composite];
    if (drawn.every((each, i) => each === this.#drawn[i])) return;
    this.#drawn = drawn;
    this.#draw(counts, limits, state.histogram_scale === "log", lut());
  }

  /**
   * @param {Uint32Array | null} counts
   * @param {[number, number]} limits
   * @param {boolean} isLog
   * @param {Uint32Array} lut
   */
  #draw(counts, limits, isLog, lut) {
    const pixels = histogramPixels({counts, isLog, limits, lut}, WIDTH, HEIGHT);
    const image = new ImageData(new Uint8ClampedArray(pixels.buffer), WIDTH, HEIGHT);
    context2d(this.canvas).putImageData(image, 0, 0);
    const parts = counts ? cutOff(counts, limits) : [0, 0];
    this.hints.forEach((hint, i) => {
      hint.textContent = percentText(parts[i]);
      hint.title = hint.textContent && `${hint.textContent} of the pixels are ${hint.dataset.where}`;
    });
  }

  /** @param {import("./scale.js").Scale} scale */
  #drawAxis(scale) {
    const key = `${scale.low} ${scale.high}`;
    if (key === this.#axisOf) return;
    this.#axisOf = key;
    const ticks = axisTicks(scale).map(({part, text}) => {
      const tick = h("span", {}, text);
      tick.style.left = `${100 * part}%`;
      tick.style.transform = `translateX(${part < END ? 0 : part > 1 - END ? -100 : -50}%)`;
      return tick;
    });
    this.axis.replaceChildren(...ticks);
  }
}

/**
 * CSS of colors from left to right.
 * @param {Uint32Array} palette little-endian RGBA
 */
function gradient(palette) {
  const stops = [0, 51, 102, 153, 204, 255].map((i) => {
    const color = palette[i];
    return `rgb(${color & 255} ${(color >> 8) & 255} ${(color >> 16) & 255})`;
  });
  return `linear-gradient(to right, ${stops.join(", ")})`;
}
