// The contrast of the selected channel: what sets it, its histogram, and the colorbar over the picture.

import {autoLimits} from "./auto_limits.js";
import {contrastEditor} from "./contrast.js";
import {PIXEL_VALUES} from "./limits.js";
import {colorbar} from "./overlays.js";

/** @typedef {import("./types.js").ChannelDisplay} ChannelDisplay */
/** @typedef {import("./types.js").State} State */

/** The histogram is counted once no picture has come for so many ms. */
const HISTOGRAM_REST = 80;

/**
 * What is used of the viewer.
 * @typedef {object} ContrastHost
 * @property {import("./stack.js").Stack} stack
 * @property {import("./picture.js").Picture} picture
 * @property {State} state
 * @property {number} selected the channel whose contrast is set
 * @property {(values: Partial<State>) => void} change
 * @property {() => void} reset goes back to the first view
 * @property {(channel: number, values: Partial<ChannelDisplay>, others?: Partial<State>) => void} changeChannel
 */

export class ChannelContrast {
  colorbar = colorbar();
  #hasColorbar = false;
  /** Whether the histogram is of the whole stack. */
  #isWhole = false;
  /** Histogram of the channel. @type {Uint32Array | null} */
  #counts = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #view;
  #onCounted;

  /**
   * @param {ContrastHost} view
   * @param {() => void} onCounted called when the histogram has been counted
   */
  constructor(view, onCounted) {
    this.#view = view;
    this.#onCounted = onCounted;
    this.editor = contrastEditor({
      onLimits: (limits) => this.#change({limits}),
      onDisplay: (values) => view.changeChannel(view.selected, values),
      onAuto: () => this.#fit(),
      onFull: () => this.#change({limits: fullRange()}),
      onReset: () => view.reset(),
      onChange: (values) => view.change(values),
      onWhole: (isWhole) => {
        this.#isWhole = isWhole;
        this.count();
      },
    });
  }

  /** @param {boolean} isOn */
  showColorbar(isOn) {
    this.#hasColorbar = isOn;
    this.update();
  }

  /** Show the contrast of the state. */
  update() {
    const {state, stack, selected, picture} = this.#view;
    const isComposite = state.composite && stack.canCompose;
    const display = state.channels[selected];
    const position =
      stack.channelDim === null ? state.position : stack.at(state.position, stack.channelDim, selected);
    const toOriginal = (/** @type {number} */ value) =>
      stack.original(position, value) ?? String(Math.round(value));
    this.editor.update({
      display,
      counts: this.#counts,
      lut: picture.lut(selected, state),
      toOriginal,
      state,
      isWhole: this.#isWhole,
      canInvert: !stack.color && !isComposite,
    });
    this.colorbar.element.hidden = !this.#hasColorbar || isComposite || stack.color;
    if (!this.colorbar.element.hidden)
      this.colorbar.update(picture.palette(selected, state), display.limits, toOriginal);
  }

  /** Count the histogram when the picture rests. */
  countSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.count(), HISTOGRAM_REST);
  }

  async count() {
    try {
      const {picture, selected} = this.#view;
      this.#counts = await (this.#isWhole ? picture.sampleHistogram(selected) : picture.histogram(selected));
    } catch {
      this.#counts = null; // the notice says why there is no picture
    }
    this.update();
    this.#onCounted();
  }

  /**
   * Change it by hand: frames get no automatic contrast any more.
   * @param {Partial<ChannelDisplay>} values
   */
  #change(values) {
    this.#view.changeChannel(this.#view.selected, values, {per_frame: false});
  }

  /** Put the limits between percentiles of the histogram. */
  #fit() {
    if (this.#counts) this.#change({limits: autoLimits(this.#counts)});
  }
}

/** @returns {[number, number]} */
function fullRange() {
  const [darkest, brightest] = PIXEL_VALUES;
  return [darkest, brightest];
}
