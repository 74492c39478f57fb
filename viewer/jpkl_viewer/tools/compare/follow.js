// Where another stack goes when the view's is somewhere: positions that belong together.

import {initialDisplay} from "../../browser/state/settings.js";
import {sharedLimits, usualContrast} from "./contrast.js";

/**
 * @typedef {import("../../browser/state/stack.js").Stack} Stack
 * @typedef {import("../../browser/types.js").State} State
 */

/**
 * Names of all in which a state differs from the one before: with each step of a scrub it is its position alone, and
 * while a tool is used, its tools.
 * @param {State} before
 * @param {State} state
 */
export function changesOf(before, state) {
  const [old, now] = /** @type {Record<string, any>[]} */ ([before, state]);
  return Object.keys(now).filter((name) => now[name] !== old[name]);
}

/**
 * Dims of the same name go together, as far as the other stack has the index.
 * @param {number[]} position
 * @param {Stack} stack at that position
 * @param {Stack} other
 * @param {number[]} old position of the other, which it keeps along dims that the view's stack does not have
 */
export function follow(position, stack, other, old) {
  return other.dims.map(({name, size}, d) => {
    const leading = stack.dims.findIndex((dim) => dim.name === name);
    return leading < 0 ? old[d] : Math.min(position[leading], size - 1);
  });
}

/**
 * The same for a projection; null where the other has none of its frames.
 * @param {State["projection"]} projection
 * @param {Stack} stack
 * @param {Stack} other
 */
export function followProjection(projection, stack, other) {
  if (!projection) return null;
  const dim = other.dims.findIndex(({name}) => name === stack.dims[projection.dim].name);
  if (dim < 0 || projection.start >= other.sizes[dim]) return null;
  return {...projection, dim, stop: Math.min(projection.stop, other.sizes[dim])};
}

/**
 * The state of a view, for another stack.
 * @param {State} state
 * @param {Stack} stack of the view
 * @param {Stack} other
 * @param {number[]} old position of the other
 * @param {import("./contrast.js").Contrast | null} [contrast] null for the usual one
 * @returns {State}
 */
export function stateFor(state, stack, other, old, contrast = null) {
  const own = {
    ...state,
    position: follow(state.position, stack, other, old),
    channels: other.channels.map(({color}, i) => state.channels[i] ?? initialDisplay(color)),
    projection: followProjection(state.projection, stack, other),
  };
  if ((contrast ?? usualContrast(stack.span, other.span)) === "own") return {...own, per_frame: true};
  return {...own, channels: sharedDisplays(state, stack, own, other)};
}

/**
 * How channels of another stack are shown with the contrast limits of the view's, in units of the files where both are
 * known.
 * @param {State} state
 * @param {Stack} stack
 * @param {State} own that of the other
 * @param {Stack} other
 */
function sharedDisplays(state, stack, own, other) {
  if (stack.ranges === null || other.ranges === null) return own.channels;
  return own.channels.map((display, i) => {
    if (i >= stack.channels.length) return display;
    const [mine, its] = [scaleOf(state, stack, i), scaleOf(own, other, i)];
    return {...display, limits: sharedLimits(display.limits, mine, its)};
  });
}

/** @param {State} state @param {Stack} stack @param {number} channel */
function scaleOf(state, stack, channel) {
  const {position} = state;
  const at = stack.channelDim === null ? position : stack.at(position, stack.channelDim, channel);
  return stack.scale(at, stack.projectionOf(state));
}
