// The viewer in the browser: what the user does -> a position -> the frame on the screen.
//
// `render` at the end is what Panel calls. The state is the same plain data as `ViewState.settings` in Python.

import {
  ByteCache, Decoder, Painter, Planes, Pull, colorRamp, histogram, lookupTable, percentileLimits,
} from "./frame.js";
import {
  channelList, colormapPicker, contrastEditor, dimRow, format, group, h, physical, playbackRow, scaleBar, toggle,
} from "./controls.js";

const ENCODED_BYTES = 128 * 2 ** 20;
const BITMAP_BYTES = 96 * 2 ** 20;
const PLANE_BYTES = 128 * 2 ** 20;
/** Frames of more pixels are not sent whole, but the part on the screen, at the screen's resolution. */
const MOST_PIXELS = 4096 * 4096;
/** Most frames that are fetched ahead of a scrub. */
const MOST_AHEAD = 16;
/** Python hears of a position at most this often, in ms. */
const REPORT_INTERVAL = 200;

/** Numbers of frames and positions; frames are counted in C order of the dims. */
class Stack {
  constructor(description) {
    Object.assign(this, description);
    this.sizes = this.dims.map((dim) => dim.size);
    this.canCompose = !this.color && this.channels.length > 1;
    this.isLarge = this.width * this.height > MOST_PIXELS;
  }

  number(position) {
    return position.reduce((number, index, dim) => number * this.sizes[dim] + index, 0);
  }

  at(position, dim, index) {
    return position.map((old, d) => (d === dim ? index : old));
  }

  channelOf(position) {
    return this.channelDim === null ? 0 : position[this.channelDim];
  }

  /** Original intensity of a pixel value in the channel and at the position shown, as text; null if unknown. */
  original(position, value) {
    if (this.ranges === null) return null;
    const {shape, values} = this.ranges;
    const at = position.reduce((number, index, dim) => number * shape[dim] + (shape[dim] === 1 ? 0 : index), 0);
    const [low, high] = values.slice(2 * at, 2 * at + 2);
    return format(low + (value / 255) * (high - low));
  }
}

/** Remembers which way and how fast the user scrubs, and tells which indices come next. */
class Scrub {
  #last = 0;
  dim = null;
  step = 0; // indices per move; 0 where the next move cannot be told

  moved(from, to, size) {
    const dim = to.findIndex((index, d) => index !== from[d]);
    if (dim < 0) return;
    const now = performance.now();
    const delta = to[dim] - from[dim];
    const isJump = Math.abs(delta) > Math.max(3, size / 8);
    // After a pause, or on another dim, the old speed says nothing.
    const isGoingOn = dim === this.dim && now - this.#last < 400 && this.step * delta > 0;
    if (isJump) this.step = 0;
    else this.step = isGoingOn ? Math.round(0.5 * (this.step + delta)) : Math.sign(delta);
    this.dim = dim;
    this.#last = now;
  }

  /** Indices along the dim that are likely next, nearest first. */
  ahead(index, size, n, wraps) {
    if (this.step === 0) return [];
    const steps = Array.from({length: n}, (_, i) => index + this.step * (i + 1));
    const indices = wraps ? steps.map((i) => ((i % size) + size) % size) : steps.filter((i) => i >= 0 && i < size);
    return [...new Set(indices)].filter((i) => i !== index);
  }
}

class Player {
  #request = 0;

  constructor(onTick) {
    this.onTick = onTick;
    this.direction = 1;
  }

  get isPlaying() {
    return this.#request !== 0;
  }

  start(index, size, {fps, mode}) {
    this.stop();
    const start = performance.now();
    const from = mode === "once" && index === size - 1 ? 0 : index;
    const tick = (now) => {
      this.#request = requestAnimationFrame(tick);
      // The clock decides, not the count of ticks: a slow frame is skipped over, and time does not stretch.
      const steps = from + Math.floor((Math.max(0, now - start) / 1000) * fps);
      if (mode === "once" && steps >= size - 1) this.stop();
      this.onTick(this.#fold(steps, size, mode));
    };
    this.#request = requestAnimationFrame(tick);
  }

  stop() {
    cancelAnimationFrame(this.#request);
    this.#request = 0;
  }

  #fold(steps, size, mode) {
    if (mode === "once") return Math.min(steps, size - 1);
    if (mode === "loop") return steps % size;
    const period = Math.max(1, 2 * size - 2);
    const at = steps % period;
    return at < size ? at : period - at;
  }
}

/** The state as part of a link: `#time=12&channel=1&colormap=magma&limits=10-200,0-255`. */
const link = {
  write(state, stack) {
    const parts = new URLSearchParams();
    stack.dims.forEach((dim, d) => dim.size > 1 && parts.set(dim.name, state.position[d]));
    if (state.colormap !== "gray") parts.set("colormap", state.colormap);
    if (state.invert) parts.set("invert", 1);
    if (state.composite) parts.set("composite", 1);
    if (state.per_frame) parts.set("per_frame", 1);
    const display = state.channels.map(({visible, color, limits, gamma}) =>
      [limits.join("-"), gamma, visible ? 1 : 0, color.slice(1)].join(":"),
    );
    parts.set("display", display.join(","));
    if (state.zoom) parts.set("zoom", state.zoom.map((value) => Number(value.toFixed(2))).join(","));
    return `#${parts}`;
  },

  read(text, state, stack) {
    const parts = new URLSearchParams(text.slice(1));
    const whole = (name, most) => Math.min(most, Math.max(0, Math.trunc(Number(parts.get(name)) || 0)));
    if (!parts.size) return state;
    const position = stack.dims.map((dim, d) => (parts.has(dim.name) ? whole(dim.name, dim.size - 1) : state.position[d]));
    const displays = (parts.get("display") ?? "").split(",").map((item) => item.split(":"));
    const channels = state.channels.map((channel, i) => link.readDisplay(displays[i], channel));
    const zoom = (parts.get("zoom") ?? "").split(",").map(Number);
    return {
      ...state,
      position,
      channels,
      colormap: parts.get("colormap") ?? "gray",
      invert: parts.has("invert"),
      composite: parts.has("composite"),
      per_frame: parts.has("per_frame"),
      zoom: zoom.length === 3 && zoom.every(Number.isFinite) && zoom[2] > 0 ? zoom : null,
    };
  },

  readDisplay([range = "", gamma, visible, color] = [], channel) {
    const limits = range.split("-").map(Number);
    const isRange = limits.length === 2 && limits[0] >= 0 && limits[0] < limits[1] && limits[1] <= 255;
    return {
      visible: visible === undefined ? channel.visible : visible === "1",
      color: /^[0-9a-f]{6}$/i.test(color) ? `#${color}` : channel.color,
      limits: isRange ? limits : channel.limits,
      gamma: Number(gamma) >= 0.1 && Number(gamma) <= 10 ? Number(gamma) : channel.gamma,
    };
  },
};

/** Keeps the pixels square, and knows where the view stands. */
class Viewport {
  constructor(figureView, stack, onChange) {
    this.view = figureView;
    this.stack = stack;
    this.onChange = onChange;
    const {x_range, y_range} = figureView.model;
    this.ranges = [x_range, y_range];
    for (const range of this.ranges) range.change.connect(() => this.onChange());
  }

  get box() {
    return this.view.frame.bbox;
  }

  /** Screen pixels that one pixel of the frame takes. */
  get scale() {
    const [x] = this.ranges;
    return this.box.width / (x.max - x.min);
  }

  /** Center and scale, as kept in links; null while the whole frame is shown. */
  get zoom() {
    if (Math.abs(this.scale / this.fitScale - 1) < 0.001) return null;
    return [...this.ranges.map((range) => (range.start + range.end) / 2), this.scale / this.fitScale];
  }

  get fitScale() {
    return Math.min(this.box.width / this.stack.width, this.box.height / this.stack.height);
  }

  /** Where on the stage, in screen pixels, the visible part of the picture stands. */
  get picture() {
    const {left, top, width, height} = this.box;
    const [x, y] = this.ranges;
    const inside = (value, most) => Math.min(most, Math.max(0, value));
    return {
      left: left + inside((-0.5 - x.min) * this.scale, width),
      right: left + inside((this.stack.width - 0.5 - x.min) * this.scale, width),
      top: top + inside((-0.5 - y.min) * this.scale, height),
      bottom: top + inside((this.stack.height - 0.5 - y.min) * this.scale, height),
    };
  }

  /** Show the whole frame, or what `zoom` says. */
  fit(zoom = null) {
    const [x, y, factor] = zoom ?? [(this.stack.width - 1) / 2, (this.stack.height - 1) / 2, 1];
    this.#set(x, y, this.fitScale * factor);
  }

  /** Make pixels square again after the figure changed its shape. */
  resize() {
    if (this.box.width < 2 || this.box.height < 2) return;
    this.fit(this.lastZoom ?? null);
  }

  #set(x, y, scale) {
    const [halfWidth, halfHeight] = [this.box.width / scale / 2, this.box.height / scale / 2];
    const [xs, ys] = this.ranges;
    // y counts rows downwards: the range runs from its greater end.
    xs.setv({start: x - halfWidth, end: x + halfWidth, reset_start: x - halfWidth, reset_end: x + halfWidth}, {sync: false});
    ys.setv({start: y + halfHeight, end: y - halfHeight, reset_start: y + halfHeight, reset_end: y - halfHeight}, {sync: false});
  }
}

class JPklView {
  #pending = null; // the position to draw next
  #isDrawing = false;
  #waiting = []; // positions whose frames have not come yet, oldest first
  #sequence = 0;
  #reportTimer = 0;
  #reported = 0;
  #awaitsPython = false;
  #counts = null;
  #shownTimes = [];

  constructor({description, settings, colormaps, send, ownsUrl}) {
    this.stack = new Stack(description);
    this.state = {...settings, zoom: null};
    this.ownsUrl = ownsUrl;
    if (ownsUrl) this.state = link.read(window.location.hash, this.state, this.stack);
    this.colormaps = Object.fromEntries(
      Object.entries(colormaps).map(([name, text]) => [name, Uint8Array.from(atob(text), (c) => c.charCodeAt(0))]),
    );
    if (!(this.state.colormap in this.colormaps)) this.state.colormap = "gray";
    this.send = send;
    this.selected = this.stack.channelOf(this.state.position);
    this.shown = null; // {position, numbers, sequence} of what is on the screen
    this.cache = new ByteCache(ENCODED_BYTES);
    this.pull = new Pull((keys) => send({type: "want", keys}), this.cache);
    this.pull.onFrame = () => this.#onFrame();
    this.decoder = new Decoder(BITMAP_BYTES);
    this.planes = new Planes(this.stack.color, PLANE_BYTES);
    this.scrub = new Scrub();
    this.player = new Player((index) => this.#move(this.state.playback.dim, index));
    this.#build();
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
      onAuto: () => this.#counts && this.#display({limits: percentileLimits(this.#counts)}),
      onFull: () => this.#display({limits: [0, 255], gamma: 1}, {per_frame: false}),
      onInvert: (invert) => this.change({invert}),
      onPerFrame: (per_frame) => this.change({per_frame}),
    });
    this.colormap = colormapPicker(Object.keys(this.colormaps), {onPick: (colormap) => this.change({colormap})});
    this.channels = channelList(stack.channels, {
      onComposite: (composite) => this.change({composite}),
      onVisible: (i, visible) => this.#displayOf(i, {visible}),
      onColor: (i, color) => this.#displayOf(i, {color}),
      onSelect: (i) => this.#select(i),
    });
    this.bar = scaleBar();
    this.stamp = h("div", {className: "position"});
    this.notice = h("div", {className: "notice", role: "alert", hidden: true});
    this.readout = h("span", {}, "Point at the picture to read its values");
    this.axes = toggle("axes", {onChange: (on) => this.#showAxes(on)});
    this.barSwitch = toggle("scale bar", {onChange: (on) => (this.bar.element.hidden = !on)});
    this.stampSwitch = toggle("position", {onChange: (on) => (this.stamp.hidden = !on)});
    this.barSwitch.update(true);
    this.stampSwitch.update(true);
    this.figureSlot = h("div", {className: "figure"});
    const shownRows = this.rows.filter((_, d) => stack.sizes[d] > 1).map((row) => row.element);
    this.root = h(
      "div",
      {className: "viewer", tabIndex: 0, role: "application", "aria-label": `stack ${stack.title}`},
      this.#header(),
      h("div", {className: "stage"}, this.figureSlot, this.stamp, this.bar.element, this.notice),
      h("div", {className: "dims"}, ...shownRows, shownRows.length ? this.playback.element : null),
      h(
        "div",
        {className: "side"},
        stack.canCompose ? group("Channels", this.channels.element) : null,
        group("Contrast", this.contrast.element),
        stack.color ? null : (this.colormapGroup = group("Colormap", this.colormap.element)),
        group("Show", this.stampSwitch.element, this.barSwitch.element, this.axes.element),
      ),
      h("footer", {}, this.readout),
    );
    this.root.onkeydown = (event) => this.#onKey(event);
  }

  #header() {
    const {stack} = this;
    const dims = stack.dims.map((dim) => `${dim.name} ${dim.size}`).join(" · ");
    return h(
      "header",
      {},
      h("b", {title: stack.title}, stack.title),
      h("span", {}, `${stack.width} × ${stack.height}${stack.color ? " RGB" : ""}`),
      h("span", {}, dims),
      h("span", {className: "quality", title: "Pixel values are 8-bit and lossy: made for looking, not for measuring"}, `8-bit JPEG, q=${stack.quality}`),
    );
  }

  /** Called once the figure that HoloViews built is on the page. */
  attach(figureView, renderer) {
    this.figureView = figureView;
    this.painter = new Painter(figureView, renderer, this.stack);
    this.viewport = new Viewport(figureView, this.stack, () => this.#onViewport());
    this.#dress();
    this.#showAxes(false);
    this.viewport.fit(this.state.zoom);
    this.viewport.lastZoom = this.state.zoom;
    this.attached = true;
    this.root.addEventListener("pointermove", (event) => this.#onPointer(event));
    this.root.addEventListener("pointerleave", () => {
      this.pointer = null;
      this.#read();
    });
    new ResizeObserver(() => requestAnimationFrame(() => this.#onResize())).observe(this.figureSlot);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#dress());
    this.#update();
    this.#updateOverlays();
    this.#request();
  }

  /** Give the figure the colors of the page. */
  #dress() {
    const style = getComputedStyle(this.root);
    const stage = style.getPropertyValue("--stage").trim();
    const soft = style.getPropertyValue("--soft").trim();
    const {model} = this.figureView;
    model.setv({background_fill_color: stage, border_fill_color: stage, outline_line_color: null}, {sync: false});
    for (const axis of [...model.below, ...model.left]) {
      const colors = {axis_line_color: soft, major_tick_line_color: soft, minor_tick_line_color: soft};
      axis.setv({...colors, major_label_text_color: soft, axis_label_text_color: soft}, {sync: false});
    }
  }

  #showAxes(on) {
    const {model} = this.figureView;
    for (const axis of [...model.below, ...model.left]) axis.setv({visible: on}, {sync: false});
    this.axes.update(on);
    requestAnimationFrame(() => this.#onResize());
  }

  // ---- what the user does

  /** Change parts of the state. */
  change(values) {
    this.state = {...this.state, ...values};
    this.#update();
    this.#request();
    this.#report();
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
    this.#request();
    this.#updatePosition();
    this.#report(true);
  }

  togglePlay(dim) {
    const goesOn = !this.player.isPlaying || dim !== this.state.playback.dim;
    this.player.stop();
    if (goesOn) {
      this.state = {...this.state, playback: {...this.state.playback, dim}};
      this.player.start(this.state.position[dim], this.stack.sizes[dim], this.state.playback);
    }
    this.#shownTimes = [];
    this.#updatePosition();
  }

  #setPlayback(values) {
    const wasPlaying = this.player.isPlaying;
    this.change({playback: {...this.state.playback, ...values}});
    if (wasPlaying) this.player.start(this.state.position[this.state.playback.dim], this.stack.sizes[this.state.playback.dim], this.state.playback);
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
    const target = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || ["SELECT"].includes(target.tagName)) return;
    const isField = target.tagName === "INPUT" && target.type === "number";
    const dim = this.scrub.dim ?? this.state.playback.dim;
    if (event.key === " " && !isField && target.tagName !== "BUTTON" && target.type !== "checkbox" && this.stack.sizes.length) {
      event.preventDefault();
      this.togglePlay(this.state.playback.dim);
    } else if (target === this.root && this.stack.sizes.length) {
      const last = this.stack.sizes[dim] - 1;
      const goal = {
        ArrowLeft: this.state.position[dim] - 1,
        ArrowRight: this.state.position[dim] + 1,
        Home: 0,
        End: last,
      }[event.key];
      if (goal === undefined) return;
      event.preventDefault();
      this.move(dim, goal);
    }
  }

  #onViewport() {
    if (!this.attached || this.isFitting) return;
    this.viewport.lastZoom = this.viewport.zoom;
    this.#repaintSoon();
  }

  #onResize() {
    if (!this.attached) return;
    this.isFitting = true;
    this.viewport.resize();
    this.isFitting = false;
    this.#repaintSoon();
  }

  #repaintSoon() {
    this.repaintRequest ??= requestAnimationFrame(() => {
      this.repaintRequest = null;
      this.#updateOverlays();
      if (this.stack.isLarge) this.#request();
      else if (this.shown) this.#draw(this.shown);
      this.#report();
    });
  }

  // ---- from a position to the screen

  /** Channels that make up the picture at a position: one, or the visible ones of a composite. */
  #layers(position) {
    const {stack, state} = this;
    if (!(state.composite && stack.canCompose)) {
      const channel = stack.channelOf(position);
      return [{channel, number: stack.number(position), colors: this.colormaps[state.colormap], invert: state.invert}];
    }
    return state.channels.flatMap((display, channel) => {
      if (!display.visible) return [];
      const number = stack.number(stack.at(position, stack.channelDim, channel));
      return [{channel, number, colors: colorRamp(display.color), invert: false}];
    });
  }

  /** What a frame is cached and asked for under: its number, and of a large one the part on the screen. */
  #key(number, target = this.painter.target) {
    return this.stack.isLarge && target ? `${number} ${target.key}` : number;
  }

  #keys(position) {
    const {target} = this.painter;
    return this.#layers(position).map((layer) => this.#key(layer.number, target));
  }

  #isComplete(position) {
    return this.#keys(position).every((key) => this.cache.has(key));
  }

  #request() {
    if (!this.attached) return;
    const {position} = this.state;
    const entry = {position, sequence: ++this.#sequence};
    this.#waiting.push(entry);
    if (this.#waiting.length > 64) this.#waiting.shift();
    this.pull.want(this.#keys(position), this.#ahead(position));
    this.#onFrame();
    if (!this.#isComplete(position)) this.#showBusySoon(entry);
  }

  #ahead(position) {
    const dim = this.player.isPlaying ? this.state.playback.dim : this.scrub.dim;
    if (dim === null) return [];
    if (this.player.isPlaying) this.scrub.step = 1;
    const size = this.stack.sizes[dim];
    const indices = this.scrub.ahead(position[dim], size, MOST_AHEAD, this.player.isPlaying);
    return indices.flatMap((index) => this.#keys(this.stack.at(position, dim, index)));
  }

  /** Draw the latest position that is complete and newer than what is shown. */
  #onFrame() {
    const newest = this.#waiting.findLastIndex((entry) => this.#isComplete(entry.position));
    if (newest >= 0) {
      const [entry] = this.#waiting.splice(0, newest + 1).slice(-1);
      this.#draw(entry);
    }
    this.#shadeSoon();
  }

  async #draw(entry) {
    this.#pending = entry;
    if (this.#isDrawing || !this.attached) return;
    this.#isDrawing = true;
    while (this.#pending) {
      const next = this.#pending;
      this.#pending = null;
      await this.#paint(next);
    }
    this.#isDrawing = false;
  }

  async #paint(entry) {
    const layers = this.#layers(entry.position);
    try {
      const {target} = this.painter;
      if (this.state.per_frame) await this.#fitContrast(layers, target);
      const planes = [];
      for (const {number} of layers) planes.push(await this.#plane(this.#key(number, target), target));
      if (this.#pending?.sequence > entry.sequence) return; // a newer one is ready
      const painted = layers.map((layer, i) => ({plane: planes[i], table: this.#table(layer)}));
      if (target) await this.painter.paint(painted, target);
      this.#onShown({...entry, layers, target}, null);
    } catch (error) {
      await this.painter.clear();
      this.#onShown({...entry, layers: [], target: null}, error);
    }
  }

  #planeKey(key, target) {
    return this.stack.isLarge ? key : `${key} ${target.key}`;
  }

  async #plane(key, target) {
    if (target === null) return null;
    const known = this.planes.get(this.#planeKey(key, target));
    if (known !== undefined) return known;
    const bitmap = await this.#bitmap(key, target);
    const crop = this.stack.isLarge ? {x: 0, y: 0, width: target.width, height: target.height} : target.crop;
    return this.planes.make(this.#planeKey(key, target), bitmap, crop, target.width, target.height);
  }

  /** While there is nothing to draw, make ready what likely comes next. */
  async #prepare() {
    const {target} = this.painter;
    const isReady = (key) => !this.cache.get(key)?.bytes || this.planes.get(this.#planeKey(key, target)) !== undefined;
    const next = target && this.#ahead(this.state.position).find((key) => !isReady(key));
    if (next === undefined || next === null || this.#isDrawing) return;
    try {
      await this.#plane(next, target);
    } catch {
      return; // it will be said when it is shown
    }
    this.#prepareSoon();
  }

  #prepareSoon() {
    this.prepareTimer ??= setTimeout(() => {
      this.prepareTimer = null;
      if (!this.#isDrawing) this.#prepare();
    }, 4);
  }

  async #bitmap(key, target) {
    const {bytes, error} = this.cache.get(key) ?? {error: "it was dropped from the cache; move the slider"};
    const {width, height} = this.stack.isLarge ? target : this.stack;
    try {
      if (error !== undefined) throw new Error(error);
      return await this.decoder.decode(key, bytes, width, height);
    } catch (reason) {
      const place = this.#place(Number.parseInt(key, 10));
      throw new Error(`Frame ${place} cannot be shown: ${reason.message}`, {cause: reason});
    }
  }

  #place(number) {
    const index = [];
    for (const size of [...this.stack.sizes].reverse()) {
      index.unshift(number % size);
      number = Math.floor(number / size);
    }
    return `(${index.join(", ")}${index.length === 1 ? "," : ""})`;
  }

  #table({channel, colors, invert}) {
    const {limits, gamma} = this.state.channels[channel];
    return lookupTable(colors, limits, gamma, invert);
  }

  async #fitContrast(layers, target) {
    const channels = [...this.state.channels];
    for (const {channel, number} of layers) {
      const bitmap = await this.#bitmap(this.#key(number, target), target);
      const limits = percentileLimits(histogram(bitmap, this.stack.color));
      channels[channel] = {...channels[channel], limits};
    }
    this.state = {...this.state, channels};
  }

  #onShown(shown, error) {
    const isNew = this.shown?.sequence !== shown.sequence;
    this.shown = shown;
    this.root.dataset.shown = shown.position.join(",");
    this.root.dataset.sequence = shown.sequence;
    this.stamp.textContent = this.#describe(shown.position);
    this.notice.hidden = error === null;
    this.notice.className = "notice";
    if (error !== null) this.notice.textContent = error.message;
    if (isNew && this.player.isPlaying) this.#countShown();
    clearTimeout(this.histogramTimer);
    this.histogramTimer = setTimeout(() => this.#updateHistogram(), 80);
    this.#read();
    this.#prepareSoon();
  }

  #countShown() {
    const now = performance.now();
    this.#shownTimes.push(now);
    while (this.#shownTimes[0] < now - 1500) this.#shownTimes.shift();
    const [first] = this.#shownTimes;
    const rate = this.#shownTimes.length > 2 ? ((this.#shownTimes.length - 1) / (now - first)) * 1000 : null;
    this.playback.update(this.state.playback, rate);
  }

  /** Say that a frame is being waited for, if it takes long enough to notice. */
  #showBusySoon(entry) {
    clearTimeout(this.busyTimer);
    this.busyTimer = setTimeout(() => {
      if (this.shown?.sequence >= entry.sequence || this.isLost) return;
      this.#say(this.pull.isStalled ? "The server does not answer. Still trying …" : "Loading …");
    }, 400);
  }

  #say(text) {
    this.notice.className = "notice busy";
    this.notice.textContent = text;
    this.notice.hidden = false;
  }

  // ---- what the controls say

  #describe(position) {
    const {stack} = this;
    return stack.dims
      .flatMap((dim, d) => {
        if (dim.size === 1) return [];
        if (d === stack.channelDim) return this.state.composite ? [] : [stack.channels[position[d]].name];
        return [`${dim.name} ${physical(dim, position[d]) || position[d]}`];
      })
      .join(" · ");
  }

  #updatePosition() {
    const {state, stack} = this;
    this.rows.forEach((row, d) => {
      const isChannel = d === stack.channelDim;
      const playing = this.player.isPlaying && d === state.playback.dim;
      const label = isChannel ? stack.channels[state.position[d]].name : physical(stack.dims[d], state.position[d]);
      row.update(state.position[d], {playing, label});
    });
    if (!this.player.isPlaying) this.playback.update(state.playback, null);
  }

  #update() {
    const {state, stack} = this;
    this.#updatePosition();
    if (stack.channelDim !== null) this.rows[stack.channelDim].element.hidden = state.composite && stack.canCompose;
    if (stack.canCompose) {
      this.channels.update({composite: state.composite, displays: state.channels, selected: this.selected});
      this.colormapGroup.hidden = state.composite;
    }
    this.colormap.update(state.colormap, this.colormaps[state.colormap]);
    this.#updateContrast();
  }

  #updateContrast() {
    const {state, stack, selected} = this;
    const isComposite = state.composite && stack.canCompose;
    const colors = isComposite ? colorRamp(state.channels[selected].color) : this.colormaps[state.colormap];
    const table = this.#table({channel: selected, colors, invert: state.invert && !isComposite});
    const position = stack.channelDim === null ? state.position : stack.at(state.position, stack.channelDim, selected);
    this.contrast.update({
      display: state.channels[selected],
      counts: this.#counts,
      table,
      toOriginal: (value) => stack.original(position, value) ?? String(Math.round(value)),
      invert: state.invert,
      perFrame: state.per_frame,
      canInvert: !stack.color && !isComposite,
    });
  }

  async #updateHistogram() {
    const layers = this.shown?.layers ?? [];
    const layer = layers.find(({channel}) => channel === this.selected) ?? layers[0];
    const target = this.shown?.target;
    const bitmap = layer && target ? await this.#bitmap(this.#key(layer.number, target), target) : null;
    this.#counts = bitmap && histogram(bitmap, this.stack.color);
    this.#updateContrast();
    this.#read();
  }

  /** Put position and scale bar into the corners of what is seen of the picture. */
  #updateOverlays() {
    const {pixelSize, pixelUnit} = this.stack;
    const {left, top, right, bottom} = this.viewport.picture;
    Object.assign(this.stamp.style, {left: `${left + 8}px`, top: `${top + 6}px`, maxWidth: `${right - left - 16}px`});
    const {offsetWidth, offsetHeight} = this.root.querySelector(".stage");
    Object.assign(this.bar.element.style, {right: `${offsetWidth - right + 12}px`, bottom: `${offsetHeight - bottom + 10}px`});
    const perPixel = this.viewport.scale;
    const unit = pixelSize ? pixelUnit || "units" : "px";
    this.bar.update(pixelSize ? perPixel / pixelSize[1] : perPixel, unit, Math.min(160, (right - left) / 3));
  }

  #shadeSoon() {
    this.shadeTimer ??= setTimeout(() => {
      this.shadeTimer = null;
      const {position} = this.state;
      this.rows.forEach((row, d) => row.shade((index) => this.#isComplete(this.stack.at(position, d, index))));
    }, 120);
  }

  // ---- the readout

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
    const isInside = pointer && pointer[0] >= 0 && pointer[1] >= 0 && pointer[0] < stack.width && pointer[1] < stack.height;
    if (!isInside || !shown?.layers.length) {
      this.readout.textContent = "Point at the picture to read its values";
      return;
    }
    const [x, y] = pointer;
    const size = stack.pixelSize;
    const where = size ? [`${format(x * size[1])}, ${format(y * size[0])} ${stack.pixelUnit}`] : [];
    const values = shown.layers.map((layer) => this.#value(layer, shown.position, x, y));
    this.readout.replaceChildren(h("b", {}, `x ${x}, y ${y}`), ...[...where, ...values].map((text) => ` · ${text}`));
  }

  #value(layer, position, x, y) {
    const {stack} = this;
    const {target} = this.shown;
    const bitmap = target && this.decoder.bitmaps.get(this.#key(layer.number, target));
    if (!bitmap) return "…"; // it is decoded soon, for the histogram
    if (stack.isLarge) {
      const {crop, width, height} = target;
      x = Math.floor(((x - crop.x + 0.5) * width) / crop.width);
      y = Math.floor(((y - crop.y + 0.5) * height) / crop.height);
    }
    this.probe ??= new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
    this.probe.drawImage(bitmap, x, y, 1, 1, 0, 0, 1, 1);
    const [red, green, blue] = this.probe.getImageData(0, 0, 1, 1).data;
    if (stack.color) return `R ${red}  G ${green}  B ${blue}`;
    const at = stack.channelDim === null ? position : stack.at(position, stack.channelDim, layer.channel);
    const original = stack.original(at, red);
    const name = stack.channels.length > 1 ? `${stack.channels[layer.channel].name} ` : "value ";
    return `${name}${red}${original === null ? "" : ` (about ${original})`}`;
  }

  // ---- Python and the link

  /** Tell Python and the link of the state, not oftener than they can follow. */
  #report(isScrub = false) {
    if (this.#reportTimer) return;
    const wait = isScrub ? Math.max(0, this.#reported + REPORT_INTERVAL - performance.now()) : 300;
    this.#reportTimer = setTimeout(() => {
      this.#reportTimer = 0;
      if (this.#awaitsPython) return this.#report(true);
      this.#reported = performance.now();
      this.#awaitsPython = true;
      const {zoom, ...settings} = this.state;
      this.send({type: "state", settings});
      if (this.ownsUrl) this.#writeLink();
    }, wait);
  }

  #writeLink() {
    this.state.zoom = this.attached ? this.viewport.zoom : this.state.zoom;
    window.history.replaceState(window.history.state, "", link.write(this.state, this.stack));
  }

  /** A message from Python. */
  onMessage(message) {
    if (message.type === "frame") this.pull.receive(message);
    else if (message.type === "ack") this.#awaitsPython = false;
    else if (message.type === "settings") {
      this.player.stop();
      this.state = {...this.state, ...message.settings};
      this.selected = this.stack.channelOf(this.state.position);
      this.#update();
      this.#request();
    }
  }

  /** The connection to Python is gone; the view comes back with it, as the link keeps it. */
  onLost() {
    if (this.isLost) return;
    this.isLost = true;
    this.player.stop();
    if (this.ownsUrl) this.#writeLink();
    this.#say("The connection to the server is lost. Reconnecting …");
    const retry = async () => {
      try {
        const answer = await fetch(window.location.href, {cache: "no-store"});
        if (answer.ok && this.ownsUrl) return window.location.reload();
      } catch {
        // still away
      }
      setTimeout(retry, 1000);
    };
    setTimeout(retry, 1000);
  }
}

/** Finds the picture among what HoloViews drew. */
function pictureOf(figure) {
  return figure.renderers.find((renderer) => renderer.glyph?.type === "ImageRGBA");
}

export function render({model, view}) {
  const jpkl = new JPklView({
    description: model.description,
    settings: model.settings,
    colormaps: model.colormaps,
    ownsUrl: model.owns_url,
    send: (message) => model.send_msg(message),
  });
  model.on("msg:custom", (message) => jpkl.onMessage(message));
  jpkl.figureSlot.append(model.get_child("figure"));
  view.model.document.on_event("connection_lost", () => jpkl.onLost());
  const figure = view.model.data.figure;
  const attach = () => {
    const figureView = view.get_child_view(figure);
    if (figureView?.frame?.bbox?.width > 1) jpkl.attach(figureView, pictureOf(figure));
    else requestAnimationFrame(attach);
  };
  attach();
  jpkl.root.jpkl = jpkl; // for tests and measurements
  return jpkl.root;
}
