// From what the user chose to what is drawn, and in which colors: pure, and the same as `model/resolve.py` in
// Python. Both are held to the golden views in `tests/data/views.json`, which has one of each setting.

import {colorRamp, lookupTable} from "./colors.js";
import {PIXEL_VALUES} from "../base/limits.js";
import {VIEW_SETTINGS} from "./settings.js";

/** In place of the name of a colormap: from black to the color of the channel. */
export const CHANNEL_COLOR = "color";

/** @typedef {import("./stack.js").Stack} Stack */
/** @typedef {import("../types.js").State} State */

/**
 * How the values of a channel become colors, as `lookupTable` takes it.
 * @typedef {{colors: Uint8Array, limits: readonly number[], gamma: number, invert: boolean}} Look
 */

/**
 * Channels that make up the picture at a position, one or the visible ones of a composite, and where they are.
 * @param {number[]} position
 * @param {State} state
 * @param {Stack} stack
 * @returns {{channel: number, position: number[]}[]}
 */
export function layersAt(position, state, stack) {
  const {channelDim} = stack;
  if (channelDim === null || !isComposite(state, stack))
    return [{channel: stack.channelOf(position), position}];
  return state.channels.flatMap(({visible}, channel) =>
    visible ? [{channel, position: stack.at(position, channelDim, channel)}] : [],
  );
}

/**
 * @param {number} channel
 * @param {State} state
 * @param {Stack} stack
 * @param {Record<string, Uint8Array>} colormaps
 * @returns {Look}
 */
export function lookOf(channel, state, stack, colormaps) {
  const {limits, gamma, color} = state.channels[channel];
  const name = colormapOf(channel, state, stack);
  const colors = name === CHANNEL_COLOR ? colorRamp(color) : colormaps[name];
  return {colors, limits, gamma, invert: state.invert && !isComposite(state, stack)};
}

/**
 * Whether channels are added up.
 * @param {Pick<State, "composite">} state
 * @param {Pick<Stack, "canCompose">} stack
 */
export function isComposite({composite}, {canCompose}) {
  return composite && canCompose;
}

/**
 * Name of the colormap that a channel is shown with, `CHANNEL_COLOR` for black to its color: its own, or
 * where it is shown alone and has none, that of the view.
 * @param {number} channel
 * @param {State} state
 * @param {Pick<Stack, "canCompose">} stack
 */
export function colormapOf(channel, state, stack) {
  const own = state.channels[channel].colormap;
  return own === CHANNEL_COLOR && !isComposite(state, stack) ? state.colormap : own;
}

/**
 * The state without colormaps that only another version knows: the browser could not color what it shows.
 * @param {State} state
 * @param {Record<string, Uint8Array>} colormaps
 * @returns {State}
 */
export function withKnownColormaps(state, colormaps) {
  const isKnown = (/** @type {string} */ name) => name === CHANNEL_COLOR || Object.hasOwn(colormaps, name);
  return {
    ...state,
    colormap: isKnown(state.colormap) ? state.colormap : VIEW_SETTINGS.colormap.default,
    channels: state.channels.map((display) =>
      isKnown(display.colormap) ? display : {...display, colormap: CHANNEL_COLOR},
    ),
  };
}

/**
 * The color of each of the 256 values.
 * @param {Look} look
 */
export function lutOf({colors, limits, gamma, invert}) {
  return lookupTable(colors, limits, gamma, invert);
}

/**
 * 256 colors from the lower to the upper contrast limit.
 * @param {Look} look
 */
export function paletteOf(look) {
  return lutOf({...look, limits: PIXEL_VALUES});
}
