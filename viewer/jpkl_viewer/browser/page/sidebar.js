// The sidebar: sections, its width, and what becomes of it where there is little room.

import {h, saySize} from "../base/dom.js";
import {icon} from "../base/icons.js";

/** Least and greatest width, in CSS pixels. */
const WIDTHS = [240, 480];
/** CSS pixels by which an arrow key changes the width. @type {Record<string, number>} */
const STEPS = {ArrowLeft: 16, ArrowRight: -16};
/** Heights of the bottom sheet, from the lowest; the style sheet knows what they are. */
const STOPS = ["low", "half", "high"];
/** A press that moves less than so many CSS pixels is a click. */
const CLICK_RADIUS = 6;

/**
 * A part of the sidebar, which can be folded.
 * @param {string} title
 * @param {...(Node | string | null)} children
 */
export function section(title, ...children) {
  const head = h("summary", {}, icon("chevron"), title);
  return h("details", {className: "section", open: true, "data-section": title}, head, ...children);
}

/**
 * @param {number} width
 */
const clampWidth = (width) => Math.min(WIDTHS[1], Math.max(WIDTHS[0], width));

/**
 * What is dragged to set the width; a double click resets it.
 * @param {HTMLElement} side
 */
function widthGrip(side) {
  const grip = h("div", {
    className: "side-grip",
    role: "separator",
    tabIndex: 0,
    "aria-label": "width of the sidebar",
    "aria-orientation": "vertical",
    "aria-valuemin": WIDTHS[0],
    "aria-valuemax": WIDTHS[1],
  });
  saySize(grip, () => side.offsetWidth, side);
  /** @param {number} width */
  const resize = (width) => {
    // The grid that the sidebar is in has its width.
    side.parentElement?.style.setProperty("--side", `${clampWidth(width)}px`);
  };
  grip.onpointerdown = (event) => grip.setPointerCapture(event.pointerId);
  grip.onpointermove = (event) => {
    if (grip.hasPointerCapture(event.pointerId)) resize(side.getBoundingClientRect().right - event.clientX);
  };
  grip.ondblclick = () => side.parentElement?.style.removeProperty("--side");
  grip.onkeydown = (event) => {
    const by = STEPS[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    resize(side.offsetWidth + by);
  };
  return grip;
}

/**
 * What is dragged up and down where the sidebar is a sheet at the bottom; a click goes to the next height.
 * @param {HTMLElement} side
 */
function sheetGrip(side) {
  const grip = h("button", {className: "sheet-grip", "aria-label": "height of the panel"});
  const stop = () => Math.max(0, STOPS.indexOf(side.dataset.stop ?? ""));
  const goTo = (/** @type {number} */ i) => {
    side.dataset.stop = STOPS[Math.min(STOPS.length - 1, Math.max(0, i))];
  };
  let from = 0;
  grip.onpointerdown = (event) => {
    grip.setPointerCapture(event.pointerId);
    from = event.clientY;
  };
  grip.onpointerup = (event) => {
    const by = from - event.clientY;
    if (Math.abs(by) > CLICK_RADIUS) goTo(stop() + Math.sign(by));
  };
  grip.onclick = (event) => {
    if (Math.abs(from - event.clientY) <= CLICK_RADIUS || event.detail === 0)
      goTo((stop() + 1) % STOPS.length);
  };
  return grip;
}

/**
 * Where there is little room, one section is seen at a time.
 * @param {HTMLElement} side
 * @param {HTMLElement[]} sections
 */
function tabs(side, sections) {
  const titles = sections.map((each) => each.dataset.section ?? "");
  const buttons = titles.map((title) => h("button", {role: "tab", onclick: () => choose(title)}, title));
  /** @param {string} title */
  const choose = (title) => {
    buttons.forEach((button, i) => button.setAttribute("aria-selected", String(titles[i] === title)));
    for (const each of sections) each.classList.toggle("chosen", each.dataset.section === title);
    if (side.dataset.stop === STOPS[0]) side.dataset.stop = STOPS[1];
  };
  choose(titles[0]);
  return h("div", {className: "tabs", role: "tablist"}, ...buttons);
}

/**
 * The sidebar with its sections.
 * @param {HTMLElement[]} sections
 */
export function sidebar(sections) {
  const side = h("aside", {className: "side", "aria-label": "sidebar"});
  side.dataset.stop = STOPS[1];
  const scrolled = h("div", {className: "sections"}, ...sections);
  side.append(widthGrip(side), sheetGrip(side), tabs(side, sections), scrolled);
  return side;
}
