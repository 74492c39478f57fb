// Comparing stacks: the same position and part of each, side by side or over each other.

import {h, placeAt, segmented} from "../../browser/dom.js";
import {addTool, choice, impossible, status} from "../../browser/tool.js";
import {differenceColors, isSigned} from "./difference.js";
import {placesOf} from "./layout.js";
import {GAINS, MODES, clampShare, readSettings, seen} from "./settings.js";
import {Side} from "./side.js";

/**
 * @typedef {import("../../browser/tool.js").Tool} Tool
 * @typedef {import("../../browser/types.js").State} State
 * @typedef {import("../../browser/tool.js").ToolHost} ToolHost
 * @typedef {import("./settings.js").CompareSettings} CompareSettings
 * @typedef {import("./settings.js").Mode} Mode
 */

const BLINK_MS = 600;

/** Share of the picture by which an arrow key moves the curtain. @type {Record<string, number>} */
const CURTAIN_STEPS = {ArrowLeft: -0.02, ArrowRight: 0.02};

/**
 * A view: its settings, and the other pictures over the stage. The settings
 * are `{mode, other, at, gain}`.
 * @param {ToolHost} view
 * @returns {Tool | null}
 */
export function compareTool(view) {
  if (view.others.length) return new CompareTool(view);
  return view.asks
    ? impossible("compare", "Compare", "compare", "Needs a second stack: jpkl view A B")
    : null;
}

addTool(compareTool);

/** @implements {Tool} */
class CompareTool {
  name = "compare";

  /** @type {CompareSettings} */
  #settings;
  /** @type {CompareSettings} those that it had last */
  #last;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #blinkTimer;

  /** @param {ToolHost} view */
  constructor(view) {
    this.view = view;
    this.sides = view.others.map((other, i) => new Side(view, other, i + 1, () => this.onShown()));
    this.#settings = this.#check(view.state);
    this.#last = {...this.#settings, mode: "side by side"};
    this.controls = this.#makeControls();
    this.note = status();
    this.handle = this.#makeHandle();
    this.caption = h("div", {className: "caption"}, view.stack.title);
    const {mode, otherRow, gainRow} = this.controls;
    this.asView = {
      text: "Compare",
      icon: "compare",
      bar: [mode.element, otherRow, gainRow, this.note],
      isOn: (/** @type {State} */ state) => this.#check(state).mode !== "off",
      open: () => view.setTool("compare", this.#last),
      close: () => view.setTool("compare", null),
    };
    const pictures = this.sides.flatMap(({pane, caption}) => [pane, caption]);
    this.overlay = h("div", {className: "compare", hidden: true}, ...pictures, this.caption, this.handle);
    for (const {pane} of this.sides) view.pannedBy(pane);
  }

  #makeControls() {
    const stacks = this.sides.map(({stack}, i) => /** @type {[number, string]} */ ([i, stack.title]));
    const gains = GAINS.map((by) => /** @type {[number, string]} */ ([by, `× ${by}`]));
    const modes = MODES.filter((each) => each !== "off").map(
      (each) => /** @type {[string, string]} */ ([each, each[0].toUpperCase() + each.slice(1)]),
    );
    const mode = segmented("compare", modes, (value) => this.#choose({mode: /** @type {Mode} */ (value)}));
    const other = choice("compare with", stacks, (value) => this.#choose({other: Number(value)}));
    const gain = choice("gain of the difference", gains, (value) => this.#choose({gain: Number(value)}));
    return {
      mode,
      other,
      gain,
      otherRow: h("label", {}, "with", other),
      gainRow: h("label", {}, "Gain", gain),
    };
  }

  /** What moves the curtain. */
  #makeHandle() {
    const {view} = this;
    const handle = h("div", {className: "curtain", role: "slider", tabIndex: 0, "aria-label": "curtain"});
    handle.onpointerdown = (event) => handle.setPointerCapture(event.pointerId);
    handle.onpointermove = (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
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
    this.view.setTool("compare", {...this.#settings, ...changed});
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
    if (mode !== "off") this.#last = this.#settings;
    controls.mode.update(mode);
    controls.other.value = String(other);
    controls.gain.value = String(gain);
    controls.otherRow.hidden = this.sides.length < 2 || mode === "side by side";
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

  /** Put panes, captions and curtain where they belong. */
  #place() {
    const {viewport, stage, figureSlot} = this.view;
    const {mode, at} = this.#settings;
    if (mode === "off" || !viewport.isOpen) return;
    const {box, picture} = viewport;
    const active = this.#active;
    const size = {width: stage.offsetWidth, height: stage.offsetHeight};
    const places = placesOf(this.#settings, box, picture, size, figureSlot.offsetWidth, active.length);
    for (const {pane, caption} of this.sides) pane.hidden = caption.hidden = true;
    active.forEach(({pane, caption}, i) => {
      const {left, clip, caption: style} = places.others[i];
      pane.hidden = caption.hidden = false;
      placeAt(pane, left, box.top, box.width, box.height);
      pane.style.clipPath = clip;
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
    const [mine, its] = [view.picture.painter?.painted, painter.painted];
    if (!mine || !its || !side.isTogether) return;
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
