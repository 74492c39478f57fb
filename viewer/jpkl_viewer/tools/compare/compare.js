// Comparing stacks: the same position and part of each, side by side or over each other.

import {h, placeAt, segmented} from "../../browser/base/dom.js";
import {describeOther} from "../../browser/page/readout.js";
import {isComposite} from "../../browser/state/resolve.js";
import {choice, numberField, status, write} from "../../browser/page/fields.js";
import {addTool, impossible} from "../../browser/tool.js";
import {CONTRASTS} from "./contrast.js";
import {
  canSubtract,
  comparedLayers,
  comparedValues,
  describeDifference,
  differenceColors,
  differencesOf,
  isSameKind,
} from "./difference.js";
import {changesOf} from "./follow.js";
import {columnWidth, placesOf} from "./layout.js";
import {Legend} from "./legend.js";
import {Marks} from "./marks.js";
import {EVERY, GAINS, MODES, clampShare, readSettings, seen} from "./settings.js";
import {Side} from "./side.js";

/**
 * @typedef {import("../../browser/tool.js").Tool} Tool
 * @typedef {import("../../browser/types.js").State} State
 * @typedef {import("../../browser/tool.js").ToolHost} ToolHost
 * @typedef {import("../../browser/base/numbers.js").Scale} Scale
 * @typedef {import("./settings.js").CompareSettings} CompareSettings
 * @typedef {import("./settings.js").Mode} Mode
 * @typedef {import("./contrast.js").Contrast} Contrast
 */

/** Share of the picture by which an arrow key moves the curtain. @type {Record<string, number>} */
const CURTAIN_STEPS = {ArrowLeft: -0.02, ArrowRight: 0.02};

/** What the choice of the contrast says. */
const OF_OTHERS =
  "Contrast of the others: the limits of the first, in the units of the files if both have them, or automatic limits for each frame";
const TOO_DIFFERENT = "Each has its own contrast, because their values hardly overlap";
const NOT_SUBTRACTED = "Frames of different sizes cannot be subtracted: compare them side by side";
const PER_FRAME = "Each frame has its own automatic limits (per frame, in the menu of a channel)";

/**
 * A view: its settings, and the other pictures over the stage. The settings
 * are `CompareSettings`.
 * @param {ToolHost} view
 * @returns {Tool | null}
 */
export function compareTool(view) {
  if (view.others.length) return new CompareTool(view);
  return view.asks?.isPython
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
  /** That of the last update. @type {State | null} */
  #state = null;
  /** How fast it blinks; 0 for not at all. */
  #blinksEvery = 0;
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
    this.caption = h("div", {className: "caption own"}, view.stack.title);
    this.legend = new Legend();
    this.marks = new Marks(view);
    const {mode, otherRow, gainRow, channelRow, contrastRow, everyRow, swap} = this.controls;
    this.asView = {
      text: "Compare",
      icon: "compare",
      bar: [mode.element, swap, otherRow, channelRow, gainRow, contrastRow, everyRow, this.note],
      isOn: (/** @type {State} */ state) => this.#check(state).mode !== "off",
      isBright: (/** @type {State} */ state) => this.#check(state).mode === "difference",
      open: () => view.setTool("compare", this.#last),
      close: () => view.setTool("compare", null),
    };
    const pictures = this.sides.flatMap(({pane, caption}) => [pane, caption]);
    const parts = [...pictures, this.caption, this.handle, this.legend.element, this.marks.pointer];
    this.overlay = h("div", {className: "compare", hidden: true}, ...parts);
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
    const channels = this.view.stack.channels.map(({name}, i) => /** @type {[number, string]} */ ([i, name]));
    const channel = choice("channel of the difference", [["", "brightness"], ...channels], (value) =>
      this.#choose({channel: value === "" ? null : Number(value)}),
    );
    const contrast = choice("contrast", CONTRASTS, (value) =>
      this.#choose({contrast: /** @type {Contrast} */ (value)}),
    );
    const range = {min: EVERY.min, max: EVERY.max, step: 50, title: "time for each, in milliseconds"};
    const every = numberField("blink interval", {
      ...range,
      onchange: () => {
        const ms = Number(every.value) || EVERY.usual;
        this.#choose({every: Math.min(EVERY.max, Math.max(EVERY.min, ms))});
      },
    });
    const swap = h(
      "button",
      {title: "Swap the two stacks", onclick: () => this.#choose({swapped: !this.#settings.swapped})},
      "Swap",
    );
    return {
      mode,
      swap,
      other,
      gain,
      channel,
      contrast,
      every,
      otherRow: h("label", {}, "with", other),
      gainRow: h("label", {}, "Gain", gain),
      channelRow: h("label", {}, "of", channel),
      contrastRow: h("label", {}, "Contrast", contrast),
      everyRow: h("label", {}, "Every", every, "ms"),
    };
  }

  /** What moves the curtain. */
  #makeHandle() {
    const {view} = this;
    const handle = h("div", {className: "curtain", role: "slider", tabIndex: 0, "aria-label": "curtain"});
    handle.onpointerdown = (event) => handle.setPointerCapture(event.pointerId);
    handle.onpointermove = (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      const {left, right} = this.#whole;
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

  /** The contrast of what is seen where nobody has chosen. */
  get #usualContrast() {
    return this.#active.some((side) => side.usualContrast === "own") ? "own" : "shared";
  }

  /** Whether each has its own contrast without anybody's having said so. */
  get #isApart() {
    const {contrast} = this.#settings;
    return contrast === null && this.#usualContrast === "own" && !this.view.state.per_frame;
  }

  /** @param {State} state */
  update(state) {
    const changes = this.#state && changesOf(this.#state, state).join();
    this.#state = state;
    const isMoved = changes === "position";
    const isShown = changes === "tools" && !this.#changesPicture(this.#check(state));
    if (!isMoved) this.#updateSettings(state);
    if (this.#settings.mode === "off") return;
    if (!isShown)
      for (const side of this.#active) side.show(state, this.view.ahead(), this.#settings.contrast);
    if (isMoved) return; // the difference is drawn when both have come
    this.#place();
    this.onShown();
  }

  /**
   * Whether settings show other pictures, and do not only move the curtain over them.
   * @param {CompareSettings} settings
   */
  #changesPicture({at: _, ...settings}) {
    const {at: __, ...old} = this.#settings;
    return JSON.stringify(settings) !== JSON.stringify(old);
  }

  /** @param {State} state */
  #updateSettings(state) {
    const was = this.#settings;
    this.#settings = this.#check(state);
    const {mode} = this.#settings;
    this.#updateControls();
    this.overlay.hidden = mode === "off";
    this.overlay.dataset.mode = mode;
    this.note.textContent = this.note.title = this.#isApart ? TOO_DIFFERENT : "";
    const {other, swapped} = this.#settings;
    if (was.mode !== mode || was.other !== other || was.swapped !== swapped) this.#reserve();
    this.#blink(mode === "blink" ? this.#settings.every : 0);
  }

  end() {
    this.#blink(0);
  }

  /** @param {number} every ms; 0 for not at all */
  #blink(every) {
    if (every === this.#blinksEvery) return;
    this.#blinksEvery = every;
    clearInterval(this.#blinkTimer);
    if (every) this.#blinkTimer = setInterval(() => this.overlay.classList.toggle("blinked"), every);
  }

  #updateControls() {
    const {mode, other, gain, channel, contrast, every, swapped} = this.#settings;
    const {controls, view} = this;
    const isOfMany = isComposite(view.state, view.stack);
    controls.swap.setAttribute("aria-pressed", String(swapped));
    controls.swap.hidden = mode === "blink";
    if (mode !== "off") this.#last = this.#settings;
    controls.mode.update(mode);
    controls.other.value = String(other);
    controls.gain.value = String(gain);
    controls.channel.value = String(channel ?? "");
    controls.channelRow.hidden = mode !== "difference" || !isOfMany;
    this.#updateContrast(
      contrast ?? this.#usualContrast,
      mode === "difference" && (channel !== null || !isOfMany),
    );
    write(controls.every, String(every));
    controls.otherRow.hidden = this.sides.length < 2 || mode === "side by side";
    controls.gainRow.hidden = mode !== "difference";
    controls.everyRow.hidden = mode !== "blink";
    this.legend.element.hidden = true;
  }

  /**
   * @param {Contrast} contrast
   * @param {boolean} isOfValues whether values are compared, which have no contrast
   */
  #updateContrast(contrast, isOfValues) {
    const {state, stack} = this.view;
    const field = this.controls.contrast;
    field.value = state.per_frame ? "own" : contrast;
    field.disabled = state.per_frame;
    field.title = state.per_frame ? PER_FRAME : OF_OTHERS;
    this.controls.contrastRow.hidden = isOfValues && !stack.color;
  }

  /** Width of each of the pictures that are side by side. */
  get #column() {
    return columnWidth(this.view.stage.offsetWidth, this.sides.length + 1);
  }

  /** What is seen where all is: the largest of the frames. */
  get #extent() {
    const stacks = [this.view.stack, ...this.#active.map((side) => side.stack)];
    const [width, height] = [stacks.map((each) => each.width), stacks.map((each) => each.height)];
    return {width: Math.max(...width), height: Math.max(...height)};
  }

  /** Have a fit show all that is compared, and keep room beside the figure. */
  #reserve() {
    const {stage, figure} = this.view;
    const {mode, swapped} = this.#settings;
    const extent = this.#extent;
    if (mode !== "side by side") return figure.reserve(this.name, this.#reservedOver(extent));
    const column = this.#column;
    const left = swapped ? column : 0;
    const right = stage.offsetWidth - left - column;
    figure.reserve(this.name, {layout: `${mode} ${swapped}`, left, right, extent});
  }

  /**
   * The same of pictures over each other: nothing where the view's own is the largest, so that it stays where it is.
   * @param {{width: number, height: number}} extent
   */
  #reservedOver({width, height}) {
    const {stack} = this.view;
    if (width <= stack.width && height <= stack.height) return null;
    return {layout: `over ${width} ${height}`, extent: {width, height}, isOver: true};
  }

  /** Where on the stage all is that is compared. */
  get #whole() {
    const {viewport} = this.view;
    return viewport.pictureOf(viewport.extent);
  }

  layout() {
    if (this.#settings.mode === "off") return;
    this.#reserve();
    this.#place();
    for (const side of this.#active) side.repaint();
  }

  /** Put panes, captions and curtain where they belong. */
  #place() {
    const {viewport, stage, corners, state} = this.view;
    const {mode, at} = this.#settings;
    if (mode === "off" || !viewport.isOpen) return;
    const {box, marked: picture} = viewport;
    /** @param {string} corner */
    const taken = (corner) => corners.taken(corner);
    const active = this.#active;
    const size = {width: stage.offsetWidth, height: stage.offsetHeight};
    const isBeside = mode === "side by side";
    const pictures = active.map(({stack}) => (isBeside ? viewport.pictureOf(stack) : picture));
    const whole = this.#whole;
    const places = placesOf(this.#settings, box, picture, size, this.#column, pictures, taken, whole);
    for (const {pane, caption} of this.sides) pane.hidden = caption.hidden = true;
    active.forEach(({pane, caption, marks}, i) => {
      const {left, clip, caption: style} = places.others[i];
      pane.hidden = false;
      caption.hidden = !state.names;
      placeAt(pane, left, box.top, box.width, box.height);
      pane.style.clipPath = clip;
      marks.place();
      Object.assign(caption.style, style);
    });
    Object.assign(this.caption.style, places.caption);
    this.caption.hidden = mode === "difference" || !state.names;
    this.handle.hidden = mode !== "curtain";
    placeAt(this.handle, places.curtain, whole.top, 1, whole.bottom - whole.top);
    this.legend.place(picture, size, taken("top right"));
    this.handle.setAttribute("aria-valuenow", String(Math.round(100 * at)));
  }

  /** Draw the difference when frames of both are there, at positions that belong together. */
  onShown() {
    const {mode, other, gain, channel, swapped} = this.#settings;
    if (mode !== "difference") return;
    const {view, note} = this;
    const side = this.sides[other];
    const {painter, stack} = side;
    const [mine, its] = [view.picture.painter?.painted, painter.painted];
    // What is on the screen is of the frame before, where the view's own cannot be shown.
    if (!mine && view.shown) painter.canvas.hidden = true;
    if (!mine || !its || !side.isTogether) return;
    const {color} = view.stack;
    if (!canSubtract(view.stack, stack)) {
      // What is seen is the first alone.
      note.textContent = note.title = NOT_SUBTRACTED;
      side.say(NOT_SUBTRACTED, true);
      return void painter.clear();
    }
    if (mine.target.key !== its.target.key) return; // one of them is about to be painted again
    const {width, height} = its.target;
    /** @type {<Item>(pair: Item[]) => Item[]} */
    const inOrder = ([a, b]) => (swapped ? [b, a] : [a, b]);
    const pictures = [view.picture, side.picture];
    const [mineShown, itsShown] = pictures.map(({shown}) =>
      (shown?.layers ?? []).map((layer) => layer.channel),
    );
    const compared = comparedLayers(mineShown, itsShown, color, channel);
    const [first, second] = inOrder(scalesOf(pictures, compared));
    const differences = differencesOf(first, second, gain);
    const values = comparedValues([mine.layers, its.layers], compared, color, width * height);
    painter.draw(differenceColors(inOrder(values), differences), its.target);
    this.legend.update(differences);
    const titles = inOrder([view.stack.title, stack.title]);
    side.say(titles.join(" − "), false);
    note.textContent = note.title = this.#describe(titles, compared && mineShown[compared[0]]);
  }

  /**
   * What the colors of a difference mean.
   * @param {string[]} titles
   * @param {number | null} channel null for the brightness
   */
  #describe([first, second], channel) {
    const {channels, canCompose} = this.view.stack;
    const name = channel !== null && canCompose ? `${channels[channel].name}: ` : "";
    const of = channel === null ? "Brightness: " : name;
    return `${of}red where ${first} is more, blue where ${second} is`;
  }

  /**
   * What the others hold at a pixel, and by how much the view's own differs.
   * @param {number} x
   * @param {number} y
   */
  read(x, y) {
    const {stack, shown, pixels} = this.view;
    const mine = {stack, shown, readings: pixels.read(x, y)};
    return this.#active.flatMap((side) => {
      const its = side.read(x, y);
      const text = describeOther(its.stack, its.shown, its.readings);
      return [text, describeDifference(mine, its)].filter(Boolean);
    });
  }

  /**
   * Show in each picture where the pointer is.
   * @param {[x: number, y: number] | null} pixel
   */
  onPoint(pixel) {
    const isBeside = this.#settings.mode === "side by side";
    const {left, top} = this.view.viewport.box;
    this.marks.point(isBeside ? pixel : null, [0, 0]);
    for (const {marks} of this.sides) marks.point(isBeside ? pixel : null, [left, top]);
  }
}

/**
 * From pixel values of the layers that are compared to the units of their files; null where these are not the same, as
 * one has pixel values alone, or where it is the brightness that is compared.
 * @param {import("../../browser/pixels/picture.js").Picture[]} pictures
 * @param {[number, number] | null} compared
 * @returns {(Scale | null)[]}
 */
function scalesOf(pictures, compared) {
  if (!compared || !isSameKind(pictures[0].stack, pictures[1].stack)) return [null, null];
  return pictures.map(({stack, shown}, i) =>
    shown ? stack.scale(shown.layers[compared[i]].position, stack.projectionOf(shown.state)) : null,
  );
}
