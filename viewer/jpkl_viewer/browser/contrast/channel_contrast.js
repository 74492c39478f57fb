// The channels in the sidebar: a row for each, their histograms, and the colorbar over the picture.

import {autoLimits} from "../pixels/auto_limits.js";
import {PresetMenu} from "./preset_menu.js";
import {ChannelRow} from "./row.js";
import {intensityText, scaleAt} from "./scale.js";
import {shownChannels, soloed, toggled} from "./visibility.js";
import {h} from "../base/dom.js";
import {PIXEL_VALUES} from "../base/limits.js";
import {CHANNEL_COLOR, colormapOf, isComposite} from "../state/resolve.js";
import {colorKey} from "../state/settings.js";

/** @typedef {import("../types.js").ChannelDisplay} ChannelDisplay */
/** @typedef {import("../types.js").State} State */

/** Histograms are counted once no picture has come for so many ms. */
const HISTOGRAM_REST = 80;
/** While it plays, histograms are counted so many ms apart at least: each takes its frame whole, decoded once more. */
const PLAYED_REST = 1000;
/** Where there are more channels, only the one that was touched last has a histogram. */
const MOST_OPEN = 4;
/** The name that `model/stack.py` gives a channel without one. */
const UNNAMED = /^channel \d+$/;

/**
 * What is used of the viewer.
 * @typedef {object} ContrastHost
 * @property {import("../state/stack.js").Stack} stack
 * @property {Record<string, Uint8Array>} colormaps
 * @property {import("../pixels/picture.js").Picture} picture
 * @property {import("../pixels/auto.js").AutoContrast} auto
 * @property {State} state
 * @property {State} initial the first view
 * @property {number} selected the channel that was touched last
 * @property {{isPlaying: boolean}} motion
 * @property {import("../tool.js").Tool[]} tools
 * @property {(values: Partial<State>) => void} change
 * @property {() => void} reset goes back to the first view
 * @property {(channel: number, values: Partial<ChannelDisplay>, others?: Partial<State>) => void} changeChannel
 * @property {(dim: number, index: number) => void} move
 */

export class ChannelContrast {
  /** Histograms of the channels. @type {(Uint32Array | null)[]} */
  #counts = [];
  /** The same of the whole stack, which are counted once. @type {Map<number, Uint32Array>} */
  #whole = new Map();
  /** What the colorbar says. */
  #said = "";
  /** What the histograms counted when the controls were updated last. */
  #counted = "";
  /** Number of the count that is running. */
  #run = 0;
  /** When it began. */
  #began = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #view;
  #onCounted;

  /**
   * @param {ContrastHost} view
   * @param {ReturnType<typeof import("../stage/overlays.js").colorbar>} colorbar
   * @param {() => void} onCounted called when the histograms have been counted
   */
  constructor(view, colorbar, onCounted) {
    this.#view = view;
    this.colorbar = colorbar;
    this.#onCounted = onCounted;
    this.rows = view.stack.channels.map((_, i) => this.#row(i));
    const button = (
      /** @type {string} */ text,
      /** @type {string} */ title,
      /** @type {() => void} */ onclick,
    ) => h("button", {className: "text", title, onclick}, text);
    this.composite = button("Composite", "All channels together, or one", () => this.toggleComposite());
    this.actions = h(
      "span",
      {className: "channel-actions"},
      view.stack.canCompose ? this.composite : null,
      view.stack.canCompose
        ? button("Auto all", "Automatic limits for all channels", () => this.autoAll())
        : null,
      button("Reset", "Back to the first view", () => view.reset()),
    );
    this.presets = view.stack.canCompose ? new PresetMenu(view) : null;
    this.element = h(
      "div",
      {className: "channels"},
      ...this.rows.map((row) => row.element),
      this.presets?.element ?? null,
    );
  }

  /** @param {number} i */
  #row(i) {
    const view = this.#view;
    const {stack} = view;
    /** @template {any[]} A @param {(...values: A) => void} run @returns {(...values: A) => void} */
    const touching =
      (run) =>
      (...values) => {
        view.selected = i;
        run(...values);
      };
    return new ChannelRow(
      {
        number: i,
        isOne: stack.canCompose,
        isColor: stack.color,
        colormaps: Object.keys(view.colormaps),
      },
      {
        onToggle: touching(() => this.toggle(i)),
        onSolo: touching(() => this.solo(i)),
        onRename: () => view.tools.find((tool) => tool.renameChannel)?.renameChannel?.(i),
        onLimits: touching((limits) => this.#setLimits([i], limits)),
        onAuto: touching(() => this.#toggleAuto(i)),
        onFull: touching(() => this.#setLimits([i], fullRange())),
        onDisplay: touching((values) => view.changeChannel(i, values)),
        onColormap: touching((name) => this.#setColormap(i, name)),
        onChange: (values) => view.change(values),
      },
    );
  }

  // ---- what is shown of them

  /** Show the channels of the state. */
  update() {
    const {state, stack} = this.#view;
    const shown = shownChannels(state, stack);
    this.composite.setAttribute("aria-pressed", String(isComposite(state, stack)));
    this.rows.forEach((row, i) => this.#updateRow(row, i, shown));
    this.presets?.update();
    this.#updateColorbar();
    const counted = `${state.histogram_of} ${state.composite} ${shown.join()} ${this.#open.join()}`;
    if (counted !== this.#counted) this.countSoon();
    this.#counted = counted;
  }

  /**
   * @param {ChannelRow} row
   * @param {number} i
   * @param {boolean[]} shown
   */
  #updateRow(row, i, shown) {
    const {state, stack, picture} = this.#view;
    row.update({
      name: this.#name(i),
      state,
      display: state.channels[i],
      colormap: colormapOf(i, state, stack),
      palette: () => picture.palette(i, state),
      lut: () => picture.lut(i, state),
      counts: this.#counts[i] ?? null,
      scale: this.#scale(i),
      isComposite: isComposite(state, stack),
      isShown: shown[i],
      isOpen: this.#open.includes(i),
      canToggle: isComposite(state, stack) || !shown[i],
    });
  }

  /** @param {number} channel */
  #name(channel) {
    const {stack} = this.#view;
    const {name} = stack.channels[channel];
    if (stack.canCompose || !UNNAMED.test(name)) return name;
    return stack.color ? "Color" : "Intensity";
  }

  /** @param {number} channel */
  #scale(channel, state = this.#view.state) {
    const {stack} = this.#view;
    const {channelDim} = stack;
    const position = channelDim === null ? state.position : stack.at(state.position, channelDim, channel);
    return scaleAt(stack, position, stack.projectionOf(state));
  }

  /** Channels whose rows have a histogram. */
  get #open() {
    const {stack, selected} = this.#view;
    return stack.channels.length > MOST_OPEN ? [selected] : stack.channels.map((_, i) => i);
  }

  #updateColorbar(state = this.#view.state) {
    const {stack, picture} = this.#view;
    const isOn = state.colorbar && !stack.color;
    const shown = shownChannels(state, stack);
    const isOne = !isComposite(state, stack);
    const scales = stack.channels.flatMap(({name}, i) => {
      if (!isOn || !shown[i]) return [];
      const [low, high] = state.channels[i].limits.map((value) =>
        intensityText(this.#scale(i, state), value),
      );
      return [{channel: i, name: isOne ? "" : name, limits: /** @type {[string, string]} */ ([low, high])}];
    });
    const said = JSON.stringify([scales, colorKey(state)]);
    if (said === this.#said) return;
    this.#said = said;
    this.colorbar.update(
      scales.map(({channel, ...scale}) => ({...scale, palette: picture.palette(channel, state)})),
    );
  }

  // ---- histograms

  /**
   * A picture has come to the screen. What its colors stand for may be another thing in each frame.
   * @param {import("../types.js").Shown} shown
   */
  onShown({state, channels}) {
    this.#updateColorbar({...state, channels, colorbar: this.#view.state.colorbar});
    this.countSoon();
  }

  /** Count the histograms when the picture rests. */
  countSoon() {
    clearTimeout(this.#timer);
    const next = this.#view.motion.isPlaying ? this.#began + PLAYED_REST - performance.now() : 0;
    this.#timer = setTimeout(() => this.count(), Math.max(HISTOGRAM_REST, next));
  }

  async count() {
    const run = ++this.#run;
    this.#began = performance.now();
    const {state, stack} = this.#view;
    const shown = shownChannels(state, stack);
    for (const channel of this.#open) {
      if (!shown[channel]) continue;
      const counts = await this.#countsOf(channel);
      if (run !== this.#run) return; // a newer picture is being counted
      this.#counts[channel] = counts;
    }
    this.update();
    this.#onCounted();
  }

  /**
   * @param {number} channel
   * @returns {Promise<Uint32Array | null>} null where the notice says why there is no picture
   */
  async #countsOf(channel) {
    const {picture, state, stack} = this.#view;
    try {
      if (state.histogram_of === "frame") return await picture.histogram(channel);
      const known = this.#whole.get(channel);
      if (known) return known;
      const found = await picture.sampleHistogram(channel);
      // Of large frames, it is of the part on the screen. What a live stack lacks is still to come; what is damaged is not.
      const isKept = found?.isWhole || !stack.isLive;
      if (found && isKept && !stack.isLarge) this.#whole.set(channel, found.counts);
      return found && found.counts;
    } catch {
      return null;
    }
  }

  // ---- what hands and keys change

  /**
   * Show a channel of a composite, or hide it; otherwise show it in the place of the one that is shown.
   * @param {number} channel
   */
  toggle(channel) {
    const {state, stack} = this.#view;
    if (isComposite(state, stack)) this.#view.change(toggled(channel, state, stack));
    else this.#goTo(channel);
  }

  /**
   * Show a channel alone; if it is, all.
   * @param {number} channel
   */
  solo(channel) {
    const {state, stack} = this.#view;
    if (isComposite(state, stack) || stack.channelOf(state.position) === channel)
      this.#view.change(soloed(channel, state, stack));
    else this.#goTo(channel);
  }

  /** @param {number} channel */
  #goTo(channel) {
    const {channelDim} = this.#view.stack;
    if (channelDim !== null) this.#view.move(channelDim, channel);
    this.update();
  }

  /** Show the channels together, or one. */
  toggleComposite() {
    this.#view.change({composite: !this.#view.state.composite});
  }

  /** Automatic limits for all channels, which stay so. */
  autoAll() {
    this.#setAuto(this.#all);
  }

  /** The full range for all channels. */
  fullAll() {
    this.#setLimits(this.#all, fullRange());
  }

  get #all() {
    return this.#view.stack.channels.map((_, i) => i);
  }

  /** @param {number} channel */
  #toggleAuto(channel) {
    const {state} = this.#view;
    if (state.channels[channel].auto || state.per_frame)
      this.#view.changeChannel(channel, {auto: false}, {per_frame: false});
    else this.#setAuto([channel]);
  }

  /** @param {number[]} channels */
  async #setAuto(channels) {
    const view = this.#view;
    if (view.state.histogram_of === "frame") view.auto.ask(channels);
    this.#changeAll(channels, () => ({auto: true}));
    if (view.state.histogram_of === "frame") return; // limits come with the picture
    for (const channel of channels) {
      const counts = await this.#countsOf(channel);
      if (counts && view.state.channels[channel].auto)
        view.changeChannel(channel, {limits: autoLimits(counts)});
    }
  }

  /**
   * Limits by hand: nothing about them is automatic any more.
   * @param {number[]} channels
   * @param {[number, number]} limits
   */
  #setLimits(channels, limits) {
    this.#changeAll(channels, () => ({limits, auto: false}), {per_frame: false});
  }

  /**
   * @param {number[]} channels
   * @param {(display: ChannelDisplay) => Partial<ChannelDisplay>} values
   * @param {Partial<State>} others
   */
  #changeAll(channels, values, others = {}) {
    const changed = this.#view.state.channels.map((old, i) =>
      channels.includes(i) ? {...old, ...values(old)} : old,
    );
    this.#view.change({...others, channels: changed});
  }

  /**
   * Change the colormap that is seen: of a channel that is shown alone, that of the view unless it has its own.
   * @param {number} channel
   * @param {string} name
   */
  #setColormap(channel, name) {
    const {state, stack} = this.#view;
    const isAlone = !isComposite(state, stack);
    if (isAlone && (name === CHANNEL_COLOR || state.channels[channel].colormap === CHANNEL_COLOR))
      this.#view.changeChannel(channel, {colormap: CHANNEL_COLOR}, {colormap: name});
    else this.#view.changeChannel(channel, {colormap: name});
  }
}

/** @returns {[number, number]} */
function fullRange() {
  const [darkest, brightest] = PIXEL_VALUES;
  return [darkest, brightest];
}
