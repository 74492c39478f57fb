// What is plotted of regions: a curve or profile of each, or one in each channel.

import {numberOf, titleOf} from "./settings.js";

/**
 * @typedef {import("../../browser/state/stack.js").Stack} Stack
 * @typedef {import("./settings.js").RoiSettings} RoiSettings
 * @typedef {import("./shapes.js").PlainRoi} PlainRoi
 * @typedef {import("./shapes.js").Roi} Roi
 */

/**
 * A region in one channel. Its name is unique, and what is asked for under.
 * @typedef {object} SeriesOf
 * @property {string} region name of the region
 * @property {number[]} position where it is measured
 * @property {string} title
 * @property {string} color
 * @property {string} dash as SVG has it; "" for a solid line
 */

/** @typedef {Omit<PlainRoi, "label"> & SeriesOf} RegionSeries */

/** Tell regions apart where colors tell channels apart. */
const DASHES = ["", "7 4", "2 4", "8 3 2 3"];

/**
 * What a region is asked for under where it is measured at a position: the same for all positions along the channels.
 * @param {string} name
 * @param {number[]} position
 * @param {number | null} channelDim
 * @param {number | null} along
 */
export function seriesName(name, position, channelDim, along) {
  return channelDim === null || channelDim === along ? name : `${name} ${position[channelDim]}`;
}

/**
 * The dash of a region's lines, which follows from its name.
 * @param {{name: string}} roi
 */
export const dashOf = (roi) => DASHES[(numberOf(roi) - 1) % DASHES.length];

/**
 * A color of a channel, mixed with that of the text so that it can be seen on any background.
 * @param {string} color
 */
export const plotColor = (color) => `color-mix(in srgb, ${color}, var(--text) 45%)`;

/**
 * @param {Roi[]} rois
 * @param {number[]} position
 * @param {Stack} stack
 * @param {{along: number | null, isAll: boolean, colors: string[]}} options the dim along which they are, whether all
 *   channels are plotted, and colors of the channels
 * @returns {RegionSeries[]}
 */
export function seriesOf(rois, position, stack, {along, isAll, colors}) {
  const {channelDim} = stack;
  const dim = isAll && channelDim !== along ? channelDim : null;
  const positions = dim === null ? [position] : stack.channels.map((_, i) => stack.at(position, dim, i));
  return rois.flatMap((roi) =>
    positions.map((at) => ({
      name: seriesName(roi.name, at, channelDim, along),
      region: roi.name,
      shape: roi.shape,
      points: roi.points,
      position: at,
      title: dim === null ? titleOf(roi) : `${titleOf(roi)}, ${stack.channels[at[dim]].name}`,
      color: dim === null ? roi.color : plotColor(colors[at[dim]]),
      dash: dim === null ? "" : dashOf(roi),
    })),
  );
}
