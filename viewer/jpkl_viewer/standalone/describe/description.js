// What is known of a stack before a frame is shown; as `model/stack.py` and `describe_for_browser`.

import {physical} from "../../browser/base/numbers.js";
import {encodingText, exactness, hiddenDtype} from "../format/codec.js";
import {fidelityProfiles} from "./fidelity.js";
import {fidelityText} from "../format/fidelity.js";
import {channelDim, pixelAspect} from "./metadata.js";
import {colorsOf} from "./channel_colors.js";

/** @typedef {import("../../browser/types.js").Description} Description */
/** @typedef {import("../../browser/types.js").Dim} Dim */
/** @typedef {import("../sources/found.js").Info} StackInfo */
/** @typedef {import("./metadata.js").Known} Known */

/**
 * @param {StackInfo} info
 * @param {[number, number]} shape of a frame
 * @param {Known} metadata
 * @param {string} title
 * @returns {Description}
 */
export function describe(info, [height, width], metadata, title) {
  const channel = channelDim(info.names);
  const {dims} = metadata;
  const profiles = info.fidelity && fidelityProfiles(info.fidelity, info.sizes);
  const nFrames = info.sizes.reduce((product, size) => product * size, 1);
  return {
    title,
    height,
    width,
    color: info.color,
    dims,
    channelDim: channel,
    channels: describeChannels(channel === null ? null : dims[channel], metadata),
    pixelSize: metadata.pixelSize,
    pixelUnit: metadata.pixelUnit,
    aspect: pixelAspect(metadata),
    quality: info.quality,
    ranges: describeRanges(info),
    isInteger: info.codec.dtype !== null || ["b", "u", "i"].includes(info.sourceDtype?.[1] ?? ""),
    fidelity: info.fidelity === null ? "" : fidelityText(info.fidelity, nFrames),
    ...(profiles === null ? {} : {profiles}),
    ...(info.labels.length
      ? {labels: info.labels.map(({name, dtype, sizes}) => ({name, dtype, sizes}))}
      : {}),
    isLive: false,
    encoding: encodingText(info.codec, info.quality),
    ...exactness(info.codec, hiddenDtype(info.codec, info.displayRange) !== null),
    isOriginal: false,
    isRangeExact: true,
    reduction: [1, 1],
  };
}

/**
 * @param {Dim | null} dim
 * @param {Known} metadata
 */
function describeChannels(dim, metadata) {
  const n = dim?.size ?? 1;
  const numbered = Array.from({length: n}, (_, i) => (dim && physical(dim, i)) || `channel ${i}`);
  const names = metadata.channelNames.length ? metadata.channelNames : numbered;
  const own = ownColors(metadata);
  const colors = own.length ? own : colorsOf(names);
  return names.map((name, i) => ({name, color: colors[i]}));
}

/**
 * The colors that the file gives its channels, if they say anything: white alone says nothing, and black is of an
 * inverted lookup table.
 * @param {Known} metadata
 */
export function ownColors({channelColors}) {
  const isSame = channelColors.length > 1 && new Set(channelColors).size === 1;
  return isSame || channelColors.includes("#000000") ? [] : channelColors;
}

/** @param {StackInfo} info @returns {Description["ranges"]} */
function describeRanges({displayRange}) {
  if (displayRange === null) return null;
  // 0 to 255 of 8-bit data says nothing that the pixel values do not say themselves.
  const found = [...new Set(displayRange.values)].sort((a, b) => a - b);
  if (found.length === 2 && found[0] === 0 && found[1] === 255) return null;
  return {shape: displayRange.shape.slice(0, -1), values: [...displayRange.values]};
}
