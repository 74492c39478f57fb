// Which channels are shown, and what a click on an eye or a name makes of it.

import {isComposite} from "../state/resolve.js";

/**
 * @typedef {import("../state/stack.js").Stack} Stack
 * @typedef {import("../types.js").State} State
 */

/**
 * Whether each channel is shown.
 * @param {State} state
 * @param {Stack} stack
 */
export function shownChannels(state, stack) {
  const only = stack.channelOf(state.position);
  return stack.channels.map((_, i) => (isComposite(state, stack) ? state.channels[i].visible : i === only));
}

/**
 * A composite of these channels.
 * @param {State} state
 * @param {(channel: number) => boolean} isVisible
 * @returns {Partial<State>}
 */
function compositeOf(state, isVisible) {
  return {composite: true, channels: state.channels.map((old, i) => ({...old, visible: isVisible(i)}))};
}

/**
 * A composite with a channel shown that was not, or the other way round.
 * @param {number} channel
 * @param {State} state
 * @param {Stack} stack
 */
export function toggled(channel, state, stack) {
  const shown = shownChannels(state, stack);
  return compositeOf(state, (i) => (i === channel ? !shown[i] : shown[i]));
}

/**
 * One channel alone, or if it is that already, all.
 * @param {number} channel
 * @param {State} state
 * @param {Stack} stack
 */
export function soloed(channel, state, stack) {
  const shown = shownChannels(state, stack);
  const isAlone = shown.every((isShown, i) => isShown === (i === channel));
  return compositeOf(state, (i) => isAlone || i === channel);
}
