// How a channel is displayed beside its limits: colormap, gamma, direction, and what its histogram counts.

import {context2d, h} from "../base/dom.js";
import {icon} from "../base/icons.js";
import {GAMMA} from "../base/limits.js";
import {CHANNEL_COLOR} from "../state/resolve.js";

/** The slider of gamma goes from -1 to 1: its position is the logarithm to this base. */
const GAMMA_BASE = 5;
const ONLY_ALONE = "Only for a channel that is shown alone: in a composite, colors add up";

/**
 * @typedef {import("../types.js").ChannelDisplay} ChannelDisplay
 * @typedef {import("../types.js").State} State
 */

/**
 * @typedef {object} OptionHandlers
 * @property {(name: string) => void} onColormap
 * @property {(values: Partial<ChannelDisplay>) => void} onDisplay
 * @property {(values: Partial<State>) => void} onChange what changes of the state
 */

/**
 * What is shown.
 * @typedef {object} Options
 * @property {State} state
 * @property {ChannelDisplay} display
 * @property {string} colormap name of the one that is seen
 * @property {() => Uint32Array} palette its 256 colors, as little-endian RGBA
 * @property {boolean} isComposite
 */

/**
 * Gamma at a position of its slider.
 * @param {number} position
 */
export function gammaAt(position) {
  const [least, most] = GAMMA;
  return Math.min(most, Math.max(least, Number((GAMMA_BASE ** position).toFixed(2))));
}

/** @param {Pick<OptionHandlers, "onDisplay">} handlers */
function gammaSlider({onDisplay}) {
  const slider = h("input", {
    type: "range",
    min: -1,
    max: 1,
    step: 0.02,
    "aria-label": "gamma",
    title: "Below 1 brightens; double-click to reset it to 1",
    oninput: () => onDisplay({gamma: gammaAt(Number(slider.value))}),
    ondblclick: () => onDisplay({gamma: 1}),
  });
  const text = h("output", {});
  return {
    element: h("label", {className: "row"}, "Gamma", slider, text),
    /** @param {number} gamma */
    update(gamma) {
      slider.value = String(Math.log(gamma) / Math.log(GAMMA_BASE));
      text.textContent = gamma.toFixed(2);
      slider.setAttribute("aria-valuetext", text.textContent);
    },
  };
}

/**
 * @param {string} text
 * @param {string} title
 * @param {(isOn: boolean) => void} onChange
 */
function option(text, title, onChange) {
  const input = h("input", {type: "checkbox", onchange: () => onChange(input.checked)});
  return {input, title, element: h("label", {className: "row", title}, input, text)};
}

/**
 * @param {string[]} names of the colormaps
 * @param {boolean} isColor whether frames are RGB
 * @param {OptionHandlers["onColormap"]} onColormap
 */
function colormapChoice(names, isColor, onColormap) {
  const select = h(
    "select",
    {"aria-label": "colormap", onchange: () => onColormap(select.value)},
    ...[CHANNEL_COLOR, ...names].map((name) => h("option", {value: name}, name)),
  );
  const strip = h("canvas", {className: "strip", width: 256, height: 1, "aria-hidden": "true"});
  return {
    elements: isColor ? [] : [h("label", {className: "row"}, "Colormap", select), strip],
    /** @param {Options} options */
    update({colormap, palette}) {
      select.value = colormap;
      const image = new ImageData(new Uint8ClampedArray(palette().slice().buffer), 256, 1);
      context2d(strip).putImageData(image, 0, 0);
    },
  };
}

/**
 * What opens below the line of a channel; the name of the colormap opens it.
 * @param {string[]} names of the colormaps
 * @param {boolean} isColor whether frames are RGB
 * @param {OptionHandlers} handlers
 */
export function channelOptions(names, isColor, handlers) {
  const {onColormap, onChange} = handlers;
  const name = h("span", {});
  const room = h("span", {className: "room", "aria-hidden": "true"});
  const colormap = colormapChoice(names, isColor, onColormap);
  const gamma = gammaSlider(handlers);
  const invert = option("invert", "Reverse the colormap", (isOn) => onChange({invert: isOn}));
  const perFrame = option("per frame", "New automatic limits for each frame", (per_frame) =>
    onChange({per_frame}),
  );
  const of = h(
    "select",
    {"aria-label": "histogram of", onchange: () => onChange({histogram_of: /** @type {any} */ (of.value)})},
    h("option", {value: "frame"}, "what is shown"),
    h("option", {value: "stack"}, "the whole stack"),
  );
  return {
    /** In the line above, as wide as what opens the options, which lies over it. */
    room,
    element: h(
      "details",
      {className: "options"},
      h("summary", {title: "Colormap, gamma, and what the histogram counts"}, name, icon("down")),
      ...colormap.elements,
      gamma.element,
      isColor ? null : invert.element,
      perFrame.element,
      h("label", {className: "row"}, "Histogram of", of),
    ),
    /** @param {Options} options */
    update(options) {
      const {state, display, isComposite} = options;
      name.textContent = room.textContent = isColor ? "RGB" : options.colormap;
      colormap.update(options);
      gamma.update(display.gamma);
      invert.input.checked = state.invert && !isComposite;
      invert.input.disabled = isComposite;
      invert.element.title = isComposite ? ONLY_ALONE : invert.title;
      perFrame.input.checked = state.per_frame;
      of.value = state.histogram_of;
    },
  };
}
