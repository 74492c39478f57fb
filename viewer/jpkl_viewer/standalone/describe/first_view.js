// What is seen of a stack before anybody has chosen anything; as `model/first_view.py`, which explains the rule.

import {autoLimits, rise} from "../../browser/pixels/auto_limits.js";
import {colorRamp} from "../../browser/state/colors.js";
import {PIXEL_VALUES} from "../../browser/base/limits.js";
import {PLAYBACK_SETTINGS, VIEW_SETTINGS, initialDisplay} from "../../browser/state/settings.js";
import {GRAY, MOST_TOGETHER, colorOf, isLabel, isTransmitted} from "./channel_colors.js";
import {ownColors} from "./description.js";

/** @typedef {import("../../browser/state/stack.js").Stack} Stack */
/** @typedef {import("../../browser/types.js").Settings} Settings */
/** @typedef {import("./metadata.js").Known} Known */

/**
 * Pixels of a channel: how often each value occurs in frames from all over the stack, and in the first picture; and
 * how much of the variation in that is left in means of 4 x 4 pixels.
 * @typedef {{counts: number[], first: number[], structure: number}} ChannelSample
 */

/** @typedef {Map<number, ChannelSample>} Samples */

const DEPTH_NAMES = ["z", "depth", "slice", "slices", "plane", "planes", "section", "sections"];
const UNKNOWN_NAME = /^[qi][0-9]*$/;
const LEAST_BRIGHTNESS = 1 / 4;
const BLACK = 1 / 32;
const MOST_RISE = 2.5;
const LEAST_STRUCTURE = 0.5;

/** The frame index of the first picture: the middle of z, the first index of other known dims. @param {Stack} stack */
export function firstPosition({dims}) {
  return dims.map(({name, size}) => (mayBeDepth(name.toLowerCase()) ? Math.floor(size / 2) : 0));
}

/** @param {string} name */
function mayBeDepth(name) {
  return DEPTH_NAMES.includes(name) || UNKNOWN_NAME.test(name);
}

/**
 * The settings of a viewer at its start.
 * @param {Stack} stack
 * @param {Known} metadata
 * @param {Samples} samples of the channels, by number; those without have their full range
 * @param {Record<string, Uint8Array>} colormaps
 * @returns {Settings}
 */
export function firstSettings(stack, metadata, samples, colormaps) {
  const defaults = Object.fromEntries(
    Object.entries(VIEW_SETTINGS).map(([name, {default: value}]) => [name, value]),
  );
  const playback = Object.fromEntries(
    Object.entries(PLAYBACK_SETTINGS).map(([name, {default: value}]) => [name, value]),
  );
  const settings = /** @type {Settings} */ (
    /** @type {unknown} */ ({
      ...defaults,
      position: firstPosition(stack),
      tools: {},
      projection: null,
      channels: stack.channels.map(({color}) => initialDisplay(color)),
      playback: {...playback, dim: longestDim(stack)},
    })
  );
  return stack.color ? settings : {...settings, ...grayView(stack, metadata, samples, colormaps, settings)};
}

/** @param {Stack} stack */
function longestDim({sizes, channelDim}) {
  const lengths = sizes.map((size, d) => (d === channelDim ? 0 : size));
  return Math.max(0, lengths.indexOf(Math.max(...lengths)));
}

/**
 * @param {Stack} stack
 * @param {Known} metadata
 * @param {Samples} samples
 * @param {Record<string, Uint8Array>} colormaps
 * @param {Settings} settings
 * @returns {Partial<Settings>}
 */
function grayView(stack, metadata, samples, colormaps, settings) {
  const visible = visibleChannels(stack, metadata, samples);
  const position = [...settings.position];
  const isOwn = ownColors(metadata).length > 0;
  const channels = stack.channels.map(({color}, number) => ({
    ...settings.channels[number],
    limits: channelLimits(number, settings.position, stack, metadata, samples.get(number)),
    color: isOwn || !looksTransmitted(number, stack, samples) ? color : GRAY,
    visible: visible[number],
  }));
  if (stack.channelDim !== null && visible.includes(true)) position[stack.channelDim] = visible.indexOf(true);
  const colormap = channels.length > 1 ? "gray" : colormapFor(stack.channels[0].color, colormaps);
  return {position, composite: stack.canCompose && metadata.displayMode !== "single", colormap, channels};
}

/**
 * @param {number} number
 * @param {number[]} position
 * @param {Stack} stack
 * @param {Known} metadata
 * @param {ChannelSample | undefined} sample
 * @returns {[number, number]}
 */
function channelLimits(number, position, stack, metadata, sample) {
  const [darkest, brightest] = PIXEL_VALUES;
  /** @type {[number, number]} */
  const automatic = sample ? sampledLimits(sample) : [darkest, brightest];
  if (!metadata.channelLimits.length) return automatic;
  const at = stack.channelDim === null ? position : stack.at(position, stack.channelDim, number);
  const own = inPixelValues(metadata.channelLimits[number], stack.rangeAt(at) ?? [darkest, brightest]);
  return own === null || (sample && isBlack(own, sample)) ? automatic : own;
}

/** @param {ChannelSample} sample @returns {[number, number]} */
function sampledLimits({counts, first}) {
  const [low, high] = autoLimits(counts);
  if (first.filter((count) => count > 0).length <= 1) return [low, high];
  const brightest = autoLimits(first)[1];
  return [low, Math.min(high, low + Math.max(1, (brightest - low) / LEAST_BRIGHTNESS))];
}

/**
 * Limits in the units of the file as pixel values; null where nothing lies between them.
 * @param {[number, number]} limits
 * @param {[number, number]} range
 * @returns {[number, number] | null}
 */
function inPixelValues(limits, [black, white]) {
  if (!(white > black)) return null;
  const [low, high] = limits.map((value) =>
    Math.min(255, Math.max(0, (255 * (value - black)) / (white - black))),
  );
  return low < high ? [low, high] : null;
}

/**
 * @param {[number, number]} limits
 * @param {ChannelSample} sample
 */
function isBlack([low, high], {counts, first}) {
  const brightest = autoLimits(first.some((count) => count > 0) ? first : counts)[1];
  return (brightest - low) / (high - low) < BLACK;
}

/**
 * @param {Stack} stack
 * @param {Known} metadata
 * @param {Samples} samples
 */
function visibleChannels(stack, metadata, samples) {
  if (metadata.channelVisible.includes(true)) return metadata.channelVisible;
  const isShown = stack.channels.map(
    ({name}, number) => !isLabel(name) && !isTransmitted(name) && !looksTransmitted(number, stack, samples),
  );
  const noLabels = stack.channels.map(({name}) => !isLabel(name));
  const chosen = [isShown, noLabels].find((flags) => flags.includes(true)) ?? isShown.map(() => true);
  return chosen.map((isOn, i) => isOn && chosen.slice(0, i).filter(Boolean).length < MOST_TOGETHER);
}

/**
 * @param {number} number
 * @param {Stack} stack
 * @param {Samples} samples
 */
function looksTransmitted(number, stack, samples) {
  const sample = samples.get(number);
  if (!sample || colorOf(stack.channels[number].name) !== null) return false;
  const hasFluorescence = [...samples.values()].some(({counts}) => rise(counts) > 2 * MOST_RISE);
  const reach = rise(sample.counts);
  return hasFluorescence && reach > 0 && reach <= MOST_RISE && sample.structure >= LEAST_STRUCTURE;
}

/**
 * The colormap from black to a color, where there is one.
 * @param {string} color
 * @param {Record<string, Uint8Array>} colormaps
 */
function colormapFor(color, colormaps) {
  const ramp = colorRamp(color);
  const found = Object.entries(colormaps).find(([, colors]) => colors.every((value, i) => value === ramp[i]));
  return found?.[0] ?? "gray";
}
