// The viewer in the browser: one state, and where each change of it goes.
//
// The state is the same plain data as `ViewState.settings` in Python. Every change makes a new one, and
// goes three ways: to the controls, to the picture, and (rarely enough) to Python and the link.

import {AutoContrast} from "./pixels/auto.js";
import {ChannelContrast} from "./contrast/channel_contrast.js";
import {decodeColormaps} from "./pixels/colormap.js";
import {reloadWhenBack} from "./frames/connection.js";
import {Controls} from "./page/controls.js";
import {Corners} from "./stage/corners.js";
import {Figure} from "./stage/figure.js";
import {frameErrorCard} from "./stage/frame_error.js";
import {Gestures} from "./stage/gestures.js";
import {keepForPaper} from "./stage/printing.js";
import {Input} from "./input/input.js";
import {Keyboard} from "./input/keyboard.js";
import {coalesced} from "./base/later.js";
import {Page, makePlaces, makeShows} from "./page/layout.js";
import {link} from "./state/link.js";
import {Motion} from "./frames/motion.js";
import {Notice} from "./base/notice.js";
import {TurnButtons, orientationOf} from "./page/orientation.js";
import {Picture} from "./pixels/picture.js";
import {PixelReader} from "./pixels/pixels.js";
import {Readout} from "./page/readout.js";
import {Remembered, browserStore} from "./state/remembered.js";
import {Reporter} from "./frames/reporting.js";
import {withKnownColormaps} from "./state/resolve.js";
import {isBright} from "./state/scale_bar.js";
import {Stack} from "./state/stack.js";
import {TOOLS} from "./tool.js";
import {openView} from "./page/views.js";
import "../tools/tools.js";

/** @typedef {import("./types.js").ChannelDisplay} ChannelDisplay */
/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").Shown} Shown */
/** @typedef {import("./types.js").State} State */

/** What is buffered is shown this many ms after frames have come: many come at once. */
const SHADE_DELAY = 120;

/** After so many ms more, what was reported is kept in the link and in the browser. */
const KEEP_DELAY = 100;

/** Said where the server is gone. */
const STOPPED = {
  title: "The viewer has stopped",
  text: "Frames already seen still work. Start it again in the terminal, and this page continues by itself.",
};

/** Said where a notebook's kernel answers nothing: Jupyter does not say when one is shut down. */
const KERNEL_AWAY = "Python does not answer: it is busy with a cell, or has ended.";

/**
 * What is around the picture is made when that is on the screen, or after so many ms: a frame may be long on its way.
 * Both together would take twice the time until there is something to see.
 */
const FURNISH_DELAY = 200;

export class JPklView {
  /** The connection to Python is gone. */
  isLost = false;
  /** The viewer is off the page. */
  isClosed = false;
  /** @type {import("./tool.js").Tool[]} */
  tools = [];
  /** The channels in the sidebar; null until what is around the picture is made. @type {ChannelContrast | null} */
  contrast = null;
  /** The same. @type {Page | null} */
  page = null;
  #remembered;
  #reporter = new Reporter(() => this.#report());
  /** Browsers take some 5 ms for it, which a frame on its way would wait. */
  #keepSoon = coalesced(
    () => this.#keep(),
    (run) => setTimeout(run, KEEP_DELAY),
  );
  /** The state that the link and what is remembered have. @type {State | null} */
  #kept = null;
  #notice;
  #isStarted = false;
  /** Whether there was no room for what was to be shown last. */
  #isHidden = false;
  /** @type {TurnButtons | null} */
  #turning = null;
  /** @type {Keyboard | null} */
  #keyboard = null;
  #furnishing;
  #endPrinting;
  #shadeSoon = coalesced(
    () => this.controls.shade(this.state.position, this.picture.readiness()),
    (run) => setTimeout(run, SHADE_DELAY),
  );

  /** @param {import("./types.js").ViewOptions} options */
  constructor({
    description,
    settings,
    first = settings,
    colormaps,
    provider,
    others = [],
    bookmarks = [],
    asks = null,
    report,
    ownsUrl,
    command = "",
  }) {
    this.#notice = new Notice(ownsUrl ? undefined : KERNEL_AWAY);
    this.stack = new Stack(description);
    this.colormaps = decodeColormaps(colormaps);
    this.initial = /** @type {State} */ ({...first, zoom: null});
    this.ownsUrl = ownsUrl;
    this.command = command;
    this.report = report;
    this.provider = provider;
    this.asks = asks;
    this.others = others;
    this.bookmarks = bookmarks;
    this.auto = new AutoContrast(this.stack);
    this.picture = new Picture({
      stack: this.stack,
      colormaps: this.colormaps,
      auto: this.auto,
      provider,
      onShown: (shown, error) => this.#onShown(shown, error),
      onFrames: () => this.#shadeSoon(),
      onProgress: (done, total) => this.#notice.say(`Computing … ${done} of ${total} frames`),
    });
    this.readout = new Readout(this.stack);
    this.pixels = new PixelReader(this.picture, asks, () => this.read());
    // On a page with other things, the settings decide what is shown, not what was done elsewhere.
    this.#remembered = new Remembered(ownsUrl ? browserStore() : null, this.stack, this.initial);
    this.state = /** @type {State} */ ({...settings, zoom: null});
    this.selected = 0;
    this.#take(ownsUrl ? link.read(window.location.hash, this.#remembered.read(), this.stack) : this.state);
    this.#remembered.open(this.state);
    this.#kept = this.state;
    this.motion = new Motion(this.stack, (index) => this.#move(this.state.playback.dim, index));
    this.player = this.motion.player;
    this.controls = new Controls(this, this.stack);
    this.controls.update(this.state); // which rows there are, before the first layout
    this.places = makePlaces(this.stack, ownsUrl, this.controls.dims, this.readout.element);
    this.figure = new Figure(this.stack, this.places, () => this.#onFigure());
    this.picture.painter = this.figure.painter;
    this.viewport.fit(this.state.zoom);
    this.gestures = new Gestures(this, (place) => this.#onClick(...place));
    this.corners = new Corners(this.stack);
    this.stage.append(...this.corners.elements, this.#notice.element);
    this.input = new Input(this, {onPoint: () => this.read()});
    this.#endPrinting = keepForPaper(this.root, this.stage);
    // As soon as whoever makes it has put it on the page.
    queueMicrotask(() => this.figure.resize());
    this.#furnishing = setTimeout(() => this.#furnish(), FURNISH_DELAY);
  }

  /** Make what is around the picture. */
  #furnish() {
    if (this.page || this.isClosed) return; // the first picture may come late
    const {root, stack, ownsUrl} = this;
    const contrast = new ChannelContrast(this, this.corners.colorbar, () => this.read());
    this.contrast = contrast;
    this.tools = TOOLS.map((make) => make(this)).filter((tool) => tool !== null);
    const shows = makeShows({stack, change: (values) => this.change(values)});
    this.#turning = new TurnButtons(this);
    const page = new Page(Object.assign(this, {contrast}), {shows, turning: this.#turning});
    this.page = page;
    if (ownsUrl) {
      window.addEventListener("pagehide", this.#keepLast);
      window.addEventListener("hashchange", this.#followLink);
    }
    this.#keyboard = new Keyboard(root, ownsUrl, (event, focus) => page.onKey(event, focus));
    if (this.#isStarted) this.#showAround();
    Object.assign(root, {jpkl: this}); // for tests and measurements
  }

  #listen() {
    this.#keyboard?.listen();
    // On a page of the viewer's own, its keys work from the start.
    if (this.ownsUrl && document.activeElement === document.body) this.root.focus({preventScroll: true});
  }

  /** Have what has come later say what is shown. */
  #showAround() {
    this.#listen();
    this.#update();
    this.figure.settle();
    this.#layoutOverlays();
    if (!this.shown) return;
    for (const tool of this.tools) tool.onShown?.(this.shown);
    this.contrast?.countSoon();
    this.read();
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

  get root() {
    return this.places.root;
  }

  get stage() {
    return this.places.stage;
  }

  get figureSlot() {
    return this.places.figureSlot;
  }

  /** Which part of the frame is seen. */
  get viewport() {
    return this.figure.viewport;
  }

  /** The tool whose view is open; null for frames. @returns {import("./tool.js").Tool | null} */
  get openView() {
    return openView(this.tools, this.state);
  }

  /** How that view arranges many frames. */
  get arrangement() {
    return this.openView?.asView?.arrangement?.() ?? null;
  }

  /** Why there is no zoom in the view that is open; "" where there is. */
  get whyNoZoom() {
    return this.openView?.asView?.whyNoZoom?.(this.state) ?? "";
  }

  /** Why frames are shown as they are stored, whatever the settings; "" where they can be turned. */
  get whyUpright() {
    if (this.figure.overlay) return "Not available with an overlay";
    const view = this.openView?.asView;
    return view?.isUpright ? `${view.text}: as stored` : "";
  }

  #orient() {
    const {whyUpright} = this;
    this.viewport.orient(orientationOf(whyUpright ? {rotation: "0", flip: false} : this.state));
    this.#turning?.update(whyUpright);
  }

  /** Show the whole frame as large as fits in, though a panel may have opened just now. */
  fit() {
    this.figure.resize();
    this.viewport.fit();
  }

  /** @param {HTMLElement} pane */
  pannedBy(pane) {
    this.gestures.listen(pane);
  }

  /** What is on the screen; null before the first frame. */
  get shown() {
    return this.picture.shown;
  }

  /** @param {State} state */
  #take(state) {
    this.state = withKnownColormaps(state, this.colormaps);
    this.selected = this.stack.channelOf(state.position);
  }

  // ---- the page

  /** Called once there is room for the picture. */
  #start() {
    this.#isStarted = true;
    if (this.page) this.#listen();
    this.#update();
    this.figure.settle();
    this.#show();
  }

  /**
   * Say how the tool in the hand is used; "" for none.
   * @param {string} text
   */
  hint(text) {
    this.page?.hint(text);
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
    this.corners.show(this.state, this.#isBright, this.stage);
    this.page?.update(this.state);
    this.#orient();
    this.#updateTools();
    this.#reporter.soon();
  }

  /**
   * Have keys move along a dim.
   * @param {number} dim
   */
  activate(dim) {
    this.motion.activate(dim);
    this.#updatePosition();
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
    this.motion.moved(this.state.position, position, dim);
    if (dim === this.stack.channelDim) this.selected = clipped;
    this.state = {...this.state, position};
    this.#showPosition();
    this.#reporter.soon(true);
  }

  #showPosition() {
    this.#show();
    this.#updateTools(); // before the controls: of stacks that are compared, all frames are asked for at once
    this.#updatePosition();
  }

  /** @param {number} dim */
  togglePlay(dim) {
    this.state = {...this.state, playback: this.motion.toggle(this.state, dim)};
    this.#updatePosition();
    this.contrast?.countSoon();
    this.#reporter.soon();
  }

  /** @param {Partial<import("./types.js").Playback>} values */
  changePlayback(values) {
    this.change({playback: {...this.state.playback, ...values}});
    if (this.motion.isPlaying) this.motion.play(this.state);
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

  /** Go back to the first view; regions and other tools stay. */
  reset() {
    const {tools, playback} = this.state;
    this.#remembered.forget();
    this.goTo({...this.initial, tools, playback});
  }

  /**
   * Show something else altogether, with its zoom where that is said.
   * @param {Partial<State>} values
   */
  goTo(values) {
    this.player.stop();
    this.#take({...this.state, ...values});
    this.#update();
    if (values.zoom !== undefined) this.#settle(values.zoom); // that of the state is the one of the last link
    this.#show();
    this.#reporter.soon();
  }

  /**
   * Zoom as is said, into the room that the view has now.
   * @param {import("./types.js").Zoom | null} zoom
   */
  #settle(zoom) {
    this.figure.settle();
    this.viewport.fit(zoom);
  }

  /**
   * @param {number} sx
   * @param {number} sy
   */
  #onClick(sx, sy) {
    const {width, height} = this.stack;
    const [x, y] = this.viewport.toFrame(sx, sy).map(Math.round);
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    for (const tool of this.tools) tool.onClick?.(x, y);
  }

  /** The picture has another size, place or zoom. */
  #onFigure() {
    if (!this.viewport.isOpen) return;
    if (!this.#isStarted) this.#start();
    this.#layoutOverlays();
    this.input.follow();
    if (this.stack.isLarge || this.#isHidden) this.#show();
    else this.picture.repaint();
    this.#reporter.soon();
  }

  // ---- the picture

  #show() {
    this.#isHidden = !this.viewport.isOpen;
    if (this.#isHidden) return;
    const sequence = this.picture.show(this.state, this.ahead(), this.pace);
    this.#notice.waitFor(
      () => (this.shown?.sequence ?? 0) >= sequence,
      () => this.provider.isStalled,
    );
  }

  /** Positions that likely come next. */
  ahead() {
    return this.motion.ahead(this.state);
  }

  /** How fast they do. */
  get pace() {
    return this.motion.pace(this.state);
  }

  /**
   * @param {Shown} shown
   * @param {Error | null} error
   */
  #onShown(shown, error) {
    this.root.dataset.shown = shown.position.join(",");
    this.root.dataset.sequence = String(shown.sequence);
    this.root.toggleAttribute("data-failed", error !== null);
    this.corners.update(shown);
    this.#takeFitted(shown);
    const dim = this.motion.dim(this.state);
    this.#notice.showError(error, error ? frameErrorCard(this, shown, error, dim) : undefined);
    for (const tool of this.tools) tool.onShown?.(shown);
    if (this.player.isPlaying) this.controls.playback.update(this.state.playback, this.motion.countShown());
    this.contrast?.onShown(shown);
    this.read();
    if (!this.page) afterPaint(() => this.#furnish());
  }

  /**
   * Take over the limits that a picture was given automatically.
   * @param {Shown} shown
   */
  #takeFitted({state, channels: fitted}) {
    if (fitted === state.channels) return;
    const isPerFrame = state.per_frame && this.state.per_frame;
    const channels = this.state.channels.map((old, i) => {
      const isFitted = fitted[i].limits !== state.channels[i].limits && (isPerFrame || old.auto);
      return isFitted ? {...old, limits: fitted[i].limits} : old;
    });
    // What is on the way was asked for with the limits before: it is shown again with the new ones.
    if (isPerFrame) this.state = {...this.state, channels};
    else this.change({channels});
  }

  // ---- what is said of the state

  #updateTools() {
    for (const tool of this.tools) tool.update?.(this.state);
  }

  #updatePosition() {
    this.controls.updatePosition(this.state, {
      isPlaying: this.player.isPlaying,
      active: this.motion.dim(this.state),
    });
    this.page?.follow(this.state.position);
  }

  #update() {
    this.corners.show(this.state, this.#isBright, this.stage);
    this.corners.layout(this.viewport, this.stage);
    this.figure.showAxes(this.state.axes, this.#axesUnit);
    this.root.toggleAttribute("data-smooth", this.state.smooth);
    this.#updatePosition();
    this.controls.update(this.state);
    this.page?.update(this.state);
    this.#orient();
    this.#updateTools();
    this.contrast?.update();
  }

  /** Whether low values are shown bright. */
  get #isBright() {
    const {state, stack, picture} = this;
    if (this.openView?.asView?.isBright?.(state)) return true;
    const layers = stack.color ? [] : picture.layersAt(state.position, state);
    return isBright(layers.map(({channel}) => picture.palette(channel, state)[0]));
  }

  /** What axes count where it is not pixels. @returns {import("./stage/axes.js").Unit | null} */
  get #axesUnit() {
    const {pixelSize, pixelUnit} = this.stack;
    return pixelSize && this.state.axes_unit === "physical" ? {pixelSize, pixelUnit} : null;
  }

  #layoutOverlays() {
    this.corners.layout(this.viewport, this.stage);
    this.page?.updateZoom(this.viewport.screenScale);
    for (const tool of this.tools) tool.layout?.();
  }

  /** Say what is under the pointer. */
  read() {
    const {stack, shown, input} = this;
    const [x, y] = input.pixel ?? [-1, -1];
    // Where there is no zoom, the frame is hidden behind many others.
    const isSeen = !this.whyNoZoom;
    const isInside = isSeen && x >= 0 && y >= 0 && x < stack.width && y < stack.height;
    for (const tool of this.tools) tool.onPoint?.(isInside ? [x, y] : null);
    if (!isInside || !shown?.layers.length) return this.readout.update(shown, null, [], []);
    const others = this.tools.flatMap((tool) => tool.read?.(x, y) ?? []);
    this.readout.update(shown, [x, y], this.pixels.read(x, y), others);
  }

  // ---- Python and the link

  #keep() {
    if (this.isLost) return; // the link was written then
    this.#kept = this.state;
    this.#remembered.write(this.state);
    this.#writeLink();
  }

  /** What was changed just before the page is left. */
  #keepLast = () => {
    if (this.state !== this.#kept) this.#keep();
  };

  #report() {
    const isAwaited = this.report(this.settings);
    if (this.ownsUrl) this.#keepSoon();
    return isAwaited;
  }

  #writeLink() {
    this.state.zoom = this.viewport.zoom;
    window.history.replaceState(window.history.state, "", link.write(this.state, this.stack));
  }

  /** Another view of this stack was put into the address: browsers do not load the page for it. */
  #followLink = () => {
    if (this.isLost) return;
    this.#remembered.write(this.state); // what the link brings is not the user's choice
    const {playback} = this.state;
    this.goTo({...link.read(window.location.hash, this.#remembered.read(), this.stack), playback});
    this.#remembered.open(this.state);
  };

  /** Python has taken the settings. */
  acknowledge() {
    this.#reporter.acknowledge();
  }

  /**
   * Take over settings that were changed in Python, or in another view; returns whether a report has crossed with
   * them.
   * @param {Partial<Settings>} settings
   * @param {import("./types.js").Zoom | null} [zoom] it stays where it is not said
   */
  takeSettings(settings, zoom) {
    if (settings.position || settings.playback) this.player.stop();
    if (settings.channels) this.auto.askForNew(this.state.channels, settings.channels);
    this.#take({...this.state, ...settings});
    if (isPositionAlone(settings)) {
      this.#showPosition();
    } else {
      this.#update();
      if (zoom !== undefined) this.#settle(zoom);
      this.#show();
    }
    return this.#reporter.repeat();
  }

  /**
   * The connection to Python is gone; the view comes back with it, as the link keeps it.
   * @param {string} [text] what to do where the page is not the viewer's own
   */
  onLost(text = "The connection to the server is lost. Reload the page to go on.") {
    if (this.isLost) return;
    this.#stop();
    this.#updatePosition();
    if (!this.ownsUrl) return this.#notice.say(text);
    this.#writeLink();
    this.#notice.sayLast({...STOPPED, command: this.command});
    reloadWhenBack();
  }

  /** The connection to Python is back. */
  onFound() {
    if (!this.isLost) return;
    this.isLost = this.#notice.isFinal = false;
    this.#notice.showError(null);
    this.#reporter.restart();
    this.#update();
    this.#show();
  }

  /** Do no more: the viewer is off the page. */
  close() {
    this.isClosed = true;
    clearTimeout(this.#furnishing);
    this.#endPrinting();
    this.figure.close();
    window.removeEventListener("pagehide", this.#keepLast);
    window.removeEventListener("hashchange", this.#followLink);
    this.#stop();
    for (const {provider} of [this, ...this.others]) provider.close?.();
    for (const tool of this.tools) tool.end?.();
  }

  #stop() {
    this.isLost = this.#notice.isFinal = true;
    this.player.stop();
  }
}

/** @param {Partial<Settings>} settings */
const isPositionAlone = (settings) => Object.keys(settings).join() === "position";

/** @param {() => void} run once what has been painted is on the screen */
function afterPaint(run) {
  requestAnimationFrame(() => setTimeout(run));
}
