// The two handles of the contrast limits: by mouse, pen, finger and keys.

import {h} from "../base/dom.js";
import {PIXEL_VALUES} from "../base/limits.js";

const [DARKEST, BRIGHTEST] = PIXEL_VALUES;
/** A handle is taken from so many CSS pixels to either side. */
const REACH = 12;
/** Handles that are no further apart than this are at the same place for a hand. */
const TOGETHER = 3;
/** Keys with their steps; Shift makes ten of an arrow's. @type {Record<string, number>} */
const STEPS = {ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10};
const SHIFTED = 10;

/** @typedef {"low" | "high"} Which */
/** @typedef {readonly [number, number]} Limits in pixel values */

/**
 * The limits with one of them at another value: at least 1 away from the other, which stays.
 * @param {Which} which
 * @param {number} value
 * @param {Limits} limits
 * @returns {[number, number]}
 */
export function movedTo(which, value, [low, high]) {
  if (which === "low") return [Math.max(DARKEST, Math.min(value, Math.max(high - 1, DARKEST))), high];
  return [low, Math.min(BRIGHTEST, Math.max(value, Math.min(low + 1, BRIGHTEST)))];
}

/**
 * Which handle a press takes: the nearer one, or of two at the same place, as the movement says ("either"); null
 * where none is within reach.
 * @param {number} x in CSS pixels
 * @param {number} low where the handles are
 * @param {number} high
 * @returns {Which | "either" | null}
 */
export function handleAt(x, low, high) {
  const [toLow, toHigh] = [Math.abs(x - low), Math.abs(x - high)];
  if (Math.min(toLow, toHigh) > REACH) return null;
  if (high - low <= TOGETHER) return "either";
  return toLow <= toHigh ? "low" : "high";
}

/**
 * Where a key takes a limit, a whole pixel value; null for keys that mean nothing.
 * @param {Pick<KeyboardEvent, "key" | "shiftKey">} event
 * @param {number} value
 */
export function valueAfter({key, shiftKey}, value) {
  if (key === "Home") return DARKEST;
  if (key === "End") return BRIGHTEST;
  if (!Object.hasOwn(STEPS, key)) return null;
  const step = STEPS[key] * (shiftKey && Math.abs(STEPS[key]) === 1 ? SHIFTED : 1);
  return step > 0 ? Math.floor(value) + step : Math.ceil(value) + step;
}

/** What a hand has taken. @typedef {{which: Which | "either", x: number, from: Limits}} Grip */

/** Handles over a histogram, whose width is that of all pixel values. */
export class Handles {
  /** @type {Limits} */
  #limits = [DARKEST, BRIGHTEST];
  /** @type {Grip | null} */
  #grip = null;
  #onLimits;

  /**
   * @param {HTMLElement} track what the handles lie over
   * @param {(limits: [number, number]) => void} onLimits
   * @param {() => void} onFull called on a double click
   */
  constructor(track, onLimits, onFull) {
    this.#onLimits = onLimits;
    this.low = this.#handle("low", "lower contrast limit");
    this.high = this.#handle("high", "upper contrast limit");
    this.element = h(
      "div",
      {
        className: "handles",
        title: "Drag a limit; double-click for the full range",
        onpointerdown: (/** @type {PointerEvent} */ event) => this.#take(event),
        onpointermove: (/** @type {PointerEvent} */ event) => this.#move(event),
        onpointerup: () => (this.#grip = null),
        onpointercancel: () => (this.#grip = null),
        ondblclick: onFull,
      },
      track,
      ...[this.low, this.high].flatMap(({input, knob}) => [input, knob]),
    );
  }

  /**
   * @param {Limits} limits
   * @param {(value: number) => string} toText
   */
  update(limits, toText) {
    this.#limits = limits;
    [this.low, this.high].forEach(({input, knob}, i) => {
      input.value = String(limits[i]);
      input.setAttribute("aria-valuetext", toText(limits[i]));
      knob.style.left = `${(100 * (limits[i] - DARKEST)) / (BRIGHTEST - DARKEST)}%`;
    });
  }

  /**
   * A slider for keys and for those who do not see it; a pointer takes its knob.
   * @param {Which} which
   * @param {string} label
   */
  #handle(which, label) {
    const input = h("input", {
      type: "range",
      min: DARKEST,
      max: BRIGHTEST,
      step: 1,
      className: which,
      "aria-label": label,
      oninput: () => this.#onLimits(movedTo(which, Number(input.value), this.#limits)),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#press(which, event),
    });
    return {input, knob: h("i", {className: `knob ${which}`})};
  }

  /**
   * @param {Which} which
   * @param {KeyboardEvent} event
   */
  #press(which, event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const value = valueAfter(event, this.#limits[which === "low" ? 0 : 1]);
    if (value === null) return;
    event.preventDefault();
    event.stopPropagation();
    this.#onLimits(movedTo(which, value, this.#limits));
  }

  /** Where values are on the page. */
  get #place() {
    const {left, width} = this.element.getBoundingClientRect();
    const perValue = width / (BRIGHTEST - DARKEST);
    return {perValue, at: (/** @type {number} */ value) => left + (value - DARKEST) * perValue};
  }

  /** @param {PointerEvent} event */
  #take(event) {
    const {at} = this.#place;
    const which = handleAt(event.clientX, at(this.#limits[0]), at(this.#limits[1]));
    if (which === null || event.button !== 0) return;
    event.preventDefault(); // no text is selected
    this.element.setPointerCapture(event.pointerId);
    this.#grip = {which, x: event.clientX, from: this.#limits};
    if (which !== "either") this[which].input.focus();
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (!this.#grip) return;
    const dx = event.clientX - this.#grip.x;
    if (this.#grip.which === "either") {
      if (dx === 0) return;
      this.#grip.which = dx < 0 ? "low" : "high";
      this[this.#grip.which].input.focus();
    }
    const {which, from} = this.#grip;
    const value = Math.round(from[which === "low" ? 0 : 1] + dx / this.#place.perValue);
    this.#onLimits(movedTo(which, value, this.#limits));
  }
}
