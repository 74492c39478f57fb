// A field for one of the contrast limits, in the units of the file.

import {h} from "../base/dom.js";
import {intensityText, parseLimit, stepOf, toIntensity, toPixelValue} from "./scale.js";

/** Characters that a field has room for as it usually is, and as a wider one. */
const [ROOM, WIDE_ROOM] = [7, 8];

/** Steps that Shift makes of one. */
const SHIFTED = 10;

/**
 * What a field shows.
 * @typedef {{limits: readonly [number, number], scale: import("./scale.js").Scale}} Shown
 */

export class LimitField {
  /** @type {Shown | null} */
  #shown = null;
  #which;
  #handlers;
  /** Whether somebody is at it: what is typed, or selected, is not taken yet. */
  #isEdited = false;

  /**
   * @param {"low" | "high"} which
   * @param {{onLimits: (limits: [number, number]) => void, onWord: (word: string) => void}} handlers
   *   `onWord` is called with what is wrong with what was typed, "" if nothing
   */
  constructor(which, handlers) {
    this.#which = which;
    this.#handlers = handlers;
    this.element = h("input", {
      type: "text",
      inputMode: "decimal",
      spellcheck: false,
      autocomplete: "off",
      className: `limit ${which}`,
      "aria-label": which === "low" ? "lower limit" : "upper limit",
      onchange: () => this.#take(),
      onfocus: () => (this.#isEdited = true),
      onblur: () => this.#write(),
      oninput: () => {
        this.#isEdited = true;
        this.#say("");
      },
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#press(event),
    });
  }

  /** @param {Shown} shown */
  update(shown) {
    this.#shown = shown;
    // While somebody is at it, frames that come to the screen leave the text alone.
    if (!this.#isEdited && !this.element.hasAttribute("aria-invalid")) this.#write();
  }

  /** Write the limit as it is; a word that was said of another stays until something is typed. */
  #write() {
    this.#isEdited = false;
    if (!this.#shown) return;
    this.element.removeAttribute("aria-invalid");
    const {limits, scale} = this.#shown;
    this.element.value = intensityText(scale, limits[this.#which === "low" ? 0 : 1]);
    const {length} = this.element.value;
    this.element.classList.toggle("wide", length > ROOM && length <= WIDE_ROOM);
    this.element.classList.toggle("long", length > WIDE_ROOM);
  }

  #take() {
    this.#isEdited = false;
    if (!this.#shown) return;
    const {limits, word} = parseLimit(this.element.value, this.#which, this.#shown.limits, this.#shown.scale);
    if (limits) this.#handlers.onLimits(limits);
    this.#say(word, limits === null);
  }

  /** @param {string} word */
  #say(word, isWrong = false) {
    if (isWrong) this.element.setAttribute("aria-invalid", "true");
    else this.element.removeAttribute("aria-invalid");
    this.#handlers.onWord(word);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    this.#step((event.key === "ArrowUp" ? 1 : -1) * (event.shiftKey ? SHIFTED : 1));
  }

  /** @param {number} steps */
  #step(steps) {
    if (!this.#shown) return;
    const {limits, scale} = this.#shown;
    const from = toIntensity(scale, limits[this.#which === "low" ? 0 : 1]);
    const start = scale.isWhole ? Math.round(from) : from;
    const value = toPixelValue(scale, start + steps * stepOf(scale));
    this.element.value = intensityText(scale, value);
    this.#take();
  }
}
