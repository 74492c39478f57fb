// @ts-nocheck
// The viewer in the browser: layout, what the user does, and what the controls say of it.
//
// The state is the same plain data as `ViewState.settings` in Python. Every change makes a new one, and
// goes three ways: to the controls, to the picture, and (rarely enough) to Python and the link.

import {TOOLS} from "../tools/tools.js";
import {percentileLimits} from "./colors.js";
import {channelList, colormapPicker, contrastEditor, dimRow, playbackRow} from "./controls.js";
import {group, h, toggle} from "./dom.js";
import {link} from "./link.js";
import {format} from "./numbers.js";
import {colorbar, scaleBar} from "./overlays.js";
import {Painter} from "./painter.js";
import {Picture} from "./picture.js";
import {Player, Scrub} from "./player.js";
import {Stack} from "./stack.js";
import {Viewport} from "./viewport.js";

/** Most frames that are fetched ahead of a scrub. */
const MOST_AHEAD = 16;
/** Python hears of a position at most this often, in ms. */
const REPORT_INTERVAL = 100;
/** A wait shorter than this is not spoken of, in ms. */
const UNNOTICED = 400;
const POINT_AT = "Point at the picture to read its values";

export class JPklView {
  #reportTimer = null;
  #reported = 0;
  #awaitsPython = false;
  #counts = null; // histogram of the selected channel
  #shownTimes = [];
  #isFitting = false;

  /**
   * @param others stacks to compare with: list of {description, provider}
   * @param asks what Python computes is asked for through this; null where there is no Python
   * @param report called with the settings when they have changed; the next call waits for `acknowledge`
   * @param ownsUrl whether the page is the viewer's own, and its link may carry the view
   */
  constructor({description, settings, colormaps, provider, others = [], asks = null, report, ownsUrl}) {
    this.stack = new Stack(description);
    this.colormaps = Object.fromEntries(
      Object.entries(colormaps).map(([name, text]) => [
        name,
        Uint8Array.from(atob(text), (c) => c.charCodeAt(0)),
      ]),
    );
    this.initial = {...settings, zoom: null};
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
      onProgress: (done, total) => this.#say(`Computing … ${done} of ${total} frames`),
    });
    this.#take(ownsUrl ? link.read(window.location.hash, this.initial, this.stack) : this.initial);
    this.scrub = new Scrub();
    this.player = new Player((index) => this.#move(this.state.playback.dim, index));
    this.#build();
  }

  /** The state as Python knows it: the zoom is the browser's own. */
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

  #take(state) {
    this.state = state.colormap in this.colormaps ? state : {...state, colormap: "gray"};
    this.selected = this.stack.channelOf(state.position);
  }

  // ---- layout

  #build() {
    const {stack} = this;
    this.rows = stack.dims.map((dim, d) =>
      dimRow(dim, {onMove: (index) => this.move(d, index), onPlay: () => this.togglePlay(d)}),
    );
    this.playback = playbackRow({onChange: (values) => this.#setPlayback(values)});
    this.contrast = contrastEditor({
      onLimits: (limits) => this.#display({limits}, {per_frame: false}),
      onGamma: (gamma) => this.#display({gamma}),
      onAuto: () =>
        this.#counts && this.#display({limits: percentileLimits(this.#counts)}, {per_frame: false}),
      onFull: () => this.#display({limits: [0, 255]}, {per_frame: false}),
      onReset: () => this.#display(this.initial.channels[this.selected], {per_frame: false, invert: false}),
      onInvert: (invert) => this.change({invert}),
      onPerFrame: (per_frame) => this.change({per_frame}),
      onWhole: (isWhole) => {
        this.isWhole = isWhole;
        this.#updateHistogram();
      },
    });
    this.colormap = colormapPicker(Object.keys(this.colormaps), {
      onPick: (colormap) => this.change({colormap}),
    });
    this.channels = channelList(stack.channels, {
      onComposite: (composite) => this.change({composite}),
      onVisible: (i, visible) => this.#displayOf(i, {visible}),
      onColor: (i, color) => this.#displayOf(i, {color}),
      onSelect: (i) => this.#select(i),
    });
    this.tools = TOOLS.map((make) => make(this)).filter(Boolean);
    this.bar = scaleBar();
    this.colorbar = colorbar();
    this.stamp = h("div", {className: "position"});
    this.notice = h("div", {className: "notice", role: "alert", hidden: true});
    this.readout = h("span", {}, POINT_AT);
    this.axes = toggle("axes", {onChange: (on) => this.#showAxes(on)});
    this.figureSlot = h("div", {className: "figure"});
    this.stage = h(
      "div",
      {className: "stage"},
      this.figureSlot,
      ...this.tools.flatMap((tool) => tool.overlay ?? []),
      this.stamp,
      this.bar.element,
      this.colorbar.element,
      this.notice,
    );
    const rows = this.rows.filter((_, d) => stack.sizes[d] > 1).map((row) => row.element);
    this.root = h(
      "div",
      {className: "viewer", tabIndex: 0, role: "application", "aria-label": `stack ${stack.title}`},
      this.#header(),
      this.stage,
      h("div", {className: "below"}, ...this.tools.flatMap((tool) => tool.below ?? [])),
      h("div", {className: "dims"}, ...rows, rows.length ? this.playback.element : null),
      this.#side(),
      h(
        "footer",
        {},
        this.readout,
        rows.length ? h("span", {className: "keys"}, "space plays · ← → step · Home End") : null,
      ),
    );
    this.root.onkeydown = (event) => this.#onKey(event);
  }

  #header() {
    const {stack} = this;
    const dims = stack.dims.map((dim) => `${dim.name} ${dim.size}`).join(" · ");
    const lossy = "Pixel values are 8-bit and lossy: made for looking, not for measuring";
    return h(
      "header",
      {},
      h("b", {title: stack.title}, stack.title),
      h("span", {}, `${stack.width} × ${stack.height}${stack.color ? " RGB" : ""}`),
      h("span", {}, dims),
      h("span", {className: "quality", title: lossy}, `8-bit JPEG, q=${stack.quality}`),
    );
  }

  #side() {
    const {stack} = this;
    const onBar = toggle("scale bar", {isOn: true, onChange: (on) => (this.bar.element.hidden = !on)});
    const onStamp = toggle("position", {isOn: true, onChange: (on) => (this.stamp.hidden = !on)});
    const onColorbar = toggle("colorbar", {onChange: (on) => this.#showColorbar(on)});
    this.colormapGroup = group("Colormap", this.colormap.element, onColorbar.element);
    // What is not in use stays folded: looking needs none of it.
    for (const {element, name} of this.tools)
      element.open = Boolean(this.state[name] ?? this.state.tools[name]);
    return h(
      "div",
      {className: "side"},
      stack.canCompose ? group("Channels", this.channels.element) : null,
      group("Contrast", this.contrast.element),
      stack.color ? null : this.colormapGroup,
      group("Show", onStamp.element, onBar.element, this.axes.element),
      ...this.tools.map(({element}) => element),
    );
  }

  /** Called once the figure that HoloViews built is on the page. */
  attach(figureView, renderer) {
    this.figureView = figureView;
    this.picture.painter = new Painter(figureView, renderer, this.stack);
    this.viewport = new Viewport(figureView, this.stack, () => this.#onViewport());
    this.dress();
    this.#showAxes(false);
    this.viewport.lastZoom = this.state.zoom;
    this.viewport.fit(this.state.zoom);
    this.root.addEventListener(
      "pointerdown",
      (event) => (this.pressed = {x: event.clientX, y: event.clientY}),
      true,
    );
    this.root.addEventListener("pointermove", (event) => this.#onPointer(event));
    this.root.addEventListener("pointerleave", () => {
      this.pointer = null;
      this.#read();
    });
    this.figureSlot.addEventListener("click", (event) => this.#onClick(event));
    const sizes = new ResizeObserver(() => requestAnimationFrame(() => this.#onResize()));
    // Bokeh may give the picture its room later than the figure.
    for (const element of [this.figureSlot, figureView.frame.el]) sizes.observe(element);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.dress());
    this.#update();
    this.#updateOverlays();
    this.#show();
  }

  /** Give the axes the colors of the page; the stage is seen through the figure. */
  dress() {
    if (!this.figureView) return;
    const soft = getComputedStyle(this.root.querySelector("footer")).color;
    const {model} = this.figureView;
    for (const axis of [...model.below, ...model.left]) {
      const lines = {axis_line_color: soft, major_tick_line_color: soft, minor_tick_line_color: soft};
      axis.setv({...lines, major_label_text_color: soft, axis_label_text_color: soft}, {sync: false});
    }
  }

  #showAxes(on) {
    const {model} = this.figureView;
    for (const axis of [...model.below, ...model.left]) axis.setv({visible: on}, {sync: false});
    this.axes.update(on);
    requestAnimationFrame(() => this.#onResize());
  }

  #showColorbar(on) {
    this.hasColorbar = on;
    this.#updateContrast();
  }

  // ---- what the user does

  /** Change parts of the state. */
  change(values) {
    this.state = {...this.state, ...values};
    this.#update();
    this.#show();
    this.#reportSoon();
  }

  /** Change the settings of a tool; null where it is off. */
  setTool(name, settings) {
    const {[name]: _, ...others} = this.state.tools;
    this.state = {...this.state, tools: settings === null ? others : {...others, [name]: settings}};
    this.#updateTools();
    this.#reportSoon();
  }

  #updateTools() {
    for (const tool of this.tools) tool.update?.(this.state);
  }

  /** Go to an index along a dim, as the user does: playing ends. */
  move(dim, index) {
    if (dim === this.state.playback.dim) this.player.stop();
    this.#move(dim, index);
  }

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
    this.#reportSoon(true);
  }

  togglePlay(dim) {
    const goesOn = !this.player.isPlaying || dim !== this.state.playback.dim;
    this.player.stop();
    if (goesOn) {
      this.state = {...this.state, playback: {...this.state.playback, dim}};
      this.#play();
    }
    this.#shownTimes = [];
    this.#updatePosition();
    this.#reportSoon();
  }

  #play() {
    const {position, playback} = this.state;
    this.player.start(position[playback.dim], this.stack.sizes[playback.dim], playback);
  }

  #setPlayback(values) {
    this.change({playback: {...this.state.playback, ...values}});
    if (this.player.isPlaying) this.#play();
  }

  #display(values, others = {}) {
    this.#displayOf(this.selected, values, others);
  }

  #displayOf(channel, values, others = {}) {
    const channels = this.state.channels.map((old, i) => (i === channel ? {...old, ...values} : old));
    this.change({...others, channels});
  }

  #select(channel) {
    this.selected = channel;
    if (!this.state.composite && this.stack.channelDim !== null) this.move(this.stack.channelDim, channel);
    this.#updateHistogram();
    this.#update();
  }

  #onKey(event) {
    const [target] = event.composedPath();
    const {sizes} = this.stack;
    if (event.ctrlKey || event.metaKey || event.altKey || !sizes.length) return;
    // A slider goes by arrows itself; what space does to a field, a switch or a button stays theirs.
    if (event.key === " " && (target === this.root || target.type === "range")) {
      event.preventDefault();
      this.togglePlay(this.state.playback.dim);
    } else if (target === this.root) {
      const dim = this.scrub.dim ?? this.state.playback.dim;
      const at = this.state.position[dim];
      const goal = {ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: sizes[dim] - 1}[event.key];
      if (goal === undefined) return;
      event.preventDefault();
      this.move(dim, goal);
    }
  }

  #onViewport() {
    if (this.#isFitting) return;
    this.viewport.lastZoom = this.viewport.zoom;
    this.#repaintSoon();
  }

  #onResize() {
    this.#isFitting = true;
    this.viewport.resize();
    this.#isFitting = false;
    this.#repaintSoon();
  }

  #repaintSoon() {
    this.repaintRequest ??= requestAnimationFrame(() => {
      this.repaintRequest = null;
      this.#updateOverlays();
      if (this.stack.isLarge) this.#show();
      else this.picture.repaint();
      this.#reportSoon();
    });
  }

  // ---- the picture

  #show() {
    if (!this.viewport) return;
    const sequence = this.picture.show(this.state, this.ahead());
    clearTimeout(this.busyTimer);
    this.busyTimer = setTimeout(() => this.#sayBusy(sequence), UNNOTICED);
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

  #onShown(shown, error) {
    this.root.dataset.shown = shown.position.join(",");
    this.root.dataset.sequence = shown.sequence;
    this.stamp.textContent = this.stack.describe(
      shown.position,
      !shown.state.composite,
      this.stack.projectionOf(shown.state),
    );
    if (shown.state.per_frame && this.state.per_frame) this.state = {...this.state, channels: shown.channels};
    if (!this.isLost) {
      this.notice.hidden = error === null;
      this.notice.className = "notice";
      this.notice.textContent = error?.message ?? "";
    }
    for (const tool of this.tools) tool.onShown?.(shown);
    if (this.player.isPlaying) this.#countShown();
    clearTimeout(this.histogramTimer);
    this.histogramTimer = setTimeout(() => this.#updateHistogram(), 80);
    this.#read();
  }

  #countShown() {
    const now = performance.now();
    this.#shownTimes.push(now);
    while (this.#shownTimes[0] < now - 1500) this.#shownTimes.shift();
    const n = this.#shownTimes.length - 1;
    this.playback.update(this.state.playback, n > 1 ? (1000 * n) / (now - this.#shownTimes[0]) : null);
  }

  /** Say that a frame is being waited for. */
  #sayBusy(sequence) {
    if (this.shown?.sequence >= sequence || this.isLost) return;
    this.#say(this.provider.isStalled ? "The server does not answer. Still trying …" : "Loading …");
    this.busyTimer = setTimeout(() => this.#sayBusy(sequence), 1000);
  }

  #say(text) {
    this.notice.className = "notice busy";
    this.notice.textContent = text;
    this.notice.hidden = false;
  }

  // ---- what the controls say

  #updatePosition() {
    const {state, stack} = this;
    this.rows.forEach((row, d) => {
      const playing = this.player.isPlaying && d === state.playback.dim;
      row.element.classList.toggle("projected", stack.projectionOf(state)?.dim === d);
      row.update(state.position[d], {playing, label: stack.label(d, state.position[d])});
    });
    if (!this.player.isPlaying) this.playback.update(state.playback, null);
  }

  #update() {
    const {state, stack} = this;
    this.#updatePosition();
    if (stack.channelDim !== null)
      this.rows[stack.channelDim].element.hidden = state.composite && stack.canCompose;
    if (stack.canCompose) {
      this.channels.update({composite: state.composite, displays: state.channels, selected: this.selected});
      this.colormapGroup.hidden = state.composite;
    }
    if (this.viewport) this.#updateTools();
    this.colormap.update(state.colormap, this.colormaps[state.colormap]);
    this.#updateContrast();
  }

  #updateContrast() {
    const {state, stack, selected} = this;
    const isComposite = state.composite && stack.canCompose;
    const layer = this.picture.layer(selected, state);
    const table = this.picture.table(layer, state.channels);
    const position =
      stack.channelDim === null ? state.position : stack.at(state.position, stack.channelDim, selected);
    const toOriginal = (value) => stack.original(position, value) ?? String(Math.round(value));
    const display = state.channels[selected];
    this.contrast.update({
      display,
      counts: this.#counts,
      table,
      toOriginal,
      invert: state.invert,
      perFrame: state.per_frame,
      isWhole: this.isWhole,
      canInvert: !stack.color && !isComposite,
    });
    this.colorbar.element.hidden = !this.hasColorbar || isComposite || stack.color;
    if (!this.colorbar.element.hidden) this.colorbar.update(layer, display, toOriginal);
  }

  async #updateHistogram() {
    try {
      const {picture, selected} = this;
      this.#counts = await (this.isWhole ? picture.sampleHistogram(selected) : picture.histogram(selected));
    } catch {
      this.#counts = null; // the notice says why there is no picture
    }
    this.#updateContrast();
    this.#read();
  }

  /** Put position, scale bar and colorbar into the corners of what is seen of the picture. */
  #updateOverlays() {
    const {pixelSize, pixelUnit} = this.stack;
    const {left, top, right, bottom} = this.viewport.picture;
    const {offsetWidth, offsetHeight} = this.stage;
    Object.assign(this.stamp.style, {
      left: `${left + 8}px`,
      top: `${top + 6}px`,
      maxWidth: `${right - left - 16}px`,
    });
    Object.assign(this.bar.element.style, {
      right: `${offsetWidth - right + 12}px`,
      bottom: `${offsetHeight - bottom + 10}px`,
    });
    Object.assign(this.colorbar.element.style, {right: `${offsetWidth - right + 10}px`, top: `${top + 8}px`});
    for (const tool of this.tools) tool.layout?.();
    const perPixel = this.viewport.scale;
    const unit = pixelSize ? pixelUnit || "units" : "px";
    this.bar.update(pixelSize ? perPixel / pixelSize[1] : perPixel, unit, Math.min(160, (right - left) / 3));
  }

  #shadeSoon() {
    this.shadeTimer ??= setTimeout(() => {
      this.shadeTimer = null;
      const {position} = this.state;
      const isReady = this.picture.readiness();
      this.rows.forEach((row, d) => row.shade((index) => isReady(this.stack.at(position, d, index))));
    }, 120);
  }

  // ---- the pointer

  /** A click that is not the end of a drag. */
  #onClick(event) {
    if (!this.pointer || Math.hypot(event.clientX - this.pressed.x, event.clientY - this.pressed.y) > 4)
      return;
    for (const tool of this.tools) tool.onClick?.(...this.pointer);
  }

  #onPointer(event) {
    const rect = this.figureView.el.getBoundingClientRect();
    const {left, top, width, height} = this.viewport.box;
    const [sx, sy] = [event.clientX - rect.left, event.clientY - rect.top];
    const isInside = sx >= left && sx < left + width && sy >= top && sy < top + height;
    const {x_scale, y_scale} = this.figureView.frame;
    this.pointer = isInside ? [Math.round(x_scale.invert(sx)), Math.round(y_scale.invert(sy))] : null;
    this.#read();
  }

  #read() {
    const {stack, shown, pointer} = this;
    const isInside =
      pointer && pointer[0] >= 0 && pointer[1] >= 0 && pointer[0] < stack.width && pointer[1] < stack.height;
    if (!isInside || !shown?.layers.length) {
      this.readout.textContent = POINT_AT;
      return;
    }
    const [x, y] = pointer;
    const size = stack.pixelSize;
    const where = size ? [`${format(x * size[1])}, ${format(y * size[0])} ${stack.pixelUnit}`] : [];
    const values = this.picture.valuesAt(x, y).map((item) => this.#describeValue(item));
    for (const tool of this.tools) values.push(...(tool.read?.(x, y) ?? []));
    this.readout.replaceChildren(
      h("b", {}, `x ${x}, y ${y}`),
      ...[...where, ...values].map((text) => ` · ${text}`),
    );
  }

  #describeValue({channel, value}) {
    const {stack} = this;
    if (value === null) return "…"; // it is decoded soon, for the histogram
    if (stack.color) return `R ${value[0]}  G ${value[1]}  B ${value[2]}`;
    const {position} = this.shown;
    const at = stack.channelDim === null ? position : stack.at(position, stack.channelDim, channel);
    const original = stack.original(at, value[0]);
    const name = stack.channels.length > 1 ? `${stack.channels[channel].name} ` : "value ";
    return `${name}${value[0]}${original === null ? "" : ` (about ${original})`}`;
  }

  // ---- Python and the link

  /** Tell Python and the link of the state, not oftener than they can follow. */
  #reportSoon(isScrub = false) {
    if (this.#reportTimer) return;
    const wait = isScrub ? Math.max(0, this.#reported + REPORT_INTERVAL - performance.now()) : 300;
    this.#reportTimer = setTimeout(() => {
      this.#reportTimer = null;
      if (this.#awaitsPython) return this.#reportSoon(true);
      this.#reported = performance.now();
      this.#awaitsPython = this.report(this.settings);
      if (this.ownsUrl) this.#writeLink();
    }, wait);
  }

  #writeLink() {
    this.state.zoom = this.viewport ? this.viewport.zoom : this.state.zoom;
    window.history.replaceState(window.history.state, "", link.write(this.state, this.stack));
  }

  /** Python has taken the settings. */
  acknowledge() {
    this.#awaitsPython = false;
  }

  /** Settings that were changed in Python. */
  takeSettings(settings) {
    this.player.stop();
    this.#take({...this.state, ...settings});
    this.#update();
    this.#show();
  }

  /** The connection to Python is gone; the view comes back with it, as the link keeps it. */
  onLost() {
    if (this.isLost) return;
    this.isLost = true;
    this.player.stop();
    this.#updatePosition();
    if (!this.ownsUrl) return this.#say("The connection to the server is lost. Reload the page to go on.");
    this.#writeLink();
    this.#say("The connection to the server is lost. Reconnecting …");
    this.#reconnectSoon();
  }

  #reconnectSoon() {
    setTimeout(async () => {
      try {
        const {ok} = await fetch(window.location.href, {cache: "no-store"});
        if (ok) return window.location.reload();
      } catch {
        // The server is still away.
      }
      this.#reconnectSoon();
    }, 1000);
  }
}
