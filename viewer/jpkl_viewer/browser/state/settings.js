// The settings of a view: the table in `limits.json` that Python makes `ViewState` from, too.
//
// What has to know all settings goes through the table: links, and what asks whether something has changed.

import shared from "../../limits.json" with {type: "json"};

/**
 * One thing that can be set.
 * @typedef {object} Setting
 * @property {string} kind which values it can have
 * @property {any} default
 * @property {string} doc what it is, for people
 * @property {boolean} [colors] whether it changes the colors of pixels
 * @property {boolean} [remembered] whether the browser keeps what the user has changed of it
 * @property {string | null} [link] its name in links where that is another; null where links leave it out
 * @property {string} [range] name of the range of a number
 */

/** @typedef {typeof shared.settings} ViewTable */
/** @typedef {typeof shared.channelSettings} ChannelTable */

/** Settings of a view by name. @type {Record<string, Setting>} */
export const VIEW_SETTINGS = shared.settings;

/** Settings of each channel, in the order in which links have them. @type {Record<string, Setting>} */
export const CHANNEL_SETTINGS = shared.channelSettings;

/** Settings of playing a stack. @type {Record<string, Setting>} */
export const PLAYBACK_SETTINGS = shared.playbackSettings;

const COLORING = Object.keys(VIEW_SETTINGS).filter((name) => VIEW_SETTINGS[name].colors);

/** Names of those that the browser remembers of a stack. */
export const REMEMBERED = Object.keys(VIEW_SETTINGS).filter((name) => VIEW_SETTINGS[name].remembered);

/**
 * Least and greatest value of a setting that is a number.
 * @param {Setting} setting
 * @returns {number[]}
 */
export function rangeOf({range}) {
  const ranges = /** @type {Record<string, any>} */ (shared);
  return range === undefined ? [-Infinity, Infinity] : ranges[range];
}

/**
 * The part of a state that changes the colors of pixels, as text: what was colored under the same is the same.
 * @param {import("../types.js").State} state
 */
export function colorKey(state) {
  const values = /** @type {Record<string, any>} */ (state);
  return JSON.stringify(COLORING.map((name) => values[name]));
}

/**
 * How a channel is displayed at the start.
 * @param {string} color
 * @returns {import("../types.js").ChannelDisplay}
 */
export function initialDisplay(color) {
  const display = Object.fromEntries(
    Object.entries(CHANNEL_SETTINGS).map(([name, of]) => [name, of.default]),
  );
  return {.../** @type {import("../types.js").ChannelDisplay} */ (display), color};
}
