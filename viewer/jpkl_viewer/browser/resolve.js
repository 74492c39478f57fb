// From what the user chose to what is drawn, and in which colors: pure, and the same as `model/resolve.py` in
// Python. Both are held to the golden views in `tests/data/views.json`, which has one of each setting.

import {colorRamp, lookupTable} from "./colors.js";
import {PIXEL_VALUES} from "./limits.js";

/** @typedef {import("./stack.js").Stack} Stack */
/** @typedef {import("./types.js").State} State */

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
  if (channelDim === null || !(state.composite && stack.canCompose))
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
  if (state.composite && stack.canCompose) return {colors: colorRamp(color), limits, gamma, invert: false};
  return {colors: colormaps[state.colormap], limits, gamma, invert: state.invert};
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
