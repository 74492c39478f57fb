// Comparing stacks: the same position and part of each, side by side or over each other.

import {group, h, placeAt} from "../../browser/dom.js";
import {addTool, choice, status} from "../../browser/tool.js";
import {differenceColors, isSigned} from "./difference.js";
import {placesOf} from "./layout.js";
import {GAINS, MODES, clampShare, readSettings, seen} from "./settings.js";
import {Side} from "./side.js";

/**
 * @typedef {import("../../browser/tool.js").Tool} Tool
 * @typedef {import("../../browser/types.js").State} State
 * @typedef {import("../../browser/tool.js").ToolHost} ToolHost
 * @typedef {import("./settings.js").CompareSettings} CompareSettings
 */

const BLINK_MS = 600;

/** Share of the picture by which an arrow key moves the curtain. @type {Record<string, number>} */
const CURTAIN_STEPS = {ArrowLeft: -0.02, ArrowRight: 0.02};

/**
 * A group of controls, and the other pictures over the stage; null where there is no other stack. The settings
 * are `{mode, other, at, gain}`.
 * @param {ToolHost} view
 * @returns {Tool | null}
 */
export function compareTool(view) {
  return view.others.length ? new CompareTool(view) : null;
}

addTool(compareTool);

/** @implements {Tool} */
class CompareTool {
  name = "compare";

  /** @type {CompareSettings} */
  #settings;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #blinkTimer;

  /** @param {ToolHost} view */
  constructor(view) {
    this.view = view;
    this.sides = view.others.map((other, i) => new Side(view, other, i + 1, () => this.onShown()));
    this.#settings = this.#check(view.state);
    this.controls = this.#makeControls();
    this.note = status();
    this.handle = this.#makeHandle();
    this.caption = h("div", {className: "caption"}, view.stack.title);
    const {mode, other, gainRow} = this.controls;
    this.element = group("Compare", mode, other, gainRow, this.note);
    const pictures = this.sides.flatMap(({canvas, caption}) => [canvas, caption]);
    this.overlay = h("div", {className: "compare", hidden: true}, ...pictures, this.caption, this.handle);
  }

  #makeControls() {
    const stacks = this.sides.map(({stack}, i) => /** @type {[number, string]} */ ([i, stack.title]));
    const gains = GAINS.map((by) => /** @type {[number, string]} */ ([by, `× ${by}`]));
    const mode = choice("compare", MODES, (value) =>
      this.#choose({mode: /** @type {CompareSettings["mode"]} */ (value)}),
    );
    const other = choice("compare with", stacks, (value) => this.#choose({other: Number(value)}));
    const gain = choice("gain of the difference", gains, (value) => this.#choose({gain: Number(value)}));
    return {mode, other, gain, gainRow: h("label", {className: "row"}, "Gain", gain)};
  }

  /** What moves the curtain. */
  #makeHandle() {
    const {view} = this;
    const handle = h("div", {className: "curtain", role: "slider", tabIndex: 0, "aria-label": "curtain"});
    handle.onpointerdown = (event) => handle.setPointerCapture(event.pointerId);
    handle.onpointermove = (event) => {
      if (!handle.hasPointerCapture(event.pointerId) || !view.viewport) return;
      const {left, right} = view.viewport.picture;
      const place = event.clientX - view.stage.getBoundingClientRect().left;
      this.#choose({at: clampShare((place - left) / (right - left))});
    };
    handle.onkeydown = (event) => {
      const step = CURTAIN_STEPS[event.key];
      if (!step) return;
      this.#choose({at: clampShare(this.#settings.at + step)});
      event.stopPropagation();
    };
    return handle;
  }

  /** @param {State} state */
  #check(state) {
    return readSettings(state.tools.compare, this.sides.length);
  }

  /** @param {Partial<CompareSettings>} changed */
  #choose(changed) {
    const chosen = {...this.#settings, ...changed};
    if (chosen.mode === "side by side") this.view.setTool("ortho", null); // both need the room
    this.view.setTool("compare", chosen.mode === "off" ? null : chosen);
  }

  get #active() {
    return seen(this.#settings, this.sides.length).map((i) => this.sides[i]);
  }

  /** @param {State} state */
  update(state) {
    const was = this.#settings.mode;
    this.#settings = this.#check(state);
    const {mode} = this.#settings;
    this.#updateControls();
    this.overlay.hidden = mode === "off";
    this.overlay.dataset.mode = mode;
    this.note.textContent = "";
    if (was !== mode) this.#reserve();
    clearInterval(this.#blinkTimer);
    if (mode === "blink")
      this.#blinkTimer = setInterval(() => this.overlay.classList.toggle("blinked"), BLINK_MS);
    for (const side of this.#active) side.show(state, this.view.ahead());
    this.#place();
    this.onShown();
  }

  #updateControls() {
    const {mode, other, gain} = this.#settings;
    const {controls} = this;
    controls.mode.value = mode;
    controls.other.value = String(other);
    controls.gain.value = String(gain);
    controls.other.hidden = this.sides.length < 2 || mode === "off" || mode === "side by side";
    controls.gainRow.hidden = mode !== "difference";
  }

  /** Keep room beside the figure. */
  #reserve() {
    const {view} = this;
    const n = this.#settings.mode === "side by side" ? this.sides.length : 0;
    // Without side by side, the room may be that of the orthogonal views.
    if (n || !view.state.tools.ortho) view.figureSlot.style.right = n ? `${(100 * n) / (n + 1)}%` : "";
  }

  layout() {
    if (this.#settings.mode === "off") return;
    this.#reserve();
    this.#place();
    for (const side of this.#active) side.repaint();
  }

  /** Put canvases, captions and curtain where they belong. */
  #place() {
    const {viewport, stage, figureSlot} = this.view;
    const {mode, at} = this.#settings;
    if (mode === "off" || !viewport) return;
    const {box, picture} = viewport;
    const active = this.#active;
    const size = {width: stage.offsetWidth, height: stage.offsetHeight};
    const places = placesOf(this.#settings, box, picture, size, figureSlot.offsetWidth, active.length);
    for (const {canvas, caption} of this.sides) canvas.hidden = caption.hidden = true;
    active.forEach(({canvas, caption}, i) => {
      const {left, clip, caption: style} = places.others[i];
      canvas.hidden = caption.hidden = false;
      placeAt(canvas, left, box.top, box.width, box.height);
      canvas.style.clipPath = clip;
      Object.assign(caption.style, style);
    });
    Object.assign(this.caption.style, places.caption);
    this.caption.hidden = mode === "difference";
    this.handle.hidden = mode !== "curtain";
    placeAt(this.handle, places.curtain, picture.top, 1, picture.bottom - picture.top);
    this.handle.setAttribute("aria-valuenow", String(Math.round(100 * at)));
  }

  /** Draw the difference when frames of both are there, at positions that belong together. */
  onShown() {
    const {mode, other, gain} = this.#settings;
    if (mode !== "difference") return;
    const {view, note} = this;
    const side = this.sides[other];
    const {painter, stack} = side;
    const [mine, its] = [view.picture.painter?.painted, painter?.painted];
    if (!mine || !its || !painter || !side.isTogether) return;
    const {color} = view.stack;
    if (mine.target.key !== its.target.key || color !== stack.color) {
      note.textContent = "Frames of different sizes have no difference: compare them side by side";
      return void painter.clear();
    }
    const {width, height} = its.target;
    painter.draw(differenceColors(mine.layers, its.layers, gain, color, width * height), its.target);
    side.caption.textContent = `${view.stack.title} − ${stack.title}`;
    note.textContent = isSigned(mine.layers, its.layers, color)
      ? `Red: ${view.stack.title} is brighter; blue: ${stack.title}; white: the same`
      : "";
  }

  /**
   * What the others hold at a pixel.
   * @param {number} x
   * @param {number} y
   */
  read(x, y) {
    return this.#active.map((side) => side.read(x, y));
  }
}
