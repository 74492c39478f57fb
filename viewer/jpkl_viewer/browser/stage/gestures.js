// What the hand does to the picture: wheel, drag, pinch, double click, a box.

import {h, placeAt} from "../base/dom.js";
import {Presses} from "./presses.js";

/** A notch of the wheel zooms by this factor. */
const NOTCH_FACTOR = 1.2;
/** What browsers report for a notch, in CSS pixels. */
const NOTCH = 120;
/** A fling of the wheel zooms by at most so many notches at once. */
const MOST_NOTCHES = 3;
/** CSS pixels of a line, where the wheel counts in those. */
const LINE = 40;
/** With Ctrl and less than this, it is two fingers on a touchpad: by how much they zoom is the logarithm, in percent. */
const PINCH = 50;
/** How long it is said that the wheel needs a key, in ms. */
const SAID_FOR = 2000;

/** @typedef {import("../state/viewport.js").Viewport} Viewport */
/** @typedef {import("./presses.js").Place} Place */

/**
 * The factor that a movement of the wheel zooms by. The mode is read first: Firefox says pixels to whoever does not, of
 * which a notch has as few as two fingers.
 * @param {{deltaY: number, deltaMode: number, ctrlKey?: boolean}} event
 */
export function wheelFactor({deltaMode, deltaY, ctrlKey = false}) {
  if (ctrlKey && deltaMode === 0 && Math.abs(deltaY) < PINCH) return Math.exp(-deltaY / 100);
  const notches = (deltaMode === 0 ? deltaY : deltaY * LINE) / NOTCH;
  return NOTCH_FACTOR ** -Math.min(MOST_NOTCHES, Math.max(-MOST_NOTCHES, notches));
}

/**
 * How two fingers have moved: by how much their middle, and by which factor their distance.
 * @param {[Place, Place]} from
 * @param {[Place, Place]} to
 */
export function pinch([a0, b0], [a1, b1]) {
  const middle = /** @type {Place} */ ([(a1[0] + b1[0]) / 2, (a1[1] + b1[1]) / 2]);
  const distance = (/** @type {Place} */ a, /** @type {Place} */ b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
  return {
    dx: middle[0] - (a0[0] + b0[0]) / 2,
    dy: middle[1] - (a0[1] + b0[1]) / 2,
    factor: distance(a1, b1) / Math.max(1, distance(a0, b0)),
    middle,
  };
}

/**
 * @typedef {object} Stage
 * @property {HTMLElement} root of the viewer
 * @property {HTMLElement} stage
 * @property {HTMLElement} figureSlot
 * @property {Viewport} viewport
 * @property {() => void} fit
 * @property {string} whyNoZoom why the picture has no zoom now; "" where it has
 * @property {boolean} ownsUrl whether the page is the viewer's: then the wheel is, too
 */

/** Zooms and pans a viewport by what is done on its stage. */
export class Gestures {
  #pressed = new Presses();
  /** Where a box begins that is drawn to zoom into. @type {Place | null} */
  #corner = null;
  #box = h("div", {className: "zoom-box", hidden: true});
  #hint = h("div", {className: "wheel-hint", role: "status", hidden: true});
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #hintTimer;

  /**
   * @param {Stage} view
   * @param {(place: Place) => void} onClick called for a press that is no drag
   */
  constructor(view, onClick) {
    this.view = view;
    this.onClick = onClick;
    const {stage, figureSlot} = view;
    stage.append(this.#box, this.#hint);
    stage.addEventListener("wheel", (event) => this.#onWheel(event), {passive: false});
    this.listen(figureSlot);
    figureSlot.addEventListener("dblclick", (event) => this.#onDoubleClick(event));
  }

  /**
   * Pan by an element that shows the picture, or another one of the same part.
   * @param {HTMLElement} element
   */
  listen(element) {
    element.addEventListener("pointerdown", (event) => this.#onDown(event, element));
    element.addEventListener("pointermove", (event) => this.#onMove(event));
    for (const type of /** @type {const} */ (["pointerup", "pointercancel"]))
      element.addEventListener(type, (event) => this.#onUp(event));
  }

  /**
   * Where on the stage an event is; on a pane, where it would be on the picture itself.
   * @param {MouseEvent} event
   * @returns {Place}
   */
  #placeOf(event) {
    const {stage, viewport} = this.view;
    const pane = /** @type {Element} */ (event.target).closest(".pane");
    const {left, top} = (pane ?? stage).getBoundingClientRect();
    const {box} = viewport;
    return [event.clientX - left + (pane ? box.left : 0), event.clientY - top + (pane ? box.top : 0)];
  }

  /** @param {WheelEvent} event */
  #onWheel(event) {
    if (this.view.whyNoZoom) return;
    if (!this.#hasWheel(event)) return this.#say();
    event.preventDefault();
    this.#hint.hidden = true;
    this.view.viewport.zoomAt(wheelFactor(event), ...this.#placeOf(event));
  }

  /**
   * In a longer page the wheel scrolls, unless a key says otherwise or the viewer was clicked.
   * @param {WheelEvent} event
   */
  #hasWheel({ctrlKey, metaKey}) {
    const {ownsUrl, root} = this.view;
    return ownsUrl || ctrlKey || metaKey || root.matches(":focus-within");
  }

  #say() {
    const key = navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl";
    Object.assign(this.#hint, {hidden: false, textContent: `${key} + wheel zooms`});
    clearTimeout(this.#hintTimer);
    this.#hintTimer = setTimeout(() => (this.#hint.hidden = true), SAID_FOR);
  }

  /**
   * @param {PointerEvent} event
   * @param {HTMLElement} element
   */
  #onDown(event, element) {
    if (event.button !== 0) return;
    const place = this.#placeOf(event);
    element.setPointerCapture(event.pointerId);
    this.#pressed.down(event.pointerId, place, event.isPrimary);
    this.#corner = event.shiftKey && this.#pressed.places.length === 1 ? place : null;
    this.#box.hidden = true;
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    if (!this.#pressed.has(event.pointerId)) return;
    if (!event.buttons) return this.#onUp(event); // it was let go where nobody heard of it
    const place = this.#placeOf(event);
    const before = this.#pressed.places;
    this.#pressed.move(event.pointerId, place);
    const {viewport} = this.view;
    if (this.#corner) this.#drawBox(this.#corner, place);
    else if (before.length === 1) this.#pan(before[0], place);
    else if (before.length === 2) {
      const [a, b] = this.#pressed.places;
      const {dx, dy, factor, middle} = pinch([before[0], before[1]], [a, b]);
      viewport.pan(dx, dy);
      viewport.zoomAt(factor, ...middle);
    }
  }

  /**
   * @param {Place} from
   * @param {Place} to
   */
  #pan(from, to) {
    this.view.viewport.pan(to[0] - from[0], to[1] - from[1]);
  }

  /** @param {PointerEvent} event */
  #onUp(event) {
    if (!this.#pressed.has(event.pointerId)) return;
    const place = this.#placeOf(event);
    const isClick = this.#pressed.up(event.pointerId, place) && event.type === "pointerup";
    const corner = this.#corner;
    this.#corner = null;
    this.#box.hidden = true;
    if (isClick) this.onClick(place);
    else if (corner && event.type === "pointerup") {
      const {viewport} = this.view;
      viewport.showPart([...viewport.toFrame(...corner), ...viewport.toFrame(...place)]);
    }
  }

  /**
   * @param {Place} a
   * @param {Place} b
   */
  #drawBox(a, b) {
    this.#box.hidden = false;
    const [left, top] = [Math.min(a[0], b[0]), Math.min(a[1], b[1])];
    placeAt(this.#box, left, top, Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1]));
  }

  /** All of the frame; where that is seen already, one pixel of it for each of the screen. @param {MouseEvent} event */
  #onDoubleClick(event) {
    const {viewport} = this.view;
    if (viewport.isFitted) viewport.setScale(1, this.#placeOf(event));
    else this.view.fit();
  }
}
