// Bookmarks as data: how they are made, ordered, kept and read. Nothing here touches the page.

import {BOOKMARKS} from "../../browser/base/limits.js";
import {link} from "../../browser/state/link.js";

/**
 * @typedef {import("../../browser/state/stack.js").Stack} Stack
 * @typedef {import("../../browser/types.js").State} State
 */

/**
 * A named view, as Python has it, too: all settings but how the stack is played.
 * @typedef {object} Bookmark
 * @property {string} name
 * @property {string} [caption]
 * @property {Omit<import("../../browser/types.js").Settings, "playback">} settings
 * @property {import("../../browser/types.js").Zoom | null} [zoom]
 */

/**
 * Those tools' settings that are part of a bookmark.
 * @param {Record<string, any>} tools
 */
function bookmarked(tools) {
  return Object.fromEntries(Object.entries(tools).filter(([name]) => BOOKMARKS.tools.includes(name)));
}

/**
 * A name in one line that no other bookmark has.
 * @param {string} text
 * @param {Bookmark[]} others
 */
export function freeName(text, others) {
  const clean = text.replace(/\s+/g, " ").trim().slice(0, BOOKMARKS.longestName) || "View";
  const names = new Set(others.map(({name}) => name));
  let free = clean;
  for (let number = 2; names.has(free); number += 1) free = `${clean} (${number})`;
  return free;
}

/**
 * A bookmark of what is seen.
 * @param {string} name
 * @param {State} state
 * @returns {Bookmark}
 */
export function bookmarkOf(name, {playback: _, zoom, ...settings}) {
  return {name, caption: "", settings: {...settings, tools: bookmarked(settings.tools)}, zoom};
}

/**
 * What a bookmark changes of the state: regions, and what is set by hand, stay.
 * @param {Bookmark} bookmark
 * @param {Pick<State, "tools">} now
 * @returns {Partial<State>}
 */
export function viewOf({settings, zoom}, {tools}) {
  const others = Object.entries(tools).filter(([name]) => !BOOKMARKS.tools.includes(name));
  return {...settings, tools: {...Object.fromEntries(others), ...settings.tools}, zoom: zoom ?? null};
}

/**
 * The bookmark before or after one, around the ends; the first or the last where there is no such one.
 * @param {Bookmark[]} all
 * @param {string | null} name
 * @param {1 | -1} way
 * @returns {Bookmark | undefined}
 */
export function neighbor(all, name, way) {
  const at = all.findIndex((each) => each.name === name);
  if (at < 0) return way > 0 ? all[0] : all.at(-1);
  return all[(at + way + all.length) % all.length];
}

/**
 * A list with one bookmark changed.
 * @param {Bookmark[]} all
 * @param {string} name
 * @param {Partial<Bookmark>} values
 */
export function changed(all, name, values) {
  return all.map((each) => (each.name === name ? {...each, ...values} : each));
}

/**
 * A list with one bookmark moved by a place.
 * @param {Bookmark[]} all
 * @param {string} name
 * @param {1 | -1} way
 */
export function moved(all, name, way) {
  const at = all.findIndex((each) => each.name === name);
  const to = at + way;
  if (at < 0 || to < 0 || to >= all.length) return all;
  const others = all.toSpliced(at, 1);
  return others.toSpliced(to, 0, all[at]);
}

/**
 * A list and those of another one whose names are not in it.
 * @param {Bookmark[]} all
 * @param {Bookmark[]} others
 */
export function joined(all, others) {
  const names = new Set(all.map(({name}) => name));
  return [...all, ...others.filter(({name}) => !names.has(name))].slice(0, BOOKMARKS.most);
}

/**
 * Bookmarks as the browser keeps them: each view is a link.
 * @param {Bookmark[]} all
 * @param {State} first the first view
 * @param {Stack} stack
 */
export function writeBookmarks(all, first, stack) {
  const items = all.map((each) => ({
    name: each.name,
    caption: each.caption ?? "",
    link: link.write({...first, ...viewOf(each, {tools: {}})}, stack),
  }));
  return JSON.stringify(items);
}

/**
 * Bookmarks that the browser has kept; what makes no sense is left out.
 * @param {string} text
 * @param {State} first
 * @param {Stack} stack
 * @returns {Bookmark[]}
 */
export function readBookmarks(text, first, stack) {
  /** @type {Bookmark[]} */
  const found = [];
  for (const item of parsedList(text).slice(0, BOOKMARKS.most)) {
    if (typeof item?.name !== "string" || typeof item.link !== "string") continue;
    const state = link.read(item.link, {...first, tools: {}}, stack);
    const caption = typeof item.caption === "string" ? item.caption.slice(0, BOOKMARKS.longestCaption) : "";
    found.push({...bookmarkOf(freeName(item.name, found), state), caption});
  }
  return found;
}

/** @param {string} text @returns {any[]} */
function parsedList(text) {
  try {
    const items = JSON.parse(text || "[]");
    return Array.isArray(items) ? items : [];
  } catch {
    return [];
  }
}
