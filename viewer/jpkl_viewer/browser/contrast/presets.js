// Presets of channels: colors that go well together, and combinations that the user has saved. Nothing here touches
// the page.

import {link} from "../state/link.js";
import {CHANNEL_COLOR} from "../state/resolve.js";
import {shownChannels} from "./visibility.js";

/**
 * @typedef {import("../state/remembered.js").Store} Store
 * @typedef {import("../state/stack.js").Stack} Stack
 * @typedef {import("../types.js").ChannelDisplay} ChannelDisplay
 * @typedef {import("../types.js").State} State
 */

/**
 * A combination with a name.
 * @typedef {object} Preset
 * @property {string} name
 * @property {string[]} colors to show beside the name
 * @property {Partial<State>} values what it changes
 */

/**
 * One that the user has saved: `channels` is as links have it.
 * @typedef {{name: string, composite: boolean, colormap: string, channels: string, limits: boolean}} Saved
 */

const [GREEN, MAGENTA, CYAN, YELLOW] = ["#00ff00", "#ff00ff", "#00ffff", "#ffff00"];
const [ORANGE, RED, BLUE, GRAY] = ["#ff8000", "#ff0000", "#506eff", "#ffffff"];

/** Colors for so many channels; those that nearly everybody can tell apart come first. @type {[name: string, colors: string[]][]} */
const COLORS = [
  ["Green, magenta", [GREEN, MAGENTA]],
  ["Magenta, green", [MAGENTA, GREEN]],
  ["Cyan, orange", [CYAN, ORANGE]],
  ["Red, green", [RED, GREEN]],
  ["Cyan, magenta, yellow", [CYAN, MAGENTA, YELLOW]],
  ["Blue, green, magenta", [BLUE, GREEN, MAGENTA]],
  ["Blue, green, red", [BLUE, GREEN, RED]],
  ["Cyan, magenta, yellow, gray", [CYAN, MAGENTA, YELLOW, GRAY]],
  ["Blue, green, orange, magenta", [BLUE, GREEN, ORANGE, MAGENTA]],
];

/** Presets of one channel at a time. @type {[name: string, colormap: string, color: string][]} */
const ALONE = [
  ["All gray", "gray", GRAY],
  ["All inferno", "inferno", ORANGE],
];

/** Most presets that are saved for the same channels. */
const MOST = 50;
const LONGEST_NAME = 80;

/**
 * Channels with other values, their limits as they are.
 * @param {State} state
 * @param {(channel: number) => Partial<ChannelDisplay>} values
 */
const withValues = (state, values) => state.channels.map((old, i) => ({...old, ...values(i)}));

/**
 * Presets that suit the channels that are shown.
 * @param {State} state
 * @param {State} first the first view
 * @param {Stack} stack
 * @returns {Preset[]}
 */
export function presetsFor(state, first, stack) {
  const shown = shownChannels(state, stack);
  // Where channels are shown one at a time, presets are for all of them.
  const numbers = shown.flatMap((isShown, i) => (isShown || !state.composite ? [i] : []));
  const together = COLORS.filter(([, colors]) => colors.length === numbers.length).map(([name, colors]) => ({
    name,
    colors,
    values: {
      composite: true,
      channels: withValues(state, (i) => {
        const color = colors[numbers.indexOf(i)];
        return color ? {color, colormap: CHANNEL_COLOR, visible: true} : {};
      }),
    },
  }));
  const alone = ALONE.map(([name, colormap, color]) => ({
    name,
    colors: [color],
    values: {composite: false, colormap, channels: withValues(state, () => ({colormap: CHANNEL_COLOR}))},
  }));
  return [suggested(state, first), ...together, ...alone];
}

/**
 * The colors of the first view.
 * @param {State} state
 * @param {State} first
 * @returns {Preset}
 */
function suggested(state, {channels, composite, colormap}) {
  return {
    name: "Suggested",
    colors: channels.filter(({visible}) => visible).map(({color}) => color),
    values: {
      composite,
      colormap,
      channels: withValues(state, (i) => {
        const {color, colormap: own, visible} = channels[i];
        return {color, colormap: own, visible};
      }),
    },
  };
}

/**
 * Whether a preset changes nothing.
 * @param {Preset} preset
 * @param {State} state
 */
export function isApplied({values}, state) {
  const now = /** @type {Record<string, unknown>} */ (state);
  return Object.entries(values).every(([name, value]) => JSON.stringify(value) === JSON.stringify(now[name]));
}

/**
 * What is saved of the channels as they are shown.
 * @param {string} name
 * @param {boolean} limits whether limits and gamma belong to it
 * @param {State} state
 * @param {Stack} stack
 * @returns {Saved}
 */
export function savedOf(name, limits, {composite, colormap, channels}, stack) {
  return {name, composite, colormap, channels: link.writeChannels(channels, stack), limits};
}

/**
 * A saved combination as a preset.
 * @param {Saved} saved
 * @param {State} state
 * @param {Stack} stack
 * @returns {Preset}
 */
export function presetOf({name, composite, colormap, channels, limits: withLimits}, state, stack) {
  const read = link.readChannels(channels, state.channels, stack);
  const values = read.map(({color, colormap: own, visible, ...contrast}) => ({
    color,
    colormap: own,
    visible,
    ...(withLimits ? contrast : {}),
  }));
  return {
    name,
    colors: read.filter(({visible}) => visible).map(({color}) => color),
    values: {composite, colormap, channels: withValues(state, (i) => values[i])},
  };
}

/** Combinations that the user has saved, for all stacks with the same channels. */
export class SavedPresets {
  #store;
  #stack;

  /**
   * @param {Store | null} store
   * @param {Pick<Stack, "channels">} stack
   */
  constructor(store, stack) {
    this.#store = store;
    this.#stack = stack;
  }

  /** Whether the browser keeps anything. */
  get canSave() {
    return this.#store !== null;
  }

  /** Names of channels may be set by hand. */
  get #entry() {
    return `jpkl presets|${JSON.stringify(this.#stack.channels.map(({name}) => name))}`;
  }

  /** @returns {Saved[]} */
  get all() {
    try {
      const items = JSON.parse(this.#store?.getItem(this.#entry) ?? "[]");
      return Array.isArray(items) ? items.filter(isSaved).slice(0, MOST) : [];
    } catch {
      return [];
    }
  }

  /**
   * Save one, in the place of one of the same name.
   * @param {Saved} saved
   * @returns {boolean} whether there was room for it
   */
  add(saved) {
    const name = saved.name.trim().slice(0, LONGEST_NAME);
    const others = this.all.filter((each) => each.name !== name);
    return others.length < MOST && this.#write([...others, {...saved, name}]);
  }

  /** @param {string} name */
  remove(name) {
    this.#write(this.all.filter((each) => each.name !== name));
  }

  /** @param {Saved[]} all */
  #write(all) {
    try {
      if (all.length) this.#store?.setItem(this.#entry, JSON.stringify(all));
      else this.#store?.removeItem(this.#entry);
      return true;
    } catch {
      return false;
    }
  }
}

/**
 * Other pages of the same server may keep anything.
 * @param {any} item
 * @returns {item is Saved}
 */
function isSaved(item) {
  return (
    ["name", "colormap", "channels"].every((part) => typeof item?.[part] === "string") &&
    ["composite", "limits"].every((part) => typeof item[part] === "boolean")
  );
}
