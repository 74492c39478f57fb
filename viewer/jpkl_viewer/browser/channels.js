// The channels as controls: one at a time or as a composite, each with a switch and a color.

import {h} from "./dom.js";

/**
 * @typedef {object} ChannelHandlers
 * @property {(isComposite: boolean) => void} onComposite
 * @property {(channel: number, isVisible: boolean) => void} onVisible
 * @property {(channel: number, color: string) => void} onColor
 * @property {(channel: number) => void} onSelect
 */

/**
 * @param {string} name
 * @param {number} i
 * @param {ChannelHandlers} handlers
 */
function channelRow(name, i, {onVisible, onColor, onSelect}) {
  const visible = h("input", {
    type: "checkbox",
    "aria-label": `show ${name}`,
    onchange: () => onVisible(i, visible.checked),
  });
  const color = h("input", {
    type: "color",
    "aria-label": `color of ${name}`,
    oninput: () => onColor(i, color.value),
  });
  const title = `contrast of ${name}`;
  const select = h("button", {className: "channel-name", title, onclick: () => onSelect(i)}, name);
  return {visible, color, select, element: h("div", {className: "channel"}, visible, color, select)};
}

/**
 * @param {{name: string}[]} channels
 * @param {ChannelHandlers} handlers
 */
export function channelList(channels, handlers) {
  const modes = ["One channel", "Composite"].map((text, i) =>
    h("button", {className: "text", onclick: () => handlers.onComposite(i === 1)}, text),
  );
  const rows = channels.map(({name}, i) => channelRow(name, i, handlers));
  return {
    element: h(
      "div",
      {className: "channels"},
      h("div", {className: "modes", role: "group", "aria-label": "channels shown"}, ...modes),
      ...rows.map((row) => row.element),
    ),
    /** @param {{composite: boolean, displays: import("./types.js").ChannelDisplay[], selected: number}} shown */
    update({composite, displays, selected}) {
      modes.forEach((mode, i) => mode.setAttribute("aria-pressed", String(composite === (i === 1))));
      rows.forEach((row, i) => {
        row.visible.checked = composite ? displays[i].visible : i === selected;
        row.visible.disabled = row.color.disabled = !composite;
        row.color.value = displays[i].color;
        row.select.setAttribute("aria-pressed", String(i === selected));
      });
    },
  };
}
