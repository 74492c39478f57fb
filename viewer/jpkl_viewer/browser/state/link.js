// The view as part of a link: `#time=12&channel=1&colormap=magma&display=10-200:1:1:ffffff`.
//
// The settings are those of the table in `limits.json`; each kind has one form here. A setting that is as it
// was by default is left out, and what makes no sense is read as the default: links are typed by hand, and
// outlive versions. Those typed by hand do not say how channels are displayed; then all they do not say is as in
// the first view.

import {keyOf} from "./keys.js";
import {PIXEL_VALUES, PROJECTION_METHODS} from "../base/limits.js";
import {CHANNEL_SETTINGS, REMEMBERED, VIEW_SETTINGS, rangeOf} from "./settings.js";

/** @typedef {import("./settings.js").Setting} Setting */
/** @typedef {import("./stack.js").Stack} Stack */
/** @typedef {import("../types.js").State} State */

/**
 * How a kind of setting is written, "" to leave it out, and read; undefined where the text makes no sense.
 * @typedef {object} Form
 * @property {(value: any, stack: Stack) => string} write
 * @property {(text: string, setting: Setting, stack: Stack, old: any) => any} read
 */

/** Names that a dim cannot have in a link. */
const TAKEN = new Set(["zoom", ...Object.entries(VIEW_SETTINGS).map(([name, {link}]) => link ?? name)]);

/** Digits of contrast limits behind the point; more than six, and small numbers would have exponents. */
const LIMIT_DIGITS = 6;

/** @type {Form} */
const FLAG = {
  write: (value) => (value ? "1" : "0"),
  read: (text) => text !== "0",
};

/** @type {Form} */
const TEXT = {write: String, read: (text) => text || undefined};

/** @type {Form} */
const NUMBER = {
  write: String,
  read(text, setting) {
    const [least, greatest] = rangeOf(setting);
    const value = text.trim() ? Number(text) : NaN;
    return value >= least && value <= greatest ? value : undefined;
  },
};

/** @type {Form} */
const COLOR = {
  write: (value) => value.slice(1),
  read: (text) => (/^[0-9a-f]{6}$/i.test(text) ? `#${text}` : undefined),
};

/** @type {Form} */
const LIMITS = {
  // Never with an exponent, whose minus would be taken for the one between them.
  write: (value) => value.map((/** @type {number} */ each) => Number(each.toFixed(LIMIT_DIGITS))).join("-"),
  read(text) {
    const [least, greatest] = PIXEL_VALUES;
    const [low, high, ...more] = text.split("-").map((part) => (part.trim() ? Number(part) : NaN));
    return !more.length && low >= least && low < high && high <= greatest ? [low, high] : undefined;
  },
};

/** @type {Form} */
const PROJECTION = {
  write: ({method, dim, start, stop, around}, stack) =>
    [around === undefined ? method : `${method}~${around}`, start, stop, keyOf(stack.dims[dim])].join(","),
  read(text, _, stack) {
    const [, method, around, ...range] = /^(\w+)(?:~(\d+))?,(\d+),(\d+),/.exec(text) ?? [];
    const dim = stack.dims.findIndex((each) => keyOf(each) === text.split(",").slice(3).join(","));
    const [start, stop] = range.map(Number);
    if (!Object.hasOwn(PROJECTION_METHODS, method ?? "") || !(start < stop && stop <= stack.sizes[dim]))
      return undefined;
    // More than there are frames says nothing else, and may be no number that Python can have.
    const most = Math.min(Number(around), stack.sizes[dim] - 1);
    return {dim, method, start, stop, ...(around === undefined ? {} : {around: most})};
  },
};

/** Each channel as its settings with colons between them. @type {Form} */
const CHANNELS = {
  write: (value, stack) =>
    value.map((/** @type {object} */ channel) => writeChannel(channel, stack)).join(","),
  read(text, _, stack, old) {
    const displays = text.split(",");
    return old.map((/** @type {object} */ channel, /** @type {number} */ i) =>
      readChannel(displays[i] ?? "", channel, stack),
    );
  },
};

/** Each tool checks itself what is under its name. @type {Form} */
const TOOLS = {
  write: (value) => (Object.keys(value).length ? JSON.stringify(value) : ""),
  read(text) {
    try {
      const tools = JSON.parse(text);
      return typeof tools === "object" && tools !== null && !Array.isArray(tools) ? tools : undefined;
    } catch {
      return undefined;
    }
  },
};

/** @type {Record<string, Form>} */
const FORMS = {
  flag: FLAG,
  choice: TEXT,
  colormap: TEXT,
  number: NUMBER,
  color: COLOR,
  limits: LIMITS,
  projection: PROJECTION,
  channels: CHANNELS,
  tools: TOOLS,
};

/** @param {Record<string, any>} channel @param {Stack} stack */
function writeChannel(channel, stack) {
  return Object.entries(CHANNEL_SETTINGS)
    .map(([name, {kind}]) => FORMS[kind].write(channel[name], stack))
    .join(":");
}

/** @param {string} text @param {Record<string, any>} old @param {Stack} stack */
function readChannel(text, old, stack) {
  const parts = text.split(":");
  const entries = Object.entries(CHANNEL_SETTINGS).map(([name, setting], i) => {
    const value = parts[i] && FORMS[setting.kind].read(parts[i], setting, stack, old[name]);
    return [name, value === undefined || value === "" ? old[name] : value];
  });
  return Object.fromEntries(entries);
}

/** Settings that links have, with their names there. The position has a name for each dim. */
const LINKED = Object.entries(VIEW_SETTINGS).flatMap(([name, setting]) =>
  setting.kind === "position" || setting.link === null ? [] : [{name, setting, key: setting.link ?? name}],
);

/** @param {string} name of a dim */
const dimKey = (name) => (TAKEN.has(name) ? `dim ${name}` : name);

/** @param {URLSearchParams} parts @param {Stack} stack @param {number[]} old */
function readPosition(parts, stack, old) {
  return stack.dims.map((dim, d) => {
    const {size} = dim;
    const text = parts.get(dimKey(keyOf(dim)));
    return text === null ? old[d] : Math.min(size - 1, Math.max(0, Math.trunc(Number(text)) || 0));
  });
}

/** One to one is that again: a picture of other pixels than the screen's is another. @param {import("../types.js").Zoom} zoom */
function writeZoom([x, y, factor]) {
  return [x.toFixed(2), y.toFixed(2), factor.toPrecision(6)].map(Number).join();
}

/** @param {string | null} text @returns {import("../types.js").Zoom | null} */
function readZoom(text) {
  const [x, y, factor, ...more] = (text ?? "").split(",").map(Number);
  return !more.length && [x, y, factor].every(Number.isFinite) && factor > 0 ? [x, y, factor] : null;
}

/**
 * Channels that differ from others, with nothing in place of what is the same.
 * @param {Record<string, any>[]} channels
 * @param {Record<string, any>[]} others
 * @param {Stack} stack
 */
function writeChannelChanges(channels, others, stack) {
  return channels
    .map((channel, i) =>
      Object.entries(CHANNEL_SETTINGS)
        .map(([name, {kind}]) => {
          const [text, other] = [channel, others[i]].map((of) => FORMS[kind].write(of[name], stack));
          return text === other ? "" : text;
        })
        .join(":")
        .replace(/:+$/, ""),
    )
    .join(",")
    .replace(/,+$/, "");
}

/**
 * Whether a link that was typed by hand asks for one channel alone.
 * @param {URLSearchParams} parts
 * @param {Stack} stack
 */
function isOfOneChannel(parts, {dims, channelDim}) {
  const keys = ["colormap", "invert", ...(channelDim === null ? [] : [dimKey(keyOf(dims[channelDim]))])];
  return keys.some((key) => parts.has(key)) && !parts.has("composite");
}

export const link = {
  /**
   * @param {State} state
   * @param {Stack} stack
   */
  write(state, stack) {
    const parts = new URLSearchParams();
    const values = /** @type {Record<string, any>} */ (state);
    stack.dims.forEach((dim, d) => {
      if (dim.size > 1) parts.set(dimKey(keyOf(dim)), String(state.position[d]));
    });
    for (const {name, setting, key} of LINKED) {
      if (values[name] === setting.default) continue;
      const text = FORMS[setting.kind].write(values[name], stack);
      if (text) parts.set(key, text);
    }
    if (state.zoom) parts.set("zoom", writeZoom(state.zoom));
    return `#${parts}`;
  },

  /**
   * The state that a link means. What it does not say of is as by default, but positions and channels as they are;
   * all of it is as it is where it was typed by hand.
   * @param {string} text from the `#` on
   * @param {State} state
   * @param {Stack} stack
   * @returns {State}
   */
  read(text, state, stack) {
    const parts = new URLSearchParams(text.slice(1));
    if (!parts.size) return state;
    const isWhole = parts.has(/** @type {string} */ (VIEW_SETTINGS.channels.link));
    const isAlone = !isWhole && isOfOneChannel(parts, stack);
    const old = /** @type {Record<string, any>} */ (state);
    const values = LINKED.map(({name, setting, key}) => {
      const value = parts.has(key)
        ? FORMS[setting.kind].read(parts.get(key) ?? "", setting, stack, old[name])
        : undefined;
      return [name, value ?? (isWhole ? setting.default : old[name])];
    });
    return {
      ...state,
      ...Object.fromEntries(values),
      ...(isAlone ? {composite: false} : {}),
      position: readPosition(parts, stack, state.position),
      zoom: readZoom(parts.get("zoom")),
    };
  },

  /**
   * Channels as links have them.
   * @param {State["channels"]} channels
   * @param {Stack} stack
   * @returns {string}
   */
  writeChannels: (channels, stack) => CHANNELS.write(channels, stack),

  /**
   * Channels that are as a text of `writeChannels` says; what makes no sense of it is as it is.
   * @param {string} text
   * @param {State["channels"]} old
   * @param {Stack} stack
   * @returns {State["channels"]}
   */
  readChannels: (text, old, stack) => CHANNELS.read(text, VIEW_SETTINGS.channels, stack, old),

  /**
   * What the browser remembers of a state: where it differs from another one.
   * @param {State} state
   * @param {State} first
   * @param {Stack} stack
   */
  writeChanges(state, first, stack) {
    const parts = new URLSearchParams();
    const [values, others] = [state, first].map((of) => /** @type {Record<string, any>} */ (of));
    for (const name of REMEMBERED) {
      const {kind} = VIEW_SETTINGS[name];
      const [text, other] = [values, others].map((of) => FORMS[kind].write(of[name], stack));
      if (text !== other)
        parts.set(name, kind === "channels" ? writeChannelChanges(values[name], others[name], stack) : text);
    }
    return String(parts);
  },

  /**
   * The state that differs so from the first one.
   * @param {string} text
   * @param {State} first
   * @param {Stack} stack
   * @returns {State}
   */
  readChanges(text, first, stack) {
    const parts = new URLSearchParams(text);
    const old = /** @type {Record<string, any>} */ (first);
    const values = REMEMBERED.filter((name) => parts.has(name)).map((name) => {
      const setting = VIEW_SETTINGS[name];
      return [name, FORMS[setting.kind].read(parts.get(name) ?? "", setting, stack, old[name]) ?? old[name]];
    });
    return {...first, ...Object.fromEntries(values)};
  },
};
