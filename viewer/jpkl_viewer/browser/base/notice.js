// What is said over the picture: that it is waited for, or why it cannot be shown.

import {copyField} from "./clipboard.js";
import {h} from "./dom.js";

/** A wait shorter than this is not mentioned, in ms. */
const UNNOTICED = 400;
/** After so many ms it is said again how the wait is going. */
const AGAIN = 1000;

/**
 * What is said with a title, and what can be done about it.
 * @typedef {object} Card
 * @property {string} title
 * @property {string} text
 * @property {string} [command] for the terminal
 * @property {{text: string, run: (field: HTMLTextAreaElement) => unknown, isMain?: boolean, done?: string}[]} [actions] buttons; `done` is what one says
 *   once it has done it, and can show a text in a field that it is given
 */

export class Notice {
  element = h("div", {className: "notice", role: "alert", hidden: true});
  /** Whether what was said last stays. */
  isFinal = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #stalled;

  /** @param {string} [stalled] what is said where nothing has come for long */
  constructor(stalled = "The server does not answer.") {
    this.#stalled = `${stalled} Still trying …`;
  }

  /**
   * Say how it is going.
   * @param {string} text
   */
  say(text) {
    // What stays leaves the picture free: frames that are at hand can be looked at.
    this.#show(text, this.isFinal ? "notice busy below" : "notice busy");
  }

  /**
   * Say what stays, with a title.
   * @param {Card} card
   */
  sayLast(card) {
    this.isFinal = true;
    this.#showCard(card, "notice busy card below");
  }

  /**
   * Say why there is no picture; null where there is one, and nothing has to be said.
   * @param {Error | null} error
   * @param {Card} [card] the same with a title, and what can be done
   */
  showError(error, card) {
    if (this.isFinal) return;
    if (error && card) return this.#showCard(card, "notice card");
    this.#show(error?.message ?? "", "notice");
    this.element.hidden = error === null;
  }

  /**
   * Say that a picture is waited for, if it takes long. Replaces what was waited for before.
   * @param {() => boolean} isShown
   * @param {() => boolean} isStalled whether nothing has come for long
   */
  waitFor(isShown, isStalled) {
    const look = () => {
      if (this.isFinal || isShown()) return;
      this.say(isStalled() ? this.#stalled : "Loading …");
      this.#timer = setTimeout(look, AGAIN);
    };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(look, UNNOTICED);
  }

  /**
   * @param {Card} card
   * @param {string} className
   */
  #showCard({title, text, command = "", actions = []}, className) {
    const field = copyField();
    const buttons = actions.map(({text: label, run, isMain, done}) => {
      const button = h("button", {className: isMain ? "primary" : "text"}, label);
      button.onclick = async () => {
        if ((await run(field)) !== false && done) button.textContent = done;
      };
      return button;
    });
    this.#show("", className);
    this.element.replaceChildren(
      h("h2", {}, title),
      h("p", {}, text),
      ...(command ? [h("code", {}, command)] : []),
      ...(buttons.length ? [h("div", {className: "actions-row"}, ...buttons), field] : []),
    );
  }

  /**
   * @param {string} text
   * @param {string} className
   */
  #show(text, className) {
    Object.assign(this.element, {className, textContent: text, hidden: false});
  }
}
