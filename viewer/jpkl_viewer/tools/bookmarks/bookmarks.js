// Bookmarks: named views that are listed in the sidebar, and that keys go through.

import {h} from "../../browser/base/dom.js";
import {History} from "../../browser/state/history.js";
import {titled} from "../../browser/base/keymap.js";
import {BOOKMARKS} from "../../browser/base/limits.js";
import {browserStore, entryName} from "../../browser/state/remembered.js";
import {isComposite} from "../../browser/state/resolve.js";
import {section} from "../../browser/page/sidebar.js";
import {status} from "../../browser/page/fields.js";
import {addTool} from "../../browser/tool.js";
import {Keeper} from "./keeper.js";
import {bookmarkList} from "./list.js";
import {bookmarkOf, changed, freeName, moved, neighbor, viewOf} from "./marks.js";

/**
 * @typedef {import("../../browser/tool.js").Tool} Tool
 * @typedef {import("../../browser/tool.js").ToolHost} ToolHost
 * @typedef {import("../../browser/types.js").State} State
 * @typedef {import("./marks.js").Bookmark} Bookmark
 */

/** @param {ToolHost} view */
export function bookmarksTool(view) {
  return new BookmarksTool(view);
}

addTool(bookmarksTool);

/** @implements {Tool} */
class BookmarksTool {
  name = "bookmarks";
  /** Those that can be changed. @type {Bookmark[]} */
  #own = [];
  /** Those of a page, or of a file that only others may change. @type {Bookmark[]} */
  #fixed = [];
  /** Name of the one that was gone to last. @type {string | null} */
  #current = null;
  /** @type {History<Bookmark[]>} */
  #history = new History();
  #isAsked = false;
  /** Whether what the user changed last are bookmarks, and not regions. */
  #isLatest = false;
  /** The regions as they were then. @type {unknown} */
  #regions = null;
  /** The state that the footer speaks of. @type {State | null} */
  #said = null;

  /** @param {ToolHost} view */
  constructor(view) {
    this.view = view;
    const {asks, stack, initial, ownsUrl} = view;
    const store = ownsUrl ? browserStore() : null;
    this.keeper = new Keeper(
      {
        asks: asks?.isPython ? asks : null,
        store,
        entry: entryName(stack, "jpkl bookmarks"),
        first: initial,
        stack,
      },
      {onLoad: (own, fixed) => this.#load(own, fixed), onProblem: (text) => this.#sayProblem(text)},
    );
    this.list = bookmarkList({
      onGo: (name) => this.#goTo(name),
      onRename: (name, text) => this.#rename(name, text),
      onCaption: (name, caption) => this.#change(changed(this.#own, name, {caption}), ""),
      onReplace: (name) => this.#replace(name),
      onMove: (name, way) => this.#change(moved(this.#own, name, way), `Moved ${name}`),
      onDelete: (name) => this.#delete(name),
    });
    this.note = status();
    this.problem = h("p", {className: "note problem", role: "alert", hidden: true});
    this.undo = h("button", {className: "text", hidden: true, onclick: () => this.#step("undo")}, "Undo");
    const add = h("button", {className: "text", onclick: () => this.#add()}, "Add this view");
    add.title = titled("Keep the current view, under a name", "bookmark");
    const said = h("div", {className: "bookmark-said"}, this.note, this.undo);
    this.element = section(
      "Bookmarks",
      this.problem,
      this.list.element,
      said,
      h("div", {className: "buttons"}, add),
    );
    this.element.open = false;
    this.commands = {
      bookmark: () => this.#add(),
      nextBookmark: () => this.#go(1),
      previousBookmark: () => this.#go(-1),
      rename: () => (this.#isLatest || this.#hasFocus) && this.list.rename(),
      undo: () => this.#isLatest && this.#step("undo"),
      redo: () => this.#isLatest && this.#step("redo"),
    };
  }

  get #all() {
    return [...this.#fixed, ...this.#own];
  }

  get #hasFocus() {
    const tree = /** @type {Document | ShadowRoot} */ (this.element.getRootNode());
    return this.element.contains(tree.activeElement);
  }

  // ---- what comes from where they are kept

  /** They are asked for once there is a picture, which goes before. */
  onShown() {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.reload();
  }

  reload() {
    this.keeper.load(this.view.bookmarks);
  }

  /** @param {Bookmark[]} own @param {Bookmark[]} fixed */
  #load(own, fixed) {
    const known = new Set(this.#own.map(({name}) => name));
    // Others have changed them: to take back more than that would be to take theirs back.
    if (own.some(({name}) => !known.has(name))) this.#history.clear();
    this.#fixed = fixed;
    this.#own = fixed.length ? own.map((each) => ({...each, name: freeName(each.name, fixed)})) : own;
    if (this.#all.length) this.element.open = true;
    this.#show();
  }

  // ---- what the user does

  #add() {
    const {view} = this;
    if (this.#all.length >= BOOKMARKS.most) return this.#say(`There are ${BOOKMARKS.most} bookmarks at most`);
    const state = {...view.state, zoom: view.viewport.zoom};
    const projection = view.stack.projectionOf(state);
    const place = view.stack.describe(state.position, !isComposite(state, view.stack), projection);
    const text = [view.openView?.asView?.text, place].filter(Boolean).join(" · ");
    const added = bookmarkOf(freeName(text, this.#all), state);
    this.#current = added.name;
    this.element.open = true;
    this.#change([...this.#own, added], `Added ${added.name}`);
    this.#hint(`Added ${added.name} · F2 renames it`);
  }

  /** @param {string} name @param {string} text */
  #rename(name, text) {
    const others = this.#all.filter((each) => each.name !== name);
    if (!text.trim() || text === name) return;
    const free = freeName(text, others);
    if (this.#current === name) this.#current = free;
    this.#change(changed(this.#own, name, {name: free}), "");
  }

  /** Have a bookmark show what is seen now. @param {string} name */
  #replace(name) {
    const {settings, zoom} = bookmarkOf(name, {...this.view.state, zoom: this.view.viewport.zoom});
    this.#change(changed(this.#own, name, {settings, zoom}), `${name} is this view now`);
  }

  /** @param {string} name */
  #delete(name) {
    this.#change(
      this.#own.filter((each) => each.name !== name),
      `Deleted ${name}`,
    );
    this.view.root.focus({preventScroll: true});
  }

  /**
   * Have other bookmarks, and keep them.
   * @param {Bookmark[]} own
   * @param {string} text what is said of it
   */
  #change(own, text) {
    if (own === this.#own) return;
    this.#history.keep(this.#own);
    this.#set(own, text);
  }

  /** @param {"undo" | "redo"} way */
  #step(way) {
    const own = this.#history[way](this.#own);
    if (!own) return false;
    this.#set(own, way === "undo" ? "Undone" : "Done again");
    return true;
  }

  /** @param {Bookmark[]} own @param {string} text */
  #set(own, text) {
    this.#own = own;
    this.#isLatest = true;
    this.#regions = this.view.state.tools.rois;
    this.keeper.keep(own);
    this.#say(text);
    this.#show();
  }

  // ---- where the user goes

  /** @param {1 | -1} way */
  #go(way) {
    const next = neighbor(this.#all, this.#current, way);
    if (!next) return false;
    this.#goTo(next.name);
    return true;
  }

  /** @param {string} name */
  #goTo(name) {
    const all = this.#all;
    const at = all.findIndex((each) => each.name === name);
    if (at < 0) return;
    this.#current = name;
    this.view.goTo(viewOf(all[at], this.view.state));
    const {caption} = all[at];
    this.#hint(`${at + 1} of ${all.length}: ${name}${caption ? ` · ${caption}` : ""}`);
    this.#show();
  }

  // ---- what is said

  /** Say something in the footer until something else is seen. @param {string} text */
  #hint(text) {
    this.view.hint(text);
    this.#said = this.view.state;
  }

  /** @param {State} state */
  update(state) {
    if (this.#said && this.#said.position !== state.position) {
      this.#said = null;
      this.view.hint("");
    }
    if (this.#isLatest && state.tools.rois !== this.#regions) {
      this.#isLatest = false;
      this.#say("");
    }
  }

  /** @param {string} text */
  #say(text) {
    this.note.textContent = text;
    this.undo.hidden = !this.#isLatest || !text || !this.#history.canUndo;
  }

  /** Say why something is not kept, until it is. @param {string} text */
  #sayProblem(text) {
    this.problem.textContent = text;
    this.problem.hidden = !text;
    if (text) this.element.open = true;
  }

  #show() {
    const shown = {
      own: this.#own,
      fixed: this.#fixed,
      whyFixed: this.keeper.whyFixed,
      current: this.#current,
    };
    this.list.update(shown);
  }
}
