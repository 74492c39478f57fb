// The keys, as a dialog over the viewer.

import {h} from "../base/dom.js";
import {icon, iconButton} from "../base/icons.js";

/** @typedef {import("../base/keymap.js").KeyRow} KeyRow */

const WHERE = "Works while the pointer is over the viewer";

/** What the mouse does over the picture. @type {KeyRow[]} */
const MOUSE = [
  {group: "Zoom", text: "Zoom at the pointer", caps: ["wheel"], keys: {}},
  {group: "Zoom", text: "Zoom to a box", caps: ["Shift", "drag"], keys: {}},
  {group: "Zoom", text: "Pan", caps: ["drag"], keys: {}},
];

/** On a Mac, Ctrl is another key. */
const isMac = () => /Mac|iP(hone|ad)/.test(navigator.platform);

/** @param {string} cap */
function keyCap(cap) {
  return cap === "…" ? h("span", {}, cap) : h("kbd", {}, cap === "Ctrl" && isMac() ? "⌘" : cap);
}

/** @param {KeyRow} row */
function keyRow({text, caps}) {
  return h("div", {className: "key"}, h("span", {}, text), h("span", {}, ...caps.map(keyCap)));
}

/**
 * @param {KeyRow[]} keyRows
 * @param {() => void} onClose
 */
export function helpDialog(keyRows, onClose) {
  const rows = [...keyRows, ...MOUSE];
  const titles = [...new Set(rows.map(({group}) => group))];
  const groups = titles.map((title) => {
    const lines = rows
      .filter(({group}) => group === title)
      .map((row) => ({element: keyRow(row), words: `${row.text} ${row.caps.join(" ")}`}));
    return {
      lines,
      element: h("section", {}, h("h3", {}, title), ...lines.map(({element}) => element)),
    };
  });
  const find = h("input", {type: "text", placeholder: "Find a key", "aria-label": "find a key"});
  find.oninput = () => {
    for (const {element, lines} of groups) {
      for (const line of lines)
        line.element.hidden = !line.words.toLowerCase().includes(find.value.trim().toLowerCase());
      element.hidden = lines.every((line) => line.element.hidden);
    }
  };
  const close = iconButton("close", "close the help", onClose);
  const search = h("label", {className: "find"}, icon("search"), find);
  const head = h(
    "header",
    {role: "presentation"},
    h("h2", {}, "Keyboard"),
    h("span", {className: "note"}, WHERE),
    search,
    close,
  );
  const columns = h("div", {className: "keys"}, ...groups.map(({element}) => element));
  const dialog = h(
    "div",
    {className: "dialog", role: "dialog", "aria-modal": "true", "aria-label": "Keyboard"},
    head,
    columns,
  );
  const scrim = h("div", {className: "scrim"}, dialog);
  scrim.onclick = (event) => event.target === scrim && onClose();
  return scrim;
}
