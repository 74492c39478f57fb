// The strip beside the stage: tools that are held in the hand, and what is shown on the picture.

import {h} from "../base/dom.js";
import {iconButton} from "../base/icons.js";

/**
 * A button with a menu that it opens; a press anywhere else closes the menu.
 * @param {string} name of the icon
 * @param {string} label
 * @param {HTMLElement[]} items
 */
function menuButton(name, label, items) {
  const menu = h("div", {className: "menu", role: "group", "aria-label": label, hidden: true}, ...items);
  const button = iconButton(name, label, () => show(menu.hidden), {"aria-expanded": "false"});
  /** @param {PointerEvent} event */
  const closeBeside = (event) => {
    if (!event.composedPath().some((target) => target === menu || target === button)) show(false);
  };
  /** @param {boolean} isOpen */
  const show = (isOpen) => {
    menu.hidden = !isOpen;
    button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) document.addEventListener("pointerdown", closeBeside, true);
    else document.removeEventListener("pointerdown", closeBeside, true);
  };
  const element = h("div", {className: "menu-place"}, button, menu);
  return {
    element,
    close() {
      const wasOpen = !menu.hidden;
      show(false);
      return wasOpen;
    },
  };
}

/**
 * @param {HTMLElement[][]} groups buttons of the tools
 * @param {HTMLElement[]} layers switches of what is shown on the picture
 */
export function strip(groups, layers) {
  const menu = menuButton("layers", "What to show over the picture", layers);
  const tools = h("div", {className: "held"}, ...groups.flat());
  const element = h("nav", {className: "toolstrip", "aria-label": "tools"}, tools, menu.element);
  const isOpen = () => element.classList.contains("open");
  // Where there is no room for the strip, this opens it.
  const pencil = iconButton("pencil", "Tools", () => element.classList.toggle("open"), {className: "pencil"});
  return {
    element,
    pencil,
    close() {
      if (menu.close()) return true;
      const wasOpen = isOpen();
      element.classList.remove("open");
      return wasOpen;
    },
  };
}
