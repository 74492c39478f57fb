// The viewer in the browser: one state, and where each change of it goes.
//
// The state is the same plain data as `ViewState.settings` in Python. Every change makes a new one, and
// goes three ways: to the controls, to the picture, and (rarely enough) to Python and the link.

import {colorAxes, showAxes} from "./axes.js";
import {percentileLimits} from "./colors.js";
import {reloadWhenBack} from "./connection.js";
import {Controls} from "./controls.js";
import {Corners} from "./corners.js";
import {Input, meaningOf} from "./input.js";
import {layOut, makePlaces, makeShows} from "./layout.js";
import {link} from "./link.js";
import {Notice} from "./notice.js";
import {Painter} from "./painter.js";
import {Picture} from "./picture.js";
import {Player, RateMeter, Scrub} from "./player.js";
import {Readout, describePlace, describeValue} from "./readout.js";
import {Reporter} from "./reporting.js";
import {Stack} from "./stack.js";
import {TOOLS} from "./tool.js";
import "../tools/tools.js";
import {Viewport} from "./viewport.js";

/** @typedef {import("./bokeh.js").FigureView} FigureView */
/** @typedef {import("./tool.js").OtherStack} OtherStack */
/** @typedef {import("./types.js").ChannelDisplay} ChannelDisplay */
/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").Shown} Shown */
/** @typedef {import("./types.js").State} State */

/** Most frames that are fetched ahead of a scrub. */
const MOST_AHEAD = 16;
/** The histogram is counted once no picture has come for so many ms. */
const HISTOGRAM_REST = 80;
/** What is buffered is shown this many ms after frames have come: many come at once. */
const SHADE_DELAY = 120;
/** Without it the browser cannot color what it shows. */
const DEFAULT_COLORMAP = "gray";

/**
 * @typedef {object} ViewOptions
 * @property {import("./types.js").Description} description
 * @property {Settings} settings to start with
 * @property {Record<string, string>} colormaps 256 times red, green, blue, as base64
 * @property {import("./types.js").Provider} provider of the frames
 * @property {OtherStack[]} [others] stacks to compare with
 * @property {import("./asks.js").Asks | null} [asks] by which Python is asked to compute; null without Python
 * @property {(settings: Settings) => boolean} report called with the settings when they have changed; returns
 *   whether the next call has to wait for `acknowledge`
 * @property {boolean} ownsUrl whether the page is the viewer's, and its link may carry the view
 */

export class JPklView {
  /** @type {FigureView | null} */
  figureView = null;
  /** @type {Viewport | null} */
  viewport = null;
  /** The connection to Python is gone. */
  isLost = false;
  #isFitting = false;
  #hasColorbar = false;
  #isRepaintDue = false;
  #isShadeDue = false;
  /** Whether the histogram is of the whole stack. */
  #isWhole = false;
  /** Histogram of the selected channel. @type {Uint32Array | null} */
  #counts = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #histogramTimer;
  #rate = new RateMeter();
  #reporter = new Reporter(() => this.#report());
  #notice = new Notice();
  #readout = new Readout();

  /** @param {ViewOptions} options */
  constructor({description, settings, colormaps, provider, others = [], asks = null, report, ownsUrl}) {
    this.stack = new Stack(description);
    this.colormaps = decodeColormaps(colormaps);
    this.initial = /** @type {State} */ ({...settings, zoom: null});
    this.ownsUrl = ownsUrl;
    this.report = report;
    this.provider = provider;
    this.asks = asks;
    this.others = others;
    this.picture = new Picture({
      stack: this.stack,
      colormaps: this.colormaps,
      provider,
      onShown: (shown, error) => this.#onShown(shown, error),
      onFrames: () => this.#shadeSoon(),
      onProgress: (done, total) => this.#notice.say(`Computing … ${done} of ${total} frames`),
    });
    this.state = this.initial;
    this.selected = 0;
    this.#take(ownsUrl ? link.read(window.location.hash, this.initial, this.stack) : this.initial);
    this.scrub = new Scrub();
    this.player = new Player((index) => this.#move(this.state.playback.dim, index));
    const {root, stage, figureSlot} = makePlaces(this.stack);
    this.root = root;
    this.stage = stage;
    this.figureSlot = figureSlot;
    this.controls = new Controls(this, this.stack, this.colormaps);
    this.tools = TOOLS.map((make) => make(this)).filter((tool) => tool !== null);
    this.corners = new Corners(this.stack);
    this.shows = this.#makeShows();
    this.input = new Input(root, {
      onKey: (key, focus) => this.#onKey(key, focus),
      onPoint: () => this.#read(),
      onClick: (x, y) => this.tools.forEach((tool) => tool.onClick?.(x, y)),
    });
    this.#layOut();
  }

  /** The state as Python knows it: the zoom is the browser's. @returns {Settings} */
  get settings() {
    const {zoom: _, ...settings} = this.state;
    return settings;
  }

  /** A link to the view as it is. */
  get link() {
    this.#writeLink();
    return window.location.href;
  }

  /** What is on the screen; null before the first frame. */
  get shown() {
    return this.picture.shown;
  }

  /** @param {State} state */
  #take(state) {
    this.state = state.colormap in this.colormaps ? state : {...state, colormap: DEFAULT_COLORMAP};
    this.selected = this.stack.channelOf(state.position);
  }

  // ---- the page

  #makeShows() {
    const {bar, stamp} = this.corners;
    return makeShows({
      onBar: (isOn) => {
        bar.element.hidden = !isOn;
      },
      onStamp: (isOn) => {
        stamp.hidden = !isOn;
      },
      onColorbar: (isOn) => {
        this.#hasColorbar = isOn;
        this.#updateContrast();
      },
      onAxes: (isOn) => this.#showAxes(isOn),
    });
  }

  #layOut() {
    const {stack, root, stage, tools, controls, shows, state} = this;
    const overlays = [...this.corners.elements, this.#notice.element];
    layOut({stack, root, stage, tools, controls, overlays, shows, readout: this.#readout.element});
    // What is not in use stays folded: looking needs none of it.
    const settings = /** @type {Record<string, unknown>} */ ({...state.tools, ...state});
    for (const {element, name} of tools) element.open = Boolean(settings[name]);
  }

  /**
   * Called once the figure that HoloViews built is on the page.
   * @param {FigureView} figureView
   * @param {import("./bokeh.js").Renderer} renderer of the picture in it
   */
  attach(figureView, renderer) {
    this.figureView = figureView;
    this.picture.painter = new Painter(figureView, renderer, this.stack);
    this.viewport = new Viewport(figureView, this.stack, () => this.#onViewport());
    this.dress();
    this.#showAxes(false);
    this.viewport.lastZoom = this.state.zoom;
    this.viewport.fit(this.state.zoom);
    this.input.attach(figureView, this.figureSlot);
    // On a page of the viewer's own, its keys work from the start.
    if (this.ownsUrl && document.activeElement === document.body) this.root.focus({preventScroll: true});
    const sizes = new ResizeObserver(() => requestAnimationFrame(() => this.#onResize()));
    // Bokeh may give the picture its room later than the figure.
    for (const element of [this.figureSlot, figureView.frame.el]) sizes.observe(element);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.dress());
    this.#update();
    this.#layoutOverlays();
    this.#show();
  }

  /** Give the axes the colors of the page; the stage is seen through the figure. */
  dress() {
    const footer = this.root.querySelector("footer");
    if (this.figureView && footer) colorAxes(this.figureView, getComputedStyle(footer).color);
  }

  /** @param {boolean} isOn */
  #showAxes(isOn) {
    if (this.figureView) showAxes(this.figureView, isOn);
    this.shows.axes.update(isOn);
    requestAnimationFrame(() => this.#onResize());
  }

  // ---- changes of the state

  /**
   * Change parts of the state.
   * @param {Partial<State>} values
   */
  change(values) {
    this.state = {...this.state, ...values};
    this.#update();
    this.#show();
    this.#reporter.soon();
  }

  /**
   * Change the settings of a tool; null where it is off.
   * @param {string} name
   * @param {object | null} settings
   */
  setTool(name, settings) {
    const {[name]: _, ...others} = this.state.tools;
    this.state = {...this.state, tools: settings === null ? others : {...others, [name]: settings}};
    this.#updateTools();
    this.#reporter.soon();
  }

  /**
   * Go to an index along a dim, as the user does: playing ends.
   * @param {number} dim
   * @param {number} index
   */
  move(dim, index) {
    if (dim === this.state.playback.dim) this.player.stop();
    this.#move(dim, index);
  }

  /**
   * @param {number} dim
   * @param {number} index
   */
  #move(dim, index) {
    const clipped = Math.min(this.stack.sizes[dim] - 1, Math.max(0, Math.trunc(index) || 0));
    if (clipped === this.state.position[dim]) return this.#updatePosition();
    const position = this.stack.at(this.state.position, dim, clipped);
    this.scrub.moved(this.state.position, position, this.stack.sizes[dim]);
    if (dim === this.stack.channelDim) this.selected = clipped;
    this.state = {...this.state, position};
    this.#show();
    this.#updatePosition();
    this.#updateTools();
    this.#reporter.soon(true);
  }

  /** @param {number} dim */
  togglePlay(dim) {
    const goesOn = !this.player.isPlaying || dim !== this.state.playback.dim;
    this.player.stop();
    if (goesOn) {
      this.state = {...this.state, playback: {...this.state.playback, dim}};
      this.#play();
    }
    this.#rate.reset();
    this.#updatePosition();
    this.#reporter.soon();
  }

  #play() {
    const {position, playback} = this.state;
    this.player.start(position[playback.dim], this.stack.sizes[playback.dim], playback);
  }

  /** @param {Partial<import("./types.js").Playback>} values */
  changePlayback(values) {
    this.change({playback: {...this.state.playback, ...values}});
    if (this.player.isPlaying) this.#play();
  }

  /**
   * Change how a channel is displayed, and maybe more.
   * @param {number} channel
   * @param {Partial<ChannelDisplay>} values
   * @param {Partial<State>} others
   */
  changeChannel(channel, values, others = {}) {
    const channels = this.state.channels.map((old, i) => (i === channel ? {...old, ...values} : old));
    this.change({...others, channels});
  }

  /**
   * Change how the selected channel is displayed, by hand: frames get no automatic contrast any more.
   * @param {Partial<ChannelDisplay>} values
   */
  changeContrast(values) {
    this.changeChannel(this.selected, values, {per_frame: false});
  }

  /** Put the contrast limits between percentiles of the histogram. */
  fitContrast() {
    if (this.#counts) this.changeContrast({limits: percentileLimits(this.#counts)});
  }

  /** Show the selected channel as at the start. */
  resetContrast() {
    const initial = this.initial.channels[this.selected];
    this.changeChannel(this.selected, initial, {per_frame: false, invert: false});
  }

  /**
   * Choose the channel whose contrast is set.
   * @param {number} channel
   */
  select(channel) {
    this.selected = channel;
    if (!this.state.composite && this.stack.channelDim !== null) this.move(this.stack.channelDim, channel);
    this.#updateHistogram();
    this.#update();
  }

  /** @param {boolean} isWhole */
  chooseHistogram(isWhole) {
    this.#isWhole = isWhole;
    this.#updateHistogram();
  }

  /**
   * @param {import("./input.js").Key} key
   * @param {import("./input.js").Focus} focus
   */
  #onKey(key, focus) {
    const {sizes} = this.stack;
    if (!sizes.length) return false;
    const dim = this.scrub.dim ?? this.state.playback.dim;
    const meaning = meaningOf(key, focus, this.state.position[dim], sizes[dim]);
    if (meaning === "play") this.togglePlay(this.state.playback.dim);
    else if (meaning !== null) this.move(dim, meaning);
    return meaning !== null;
  }

  #onViewport() {
    if (this.#isFitting || !this.viewport) return;
    this.viewport.lastZoom = this.viewport.zoom;
    this.#repaintSoon();
  }

  #onResize() {
    this.#isFitting = true;
    this.viewport?.resize();
    this.#isFitting = false;
    this.#repaintSoon();
  }

  #repaintSoon() {
    if (this.#isRepaintDue) return;
    this.#isRepaintDue = true;
    requestAnimationFrame(() => {
      this.#isRepaintDue = false;
      this.#layoutOverlays();
      if (this.stack.isLarge) this.#show();
      else this.picture.repaint();
      this.#reporter.soon();
    });
  }

  // ---- the picture

  #show() {
    if (!this.viewport) return;
    const sequence = this.picture.show(this.state, this.ahead());
    this.#notice.waitFor(
      () => (this.shown?.sequence ?? 0) >= sequence,
      () => this.provider.isStalled,
    );
  }

  /** Positions that likely come next. */
  ahead() {
    const {position, playback} = this.state;
    const {isPlaying} = this.player;
    const dim = isPlaying ? playback.dim : this.scrub.dim;
    if (dim === null) return [];
    if (isPlaying) this.scrub.step = 1;
    const indices = this.scrub.ahead(position[dim], this.stack.sizes[dim], MOST_AHEAD, isPlaying);
    return indices.map((index) => this.stack.at(position, dim, index));
  }

  /**
   * @param {Shown} shown
   * @param {Error | null} error
   */
  #onShown(shown, error) {
    this.root.dataset.shown = shown.position.join(",");
    this.root.dataset.sequence = String(shown.sequence);
    this.corners.update(shown);
    if (shown.state.per_frame && this.state.per_frame) this.state = {...this.state, channels: shown.channels};
    this.#notice.showError(error);
    for (const tool of this.tools) tool.onShown?.(shown);
    if (this.player.isPlaying) this.controls.playback.update(this.state.playback, this.#rate.count());
    clearTimeout(this.#histogramTimer);
    this.#histogramTimer = setTimeout(() => this.#updateHistogram(), HISTOGRAM_REST);
    this.#read();
  }

  // ---- what is said of the state

  #updateTools() {
    for (const tool of this.tools) tool.update?.(this.state);
  }

  #updatePosition() {
    this.controls.updatePosition(this.state, this.player.isPlaying);
  }

  #update() {
    this.#updatePosition();
    this.controls.update(this.state, this.selected);
    if (this.viewport) this.#updateTools();
    this.#updateContrast();
  }

  #updateContrast() {
    const {state, stack, selected} = this;
    const isComposite = state.composite && stack.canCompose;
    const display = state.channels[selected];
    const position =
      stack.channelDim === null ? state.position : stack.at(state.position, stack.channelDim, selected);
    const toOriginal = (/** @type {number} */ value) =>
      stack.original(position, value) ?? String(Math.round(value));
    this.controls.contrast.update({
      display,
      counts: this.#counts,
      table: this.picture.table(selected, state),
      toOriginal,
      state,
      isWhole: this.#isWhole,
      canInvert: !stack.color && !isComposite,
    });
    const {colorbar} = this.corners;
    colorbar.element.hidden = !this.#hasColorbar || isComposite || stack.color;
    if (!colorbar.element.hidden)
      colorbar.update(this.picture.palette(selected, state), display.limits, toOriginal);
  }

  async #updateHistogram() {
    try {
      const {picture, selected} = this;
      this.#counts = await (this.#isWhole ? picture.sampleHistogram(selected) : picture.histogram(selected));
    } catch {
      this.#counts = null; // the notice says why there is no picture
    }
    this.#updateContrast();
    this.#read();
  }

  #layoutOverlays() {
    if (this.viewport) this.corners.layout(this.viewport, this.stage);
    for (const tool of this.tools) tool.layout?.();
  }

  #shadeSoon() {
    if (this.#isShadeDue) return;
    this.#isShadeDue = true;
    setTimeout(() => {
      this.#isShadeDue = false;
      const {position} = this.state;
      const isReady = this.picture.readiness();
      this.controls.rows.forEach((row, d) =>
        row.shade((index) => isReady(this.stack.at(position, d, index))),
      );
    }, SHADE_DELAY);
  }

  #read() {
    const {stack, shown} = this;
    const [x, y] = this.input.pixel ?? [-1, -1];
    const isInside = x >= 0 && y >= 0 && x < stack.width && y < stack.height;
    if (!isInside || !shown?.layers.length) return this.#readout.update(null);
    const values = this.picture.valuesAt(x, y).map((item) => describeValue(stack, shown.position, item));
    const others = this.tools.flatMap((tool) => tool.read?.(x, y) ?? []);
    this.#readout.update([x, y], [describePlace(stack, x, y), ...values, ...others]);
  }

  // ---- Python and the link

  #report() {
    const isAwaited = this.report(this.settings);
    if (this.ownsUrl) this.#writeLink();
    return isAwaited;
  }

  #writeLink() {
    this.state.zoom = this.viewport ? this.viewport.zoom : this.state.zoom;
    window.history.replaceState(window.history.state, "", link.write(this.state, this.stack));
  }

  /** Python has taken the settings. */
  acknowledge() {
    this.#reporter.acknowledge();
  }

  /**
   * Take over settings that were changed in Python.
   * @param {Settings} settings
   */
  takeSettings(settings) {
    this.player.stop();
    this.#take({...this.state, ...settings});
    this.#update();
    this.#show();
  }

  /** The connection to Python is gone; the view comes back with it, as the link keeps it. */
  onLost() {
    if (this.isLost) return;
    this.isLost = this.#notice.isFinal = true;
    this.player.stop();
    this.#updatePosition();
    const lost = "The connection to the server is lost.";
    if (!this.ownsUrl) return this.#notice.say(`${lost} Reload the page to go on.`);
    this.#writeLink();
    this.#notice.say(`${lost} Reconnecting …`);
    reloadWhenBack();
  }
}

/**
 * @param {Record<string, string>} colormaps
 * @returns {Record<string, Uint8Array>}
 */
function decodeColormaps(colormaps) {
  const decoded = Object.entries(colormaps).map(([name, text]) => [
    name,
    Uint8Array.from(atob(text), (c) => c.charCodeAt(0)),
  ]);
  return Object.fromEntries(decoded);
}
