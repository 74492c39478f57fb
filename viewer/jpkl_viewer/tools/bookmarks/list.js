// The list of bookmarks in the sidebar: a click goes to one; the one that is shown can be changed.

import {h} from "../../browser/base/dom.js";
import {iconButton} from "../../browser/base/icons.js";
import {titled} from "../../browser/base/keymap.js";
import {BOOKMARKS} from "../../browser/base/limits.js";

/** @typedef {import("./marks.js").Bookmark} Bookmark */

/**
 * @typedef {object} ListHandlers
 * @property {(name: string) => void} onGo
 * @property {(name: string, text: string) => void} onRename
 * @property {(name: string, caption: string) => void} onCaption
 * @property {(name: string) => void} onReplace
 * @property {(name: string, way: 1 | -1) => void} onMove
 * @property {(name: string) => void} onDelete
 */

/**
 * What is shown of the list.
 * @typedef {object} Shown
 * @property {Bookmark[]} own those that can be changed
 * @property {Bookmark[]} fixed others
 * @property {string} whyFixed
 * @property {string | null} current name of the one that was gone to last
 */

/**
 * A button that goes to a bookmark.
 * @param {Bookmark} bookmark
 * @param {boolean} isCurrent
 * @param {string} title
 * @param {(name: string) => void} onGo
 */
function goButton({name, caption}, isCurrent, title, onGo) {
  // The second click of two is meant to rename.
  const onclick = (/** @type {MouseEvent} */ event) => event.detail < 2 && onGo(name);
  const text = caption ? h("small", {}, caption) : null;
  const button = h("button", {className: "bookmark", title, onclick}, h("span", {}, name), text);
  button.setAttribute("aria-pressed", String(isCurrent));
  return button;
}

/**
 * The caption of the bookmark that is shown.
 * @param {string} name
 * @param {(name: string, caption: string) => void} onCaption
 */
function captionField(name, onCaption) {
  const field = h("textarea", {
    rows: 2,
    maxLength: BOOKMARKS.longestCaption,
    placeholder: "Caption",
    "aria-label": `caption of ${name}`,
  });
  let shown = "";
  field.onchange = () => onCaption(name, (shown = field.value.trim()));
  field.addEventListener("cancel", () => (field.value = shown));
  return {
    field,
    /** @param {string} caption */
    update(caption) {
      if (field.value === shown) field.value = caption; // what is being typed stays
      shown = caption;
    },
  };
}

/**
 * What can be done with the bookmark that is shown.
 * @param {string} name
 * @param {boolean[]} ends whether it is the first, the last
 * @param {ListHandlers & {onField: () => void}} handlers
 */
function buttons(name, [isFirst, isLast], handlers) {
  return h(
    "div",
    {className: "buttons"},
    iconButton("pencil", titled("Rename", "rename"), handlers.onField),
    iconButton("up", "Earlier", () => handlers.onMove(name, -1), {disabled: isFirst}),
    iconButton("down", "Later", () => handlers.onMove(name, 1), {disabled: isLast}),
    iconButton("trash", `Delete ${name}`, () => handlers.onDelete(name)),
    h("button", {className: "text", onclick: () => handlers.onReplace(name)}, "Set to this view"),
  );
}

/**
 * Have the user type another name in place of the one in a row.
 * @param {HTMLElement} button
 * @param {string} name
 * @param {(text: string) => void} onEnd called with the name, also where it is the same
 */
function rename(button, name, onEnd) {
  const field = h("input", {
    type: "text",
    className: "bookmark-name",
    value: name,
    maxLength: BOOKMARKS.longestName,
    "aria-label": "name of the bookmark",
  });
  let isCancelled = false;
  field.addEventListener("cancel", () => (isCancelled = true));
  field.onblur = () => {
    field.replaceWith(button);
    onEnd(isCancelled ? name : field.value);
  };
  button.replaceWith(field);
  field.select();
  field.focus();
}

/** The row of the bookmark that is shown, as far as it changes. @typedef {{rename: () => void, update: (caption: string) => void}} Current */

/** @param {ListHandlers} handlers */
export function bookmarkList(handlers) {
  const element = h("ol", {className: "bookmarks"});
  /** What the list was made of last. */
  let made = "";
  /** @type {Shown | null} */
  let last = null;
  /** @type {Current | null} */
  let open = null;

  /**
   * @param {Bookmark} bookmark
   * @param {number} i
   * @param {Shown} shown
   */
  function ownRow(bookmark, i, {own, current}) {
    const {name} = bookmark;
    const isCurrent = name === current;
    const button = goButton(bookmark, isCurrent, "Double-click or F2 to rename", handlers.onGo);
    const onField = () =>
      rename(button, name, (text) => {
        if (last) update(last); // what has come meanwhile
        handlers.onRename(name, text);
      });
    button.ondblclick = onField;
    if (!isCurrent) return h("li", {}, button);
    const caption = captionField(name, handlers.onCaption);
    open = {rename: onField, update: caption.update};
    const ends = [i === 0, i === own.length - 1];
    const tools = h(
      "div",
      {className: "bookmark-tools"},
      caption.field,
      buttons(name, ends, {...handlers, onField}),
    );
    return h("li", {className: "current"}, button, tools);
  }

  /** @param {Shown} shown */
  function make(shown) {
    const {own, fixed, whyFixed, current} = shown;
    open = null;
    element.hidden = !own.length && !fixed.length;
    const title = whyFixed || "Part of this page: it cannot be changed";
    element.replaceChildren(
      ...fixed.map((each) => h("li", {}, goButton(each, each.name === current, title, handlers.onGo))),
      ...own.map((each, i) => ownRow(each, i, shown)),
    );
    element.querySelector("[aria-pressed=true]")?.scrollIntoView({block: "nearest"});
  }

  /** @param {Shown} shown */
  function update(shown) {
    last = shown;
    if (element.querySelector(".bookmark-name")) return; // somebody is typing there
    const {own, fixed, whyFixed, current} = shown;
    // The caption of the one that is shown is in its field, which stays while somebody is at it.
    const texts = [...own, ...fixed].map(({name, caption = ""}) => [name, name === current ? "" : caption]);
    const making = JSON.stringify([fixed.length, texts, whyFixed, current]);
    if (making !== made) make(shown);
    made = making;
    open?.update(own.find(({name}) => name === current)?.caption ?? "");
  }

  return {
    element,
    /** Rename the one that is shown. @returns {boolean} whether there is one */
    rename() {
      open?.rename();
      return open !== null;
    },
    update,
  };
}
