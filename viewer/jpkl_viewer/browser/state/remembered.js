// What the user has changed of the colors and contrast of a stack's first view, kept in the browser: the next time
// the stack is opened, it looks the same. It is kept as a link is written, and read as leniently.

import {keyOf} from "./keys.js";
import {link} from "./link.js";
import {CHANNEL_SETTINGS, REMEMBERED} from "./settings.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} Store */

/** What the names of all entries start with: other pages of the same server may keep something, too. */
const PREFIX = "jpkl view";

/**
 * Where the browser keeps things; null in a private window that refuses.
 * @returns {Store | null}
 */
export function browserStore() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/**
 * The name of a stack's entry. Another stack under the same name is likely another one in shape or dims.
 * @param {Pick<import("./stack.js").Stack, "title" | "height" | "width" | "dims">} stack
 * @param {string} [prefix] of another entry than that of the view
 */
export function entryName({title, height, width, dims}, prefix = PREFIX) {
  return [prefix, title, `${height}x${width}`, ...dims.map((dim) => `${keyOf(dim)}=${dim.size}`)].join("|");
}

/**
 * A state with those tools alone whose settings are the file's rather than those of a moment: what is set by hand.
 * @param {State} state
 * @returns {State}
 */
function withKeptTools(state) {
  const {info} = state.tools;
  return {...state, tools: info ? {info} : {}};
}

export class Remembered {
  #store;
  #stack;
  #name;
  #first;
  /** The state as it was opened: what a link has brought is not the user's choice. @type {State} */
  #opened;
  /** Names of the settings that the user has changed since. @type {Set<string>} */
  #touched = new Set();

  /**
   * @param {Store | null} store
   * @param {import("./stack.js").Stack} stack
   * @param {State} first the first view
   */
  constructor(store, stack, first) {
    this.#store = store;
    this.#stack = stack;
    this.#name = entryName(stack);
    this.#first = this.#opened = first;
  }

  /** The first view with what was changed of it before. */
  read() {
    return link.readChanges(this.#get(), this.#first, this.#stack);
  }

  /**
   * The state that the viewer starts with.
   * @param {State} state
   */
  open(state) {
    this.#opened = state;
    this.#touched.clear();
  }

  /**
   * Keep what the user has changed since the start, and before.
   * @param {State} state
   */
  write(state) {
    const old = this.read();
    const names = Object.keys(CHANNEL_SETTINGS);
    const channels = state.channels.map((channel, i) =>
      this.#changed(`${i}.`, names, channel, this.#opened.channels[i], old.channels[i]),
    );
    const [now, opened] = [state, this.#opened].map(withKeptTools);
    const kept = {...this.#changed("", REMEMBERED, now, opened, old), channels};
    this.#set(link.writeChanges({...this.#first, ...kept}, this.#first, this.#stack));
  }

  /**
   * Values as they are where the user has changed them, if only to change them back; others as they were kept.
   * @template {Record<string, any>} Values
   * @param {string} owner
   * @param {string[]} names
   * @param {Values} now
   * @param {Values} before
   * @param {Values} old
   * @returns {Values}
   */
  #changed(owner, names, now, before, old) {
    const entries = names.map((name) => {
      if (JSON.stringify(now[name]) !== JSON.stringify(before[name])) this.#touched.add(owner + name);
      return [name, this.#touched.has(owner + name) ? now[name] : old[name]];
    });
    return /** @type {Values} */ (Object.fromEntries(entries));
  }

  /** Start again from the first view. */
  forget() {
    this.open(this.#first);
    this.#set("");
  }

  #get() {
    try {
      return this.#store?.getItem(this.#name) ?? "";
    } catch {
      return "";
    }
  }

  /** @param {string} text */
  #set(text) {
    try {
      if (text) this.#store?.setItem(this.#name, text);
      else this.#store?.removeItem(this.#name);
    } catch {
      // it is full, or refuses: the view is as it is now, only not the next time
    }
  }
}
