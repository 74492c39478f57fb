// The icons: one sprite in each viewer, and references to it.

import {h, svg} from "./dom.js";
import {titled} from "./keymap.js";

/** Paths on a grid of 16 x 16, drawn with a line of 1.5. @type {Record<string, string>} */
const PATHS = {
  bounce: "M2.5 5.5h10M10.5 3.5l2 2-2 2M13.5 10.5h-10M5.5 8.5l-2 2 2 2",
  chevron: "M6 4l4 4-4 4",
  close: "M4 4l8 8M12 4l-8 8",
  compare: "M2.5 3.5h11v9h-11zM8 2v12",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  cursor: "M4 2.5l8.5 5.2-3.7.9 2.1 3.9-1.8 1-2.1-3.9L4 12.2z",
  down: "M4 6l4 4 4-4",
  ellipse: "M8 3.5c3.3 0 6 2 6 4.5s-2.7 4.5-6 4.5S2 10.5 2 8s2.7-4.5 6-4.5z",
  export: "M8 2.5V10M5 7.2L8 10.2l3-3M2.5 11v2.5h11V11",
  eye: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
  eyeOff:
    "M2 2l12 12M6.3 3.7A6 6 0 0 1 8 3.5c4 0 6.5 4.5 6.5 4.5a11 11 0 0 1-2 2.5M4 5a11 11 0 0 0-2.5 3S4 12.5 8 12.5a6 6 0 0 0 2.5-.6",
  freehand: "M3 10.5C2 6 5 2.5 8.5 3s5 3.5 3 5.5-5-.5-4.5-2M3 10.5c.7 2.5 3.5 3 6 2",
  flip: "M8 2v12M6 4.5v7L2 11.5zM10 4.5v7l4 0z",
  frame: "M3 3h10v10H3z",
  full: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  help: "M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8zM6.2 6.4C6.3 5.3 7 4.7 8 4.7s1.8.7 1.8 1.6C9.8 7.7 8 7.8 8 9.2M8 11.3v.1",
  layers: "M8 2.5l6 3-6 3-6-3zM2.5 8.3L8 11l5.5-2.7M2.5 11L8 13.7 13.5 11",
  left: "M10 4L6 8l4 4",
  line: "M3.5 12.5l9-9M2.5 11.5l2 2M11.5 2.5l2 2",
  loop: "M3 7.5V7a2.5 2.5 0 0 1 2.5-2.5H13M11 2.5l2 2-2 2M13 8.5V9a2.5 2.5 0 0 1-2.5 2.5H3M5 13.5l-2-2 2-2",
  minus: "M4 8h8",
  montage: "M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z",
  more: "M3.5 8v.1M8 8v.1M12.5 8v.1",
  once: "M2.5 8h9M8.5 5l3 3-3 3M13.5 4v8",
  ortho: "M2.5 2.5h7v7h-7zM12 2.5h1.5v7H12zM2.5 12h7v1.5h-7z",
  pause: "M5.5 4v8M10.5 4v8",
  pencil: "M3 13l.7-3L10.5 3.2l2.3 2.3L6 12.3z",
  play: "M5.5 3.8v8.4L12 8z",
  plus: "M4 8h8M8 4v8",
  point: "M8 2v4M8 10v4M2 8h4M10 8h4",
  polygon: "M8 2.5l5.7 4.2-2.2 6.6h-7L2.3 6.7z",
  projection: "M2.5 5.5h8v8h-8zM5.5 5.5v-3h8v8h-3",
  redo: "M13 6.5H6a3.5 3.5 0 0 0 0 7h4M10 3.5l3 3-3 3",
  rectangle: "M2.5 4h11v8h-11z",
  right: "M6 4l4 4-4 4",
  search: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.5 10.5l3 3",
  sidebar: "M2 3h12v10H2zM10 3v10",
  turnLeft: "M3 8.5a5 5 0 1 0 1.8-3.9L3 6.2M3 2.8v3.4h3.4",
  turnRight: "M13 8.5a5 5 0 1 1-1.8-3.9L13 6.2M13 2.8v3.4H9.6",
  trash: "M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.5 9h6l.5-9M6.8 7v4M9.2 7v4",
  up: "M4 10l4-4 4 4",
  warning: "M8 2.5l6 11H2zM8 6.5v3.5M8 11.8v.1",
  undo: "M3 6.5h7a3.5 3.5 0 0 1 0 7H6M6 3.5l-3 3 3 3",
};

/** All icons, hidden: what `icon` refers to. */
export function sprite() {
  const symbols = Object.entries(PATHS).map(([name, d]) =>
    svg("symbol", {id: `icon-${name}`, viewBox: "0 0 16 16"}, svg("path", {d})),
  );
  return svg("svg", {class: "sprite", width: 0, height: 0, "aria-hidden": "true"}, ...symbols);
}

/** @param {string} name */
export function icon(name) {
  return svg("svg", {class: `icon icon-${name}`, "aria-hidden": "true"}, svg("use", {href: `#icon-${name}`}));
}

/**
 * Show another icon in the place of one.
 * @param {SVGElement} element
 * @param {string} name
 */
export function setIcon(element, name) {
  element.firstElementChild?.setAttribute("href", `#icon-${name}`);
}

/**
 * A button that has an icon, and its name as the tooltip.
 * @param {string} name of the icon
 * @param {string} label
 * @param {() => void} onclick
 * @param {Record<string, unknown>} [properties]
 */
export function iconButton(name, label, onclick, properties = {}) {
  return h("button", {title: label, "aria-label": label, onclick, ...properties}, icon(name));
}

/**
 * The same for a command that has a key, which the tooltip says.
 * @param {string} name of the icon
 * @param {string} label
 * @param {string} command
 * @param {() => void} onclick
 * @param {Record<string, unknown>} [properties]
 */
export function commandButton(name, label, command, onclick, properties = {}) {
  return iconButton(name, label, onclick, {title: titled(label, command), ...properties});
}
