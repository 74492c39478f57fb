// Stacks and states for tests.

import {VIEW_SETTINGS, initialDisplay} from "../../viewer/jpkl_viewer/browser/state/settings.js";
import {Stack} from "../../viewer/jpkl_viewer/browser/state/stack.js";

/**
 * A gray stack of 10 frames of 8 x 6 pixels along time.
 * @param {Partial<import("../../viewer/jpkl_viewer/browser/types.js").Description>} others
 */
export function makeStack(others = {}) {
  return new Stack({
    title: "stack",
    height: 6,
    width: 8,
    color: false,
    dims: [{name: "time", size: 10, coords: null, unit: ""}],
    channelDim: null,
    channels: [{name: "channel 0", color: "#ffffff"}],
    pixelSize: null,
    pixelUnit: "",
    aspect: 1,
    quality: 90,
    ranges: null,
    ...others,
  });
}

/**
 * The state in which a viewer shows a stack first.
 * @param {Stack} stack
 * @param {Partial<import("../../viewer/jpkl_viewer/browser/types.js").State>} others
 * @returns {import("../../viewer/jpkl_viewer/browser/types.js").State}
 */
export function makeState(stack, others = {}) {
  const settings = Object.fromEntries(Object.entries(VIEW_SETTINGS).map(([name, of]) => [name, of.default]));
  return {
    .../** @type {import("../../viewer/jpkl_viewer/browser/types.js").Settings} */ (settings),
    position: stack.sizes.map(() => 0),
    channels: stack.channels.map(({color}) => initialDisplay(color)),
    playback: {dim: 0, fps: 10, mode: "loop"},
    zoom: null,
    ...others,
  };
}
