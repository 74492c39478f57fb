// Where another stack goes when the view's is somewhere: positions that belong together.

import {initialDisplay} from "../../browser/state/settings.js";

/**
 * @typedef {import("../../browser/state/stack.js").Stack} Stack
 * @typedef {import("../../browser/types.js").State} State
 */

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
 * @returns {State}
 */
export function stateFor(state, stack, other, old) {
  return {
    ...state,
    position: follow(state.position, stack, other, old),
    channels: other.channels.map(({color}, i) => state.channels[i] ?? initialDisplay(color)),
    projection: followProjection(state.projection, stack, other),
  };
}
