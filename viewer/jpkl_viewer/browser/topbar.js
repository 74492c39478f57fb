// The bar over the viewer: what is shown, the views of it, the zoom, and what can be done with it.

import {h} from "./dom.js";
import {icon, iconButton} from "./icons.js";
import {formatZoom, parseZoom} from "./zoom.js";

/** By which the buttons zoom. */
const ZOOM_STEP = 1.25;

/**
 * What the bar does.
 * @typedef {object} TopBarHandlers
 * @property {(factor: number) => void} onZoom
 * @property {(scale: number) => void} onScale
 * @property {() => void} onFit
 * @property {() => void} onFullScreen
 * @property {() => void} onSidebar
 */

/** @param {Pick<TopBarHandlers, "onZoom" | "onScale" | "onFit">} handlers */
function zoomControls({onZoom, onScale, onFit}) {
  const title = "screen pixels per pixel of the picture";
  const field = h("input", {type: "text", className: "percent", "aria-label": "zoom", title});
  let shown = "";
  field.onchange = () => {
    const scale = parseZoom(field.value);
    field.value = shown;
    if (scale !== null) onScale(scale);
  };
  const out = iconButton("minus", "Zoom out", () => onZoom(1 / ZOOM_STEP), {className: "wide"});
  const into = iconButton("plus", "Zoom in", () => onZoom(ZOOM_STEP), {className: "wide"});
  const fit = h("button", {title: "Fit the picture", onclick: onFit}, "Fit");
  const oneToOne = h(
    "button",
    {className: "wide", title: "One pixel of the picture per pixel of the screen", onclick: () => onScale(1)},
    "1:1",
  );
  return {
    element: h("span", {className: "zoom"}, out, field, into, fit, oneToOne),
    /** @param {number} scale */
    update(scale) {
      const text = formatZoom(scale);
      if (text === shown) return;
      // What is being typed stays.
      if (field.value === shown) field.value = text;
      shown = text;
    },
  };
}

/**
 * Buttons that each open a sheet of a tool.
 * @param {import("./tool.js").ToolSheet[]} sheets
 */
function sheetButtons(sheets) {
  return sheets.map(({text, icon: name, element, onOpen}) => {
    const close = iconButton("close", `close ${text}`, () => show(false));
    const title = h("header", {}, h("h2", {}, text), close);
    const sheet = h("div", {className: "sheet", role: "dialog", "aria-label": text, hidden: true}, title);
    sheet.append(element);
    /** @param {boolean} isOpen */
    const show = (isOpen) => {
      sheet.hidden = !isOpen;
      button.setAttribute("aria-expanded", String(isOpen));
      if (isOpen) onOpen?.();
    };
    const label = h("span", {className: "label"}, text);
    const button = h("button", {title: text, "aria-expanded": "false"}, icon(name), label);
    button.dataset.sheet = text;
    button.onclick = () => show(sheet.hidden);
    return {button, sheet, show};
  });
}

/** @param {import("./stack.js").Stack} stack */
function fileName(stack) {
  const dims = stack.dims.map((dim) => `${dim.name} ${dim.size}`).join(" · ");
  const size = `${stack.width} × ${stack.height}${stack.color ? " RGB" : ""}`;
  const text = dims ? `${size} · ${dims}` : size;
  return h(
    "div",
    {className: "file"},
    h("b", {title: stack.title}, stack.title),
    h("span", {className: "extent", title: text}, text),
  );
}

/**
 * @param {import("./stack.js").Stack} stack
 * @param {HTMLElement} views the switch of them
 * @param {import("./tool.js").ToolSheet[]} sheets
 * @param {TopBarHandlers} handlers
 */
export function topBar(stack, views, sheets, handlers) {
  const zoom = zoomControls(handlers);
  const opened = sheetButtons(sheets);
  const actions = h(
    "span",
    {className: "actions"},
    ...opened.map(({button}) => button),
    document.fullscreenEnabled ? iconButton("full", "Full screen", handlers.onFullScreen) : null,
    iconButton("sidebar", "Sidebar", handlers.onSidebar, {className: "to-side"}),
  );
  const more = iconButton("more", "More", () => actions.classList.toggle("open"), {className: "more"});
  const right = h("div", {className: "right"}, zoom.element, actions, more);
  return {
    element: h("header", {className: "top"}, fileName(stack), views, right),
    sheets: opened.map(({sheet}) => sheet),
    updateZoom: zoom.update,
    /** Close what is open. @returns {boolean} whether there was anything */
    close() {
      const open = opened.filter(({sheet}) => !sheet.hidden);
      for (const {show} of open) show(false);
      return open.length > 0;
    },
  };
}
