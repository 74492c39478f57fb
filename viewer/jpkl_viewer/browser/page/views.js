// The views of a stack: its frames, and what tools show in their place. One is open at a time.

import {h, setUsable} from "../base/dom.js";
import {commandButton, icon} from "../base/icons.js";
import {titled} from "../base/keymap.js";

/** @typedef {import("../tool.js").Tool} Tool */
/** @typedef {import("../types.js").State} State */

/** The name of no tool: frames as they are. */
const FRAME = "frame";

/**
 * The tool whose view is seen: the last one that is on, as links and Python can have several.
 * @param {Tool[]} tools
 * @param {State} state
 */
export function openView(tools, state) {
  return tools.findLast(({asView}) => asView?.isOn?.(state)) ?? null;
}

export class Views {
  /** Tools that have a view, in the order of their buttons. @type {Tool[]} */
  #tools;
  /** @type {HTMLButtonElement[]} the first is that of the frames */
  #buttons;
  /** @type {Tool | null} whose settings the bar shows */
  #barOf = null;
  #settings = h("div", {className: "settings"});
  #getState;

  /**
   * @param {Tool[]} tools
   * @param {() => State} getState
   */
  constructor(tools, getState) {
    this.#tools = tools.filter(({asView}) => asView);
    this.#getState = getState;
    const choices = [{name: FRAME, text: "Frame", icon: "frame", reason: ""}].concat(
      this.#tools.map(({name, asView}) => ({
        name,
        text: "",
        icon: "",
        ...asView,
        reason: asView?.reason ?? "",
      })),
    );
    this.#buttons = choices.map(({name, text, icon: image, reason}) => {
      const button = h("button", {value: name, "aria-pressed": "false"}, icon(image), h("span", {}, text));
      setUsable(button, reason, titled(text, name));
      if (!reason) button.onclick = () => this.open(name);
      return button;
    });
    const label = {className: "views seg", role: "group", "aria-label": "view"};
    this.switch = h("div", {...label, hidden: this.#buttons.length === 1}, ...this.#buttons);
    const close = commandButton("close", "Back to the frame", "escape", () => this.open(FRAME));
    this.bar = h("div", {className: "modebar", hidden: true}, this.#settings, close);
  }

  /**
   * Open the view of a tool, and close the others.
   * @param {string} name of the tool; `frame` closes all
   */
  open(name) {
    for (const tool of this.#tools)
      if (tool.name !== name && tool.asView?.isOn?.(this.#getState())) tool.asView.close?.();
    const tool = this.#tools.find((each) => each.name === name);
    if (!tool?.asView?.isOn?.(this.#getState())) tool?.asView?.open?.();
  }

  /** Commands that open them. @returns {Record<string, () => void>} */
  get commands() {
    const possible = this.#tools.filter(({asView}) => !asView?.reason);
    return Object.fromEntries(possible.map(({name}) => [name, () => this.open(name)]));
  }

  /** Go back to the frames. @returns {boolean} whether another view was open */
  close() {
    const wasOpen = openView(this.#tools, this.#getState()) !== null;
    this.open(FRAME);
    return wasOpen;
  }

  /** @param {State} state */
  update(state) {
    const current = openView(this.#tools, state);
    for (const button of this.#buttons)
      button.setAttribute("aria-pressed", String(button.value === (current?.name ?? FRAME)));
    if (current === this.#barOf) return;
    this.#barOf = current;
    this.bar.hidden = current === null;
    this.#settings.replaceChildren(...(current?.asView?.bar ?? []));
  }
}
