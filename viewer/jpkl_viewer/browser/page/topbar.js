// The bar over the viewer: what is shown, the views of it, the zoom, and what can be done with it.

import {focusIn, h} from "../base/dom.js";
import {commandButton, icon, iconButton} from "../base/icons.js";
import {titled} from "../base/keymap.js";
import {formatZoom, parseZoom} from "../state/zoom.js";

/**
 * What the bar does.
 * @typedef {object} TopBarHandlers
 * @property {() => void} zoomIn
 * @property {() => void} zoomOut
 * @property {() => void} fit
 * @property {() => void} oneToOne
 * @property {(scale: number) => void} onScale
 * @property {(() => void) | null} onCopy null where nothing can be copied
 * @property {() => void} onFullScreen
 * @property {() => void} onHelp
 * @property {() => void} onSidebar
 */

/** @param {TopBarHandlers} handlers */
function zoomControls({zoomIn, zoomOut, fit, oneToOne, onScale}) {
  const title = "screen pixels per pixel of the picture";
  const field = h("input", {type: "text", className: "percent", "aria-label": "zoom", title});
  let shown = "";
  field.onchange = () => {
    const scale = parseZoom(field.value);
    field.value = shown;
    if (scale !== null) onScale(scale);
  };
  const wide = {className: "wide"};
  const title1 = titled("One picture pixel per screen pixel", "oneToOne");
  const buttons = [
    commandButton("minus", "Zoom out", "zoomOut", zoomOut, wide),
    commandButton("plus", "Zoom in", "zoomIn", zoomIn, wide),
    h("button", {title: titled("Fit the picture", "fit"), onclick: fit}, "Fit"),
    h("button", {...wide, title: title1, onclick: oneToOne}, "1:1"),
  ];
  const parts = [...buttons, field].map((control) => ({control, usual: control.title}));
  const [minus, ...others] = buttons;
  return {
    element: h("span", {className: "zoom"}, minus, field, ...others),
    /** @param {string} reason why none of it does anything; "" where it does */
    setUsable(reason) {
      for (const {control, usual} of parts) {
        control.disabled = reason !== "";
        control.title = reason || usual;
      }
    },
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
 * @param {import("../tool.js").ToolSheet[]} sheets
 */
function sheetButtons(sheets) {
  return sheets.map(({text, icon: image, element, onOpen}) => {
    const close = iconButton("close", `close ${text}`, () => show(false));
    const title = h("header", {role: "presentation"}, h("h2", {}, text), close);
    const sheet = h("div", {className: "sheet", role: "dialog", "aria-label": text, hidden: true}, title);
    sheet.append(element);
    let giveBack = () => {};
    /** @param {boolean} isOpen */
    const show = (isOpen) => {
      if (!isOpen) giveBack();
      sheet.hidden = !isOpen;
      button.setAttribute("aria-expanded", String(isOpen));
      if (!isOpen) return;
      onOpen?.();
      giveBack = focusIn(sheet);
    };
    const label = h("span", {className: "label"}, text);
    const name = text.toLowerCase();
    const button = h("button", {title: titled(text, name), "aria-expanded": "false"}, icon(image), label);
    button.dataset.sheet = text;
    button.onclick = () => show(sheet.hidden);
    return {button, sheet, show, name};
  });
}

/**
 * @param {import("../state/stack.js").Stack} stack
 * @param {HTMLElement[]} beside what else is said of it
 */
function fileName(stack, beside) {
  const dims = stack.dims
    .filter((dim) => dim.size > 1)
    .map((dim) => `${dim.name} ${dim.size}`)
    .join(" · ");
  const size = `${stack.width} × ${stack.height}${stack.color ? " RGB" : ""}`;
  const text = dims ? `${size} · ${dims}` : size;
  return h(
    "div",
    {className: "file"},
    h("b", {title: stack.title}, stack.title),
    h("span", {className: "extent", title: text}, text),
    ...beside,
  );
}

/**
 * @param {import("../state/stack.js").Stack} stack
 * @param {HTMLElement[]} beside what tools say of it
 * @param {HTMLElement} views the switch of them
 * @param {import("../tool.js").ToolSheet[]} sheets
 * @param {TopBarHandlers} handlers
 */
export function topBar(stack, beside, views, sheets, handlers) {
  const zoom = zoomControls(handlers);
  const opened = sheetButtons(sheets);
  const canFill = document.fullscreenEnabled;
  const actions = h(
    "span",
    {className: "actions"},
    ...opened.map(({button}) => button),
    handlers.onCopy ? commandButton("copy", "Copy this view", "copy", handlers.onCopy) : null,
    canFill ? commandButton("full", "Full screen", "fullScreen", handlers.onFullScreen) : null,
    commandButton("help", "Keyboard", "help", handlers.onHelp),
    commandButton("sidebar", "Sidebar", "sidebar", handlers.onSidebar, {className: "to-side"}),
  );
  actions.onclick = () => actions.classList.remove("open");
  const more = iconButton("more", "More", () => actions.classList.toggle("open"), {className: "more"});
  const right = h("div", {className: "right"}, zoom.element, actions, more);
  return {
    element: h(
      "div",
      {className: "top", role: "group", "aria-label": "stack and views"},
      fileName(stack, beside),
      views,
      right,
    ),
    sheets: opened.map(({sheet}) => sheet),
    updateZoom: zoom.update,
    setZoomUsable: zoom.setUsable,
    /** @type {Record<string, () => void>} */
    commands: {
      ...Object.fromEntries(opened.map(({name, sheet, show}) => [name, () => show(sheet.hidden)])),
      ...(canFill ? {fullScreen: handlers.onFullScreen} : {}),
    },
    /** Close what is open. @returns {boolean} whether there was anything */
    close() {
      const open = opened.filter(({sheet}) => !sheet.hidden);
      for (const {show} of open) show(false);
      return open.length > 0;
    },
  };
}
