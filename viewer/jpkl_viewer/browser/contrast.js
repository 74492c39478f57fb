// Contrast as controls: a histogram with two handles, gamma, and what sets them automatically.

import {context2d, h} from "./dom.js";
import {GAMMA, PIXEL_VALUES} from "./limits.js";

const [DARKEST, BRIGHTEST] = PIXEL_VALUES;
/** The slider of gamma goes from -1 to 1: its position is the logarithm to this base. */
const GAMMA_BASE = 5;
/** Rows of the histogram that are the strip of colors, and those down to which the bars reach. */
const STRIP = 6;
const FOOT = 8;
/** Little-endian RGBA. */
const BAR_COLOR = 0xff9a938c;

/** @typedef {import("./types.js").ChannelDisplay} ChannelDisplay */
/** @typedef {import("./types.js").State} State */

/**
 * @typedef {object} ContrastHandlers
 * @property {(limits: [number, number]) => void} onLimits
 * @property {(values: Partial<ChannelDisplay>) => void} onDisplay what else changes of the channel
 * @property {() => void} onAuto
 * @property {() => void} onFull
 * @property {() => void} onReset
 * @property {(values: Partial<State>) => void} onChange what changes of the state
 * @property {(isWhole: boolean) => void} onWhole whether the histogram is of the whole stack
 */

/**
 * What is shown.
 * @typedef {object} Contrast
 * @property {State} state
 * @property {ChannelDisplay} display of the channel
 * @property {Uint32Array | null} counts of the pixel values
 * @property {Uint32Array} lut their colors
 * @property {(value: number) => string} toOriginal intensity of a pixel value
 * @property {boolean} isWhole
 * @property {boolean} canInvert
 */

/**
 * The limits after a handle was moved: at least one value apart, the other handle gives way.
 * @param {"low" | "high"} moved
 * @param {number} low
 * @param {number} high
 * @returns {[number, number]}
 */
export function pushLimits(moved, low, high) {
  if (low < high) return [low, high];
  const from = moved === "low" ? Math.min(low, BRIGHTEST - 1) : Math.max(high, DARKEST + 1) - 1;
  return [from, from + 1];
}

/**
 * Gamma at a position of its slider.
 * @param {number} position
 */
export function gammaAt(position) {
  const [least, most] = GAMMA;
  return Math.min(most, Math.max(least, Number((GAMMA_BASE ** position).toFixed(2))));
}

/**
 * Histogram with a strip of the colors that its values have, as little-endian RGBA.
 * @param {Uint32Array | null} counts
 * @param {Uint32Array} lut color of each value
 * @param {number} height
 */
export function histogramPixels(counts, lut, height) {
  const width = lut.length;
  const pixels = new Uint32Array(width * height);
  // Logarithmic: beside a dark background everything else would vanish.
  const top = counts ? Math.log1p(Math.max(...counts)) : 1;
  for (let value = 0; value < width; value++) {
    const bar = counts ? Math.round((Math.log1p(counts[value]) / top) * (height - FOOT)) : 0;
    for (let y = 0; y < height; y++) {
      const isInStrip = y >= height - STRIP;
      if (isInStrip || height - FOOT - y < bar)
        pixels[y * width + value] = isInStrip ? lut[value] : BAR_COLOR;
    }
  }
  return pixels;
}

/**
 * Histogram with two handles for the contrast limits; the strip below it has the colors of the pixels.
 * @param {Pick<ContrastHandlers, "onLimits" | "onWhole">} handlers
 */
function limitsEditor({onLimits, onWhole}) {
  const canvas = h("canvas", {className: "histogram", width: 256, height: 64, "aria-hidden": "true"});
  const handle = (/** @type {"low" | "high"} */ which, /** @type {string} */ label) =>
    h("input", {
      type: "range",
      min: DARKEST,
      max: BRIGHTEST,
      step: 1,
      className: which,
      "aria-label": label,
      oninput: () => onLimits(pushLimits(which, Number(low.value), Number(high.value))),
    });
  const low = handle("low", "lower contrast limit");
  const high = handle("high", "upper contrast limit");
  const texts = [h("output", {}), h("output", {})];
  const whole = h(
    "select",
    {"aria-label": "histogram of", onchange: () => onWhole(whole.value === "stack")},
    h("option", {value: "frame"}, "frame"),
    h("option", {value: "stack"}, "stack"),
  );
  const of = h("label", {title: "what the histogram counts"}, "of ", whole);
  return {
    elements: [
      h("div", {className: "range"}, canvas, low, high),
      h("div", {className: "limits"}, texts[0], of, texts[1]),
    ],
    /** @param {Contrast} contrast */
    update({display, counts, lut, toOriginal, isWhole}) {
      [low, high].forEach((input, i) => {
        input.value = String(display.limits[i]);
        texts[i].textContent = toOriginal(display.limits[i]);
        input.setAttribute("aria-valuetext", texts[i].textContent);
      });
      whole.value = isWhole ? "stack" : "frame";
      const {width, height} = canvas;
      const bytes = new Uint8ClampedArray(histogramPixels(counts, lut, height).buffer);
      context2d(canvas).putImageData(new ImageData(bytes, width, height), 0, 0);
    },
  };
}

/** @param {Pick<ContrastHandlers, "onDisplay">} handlers */
function gammaSlider({onDisplay}) {
  const slider = h("input", {
    type: "range",
    min: -1,
    max: 1,
    step: 0.02,
    "aria-label": "gamma",
    oninput: () => onDisplay({gamma: gammaAt(Number(slider.value))}),
  });
  const text = h("output", {});
  return {
    element: h("label", {className: "row"}, "Gamma", slider, text),
    /** @param {number} gamma */
    update(gamma) {
      slider.value = String(Math.log(gamma) / Math.log(GAMMA_BASE));
      text.textContent = gamma.toFixed(2);
    },
  };
}

/**
 * A small switch among the buttons.
 * @param {string} text
 * @param {string} title
 * @param {(isOn: boolean) => void} onChange
 */
function smallSwitch(text, title, onChange) {
  const input = h("input", {type: "checkbox", onchange: () => onChange(input.checked)});
  return {input, element: h("label", {title}, input, ` ${text}`)};
}

/** @param {ContrastHandlers} handlers */
export function contrastEditor(handlers) {
  const {onAuto, onFull, onReset, onChange} = handlers;
  const button = (
    /** @type {string} */ text,
    /** @type {string} */ title,
    /** @type {() => void} */ onclick,
  ) => h("button", {className: "text", title, onclick}, text);
  const limits = limitsEditor(handlers);
  const gamma = gammaSlider(handlers);
  const perFrame = smallSwitch("per frame", "new automatic limits for each frame", (per_frame) =>
    onChange({per_frame}),
  );
  const invert = smallSwitch("invert", "run through the colormap backwards", (invert) => onChange({invert}));
  const buttons = h(
    "div",
    {className: "buttons"},
    button("Auto", "limits between percentiles of the histogram", onAuto),
    button("Full", "the full range", onFull),
    button("Reset", "back to the first view", onReset),
    perFrame.element,
    invert.element,
  );
  return {
    element: h("div", {className: "contrast"}, ...limits.elements, buttons, gamma.element),
    /** @param {Contrast} contrast */
    update(contrast) {
      limits.update(contrast);
      gamma.update(contrast.display.gamma);
      perFrame.input.checked = contrast.state.per_frame;
      invert.input.checked = contrast.state.invert;
      invert.element.hidden = !contrast.canInvert;
    },
  };
}
