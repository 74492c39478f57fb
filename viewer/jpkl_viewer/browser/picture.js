// @ts-nocheck
// From a position to the screen: which frames it takes, when they are there, and how they are painted.

import {colorRamp, lookupTable, percentileLimits} from "./colors.js";
import {Decoder, decodeOnce, scaleFor} from "./decoder.js";
import {Planes, histogram} from "./planes.js";

/** Frames that stand for the whole stack in its histogram. */
const SAMPLE = 12;
/** States that wait for their frames; older ones are given up. */
const MOST_WAITING = 64;

/**
 * The picture of one stack in one figure.
 *
 * `onShown(shown, error)` is called for all that comes to the screen: `shown` tells position, sequence
 * number, layers, and the display of the channels. `onFrames()` is called when frames have come, and
 * `onProgress(done, total)` while a projection is computed.
 */
export class Picture {
  #state = null; // as of the last `show`
  #ahead = [];
  #waiting = []; // states whose frames have not come yet, oldest first
  #pending = null; // what to draw next
  #latest = null; // what was drawn last, or is being drawn
  #isDrawing = false;
  #sequence = 0;
  #prepareTimer = null;
  #probe = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});

  constructor({stack, colormaps, provider, onShown, onFrames, onProgress}) {
    this.stack = stack;
    this.colormaps = colormaps;
    this.provider = provider;
    this.onShown = onShown;
    this.onFrames = onFrames;
    this.decoder = new Decoder();
    this.planes = new Planes(stack.color);
    this.shown = null; // what is on the screen
    this.painter = null; // to be set before anything is shown: `Painter` or `CanvasPainter`
    provider.onFrame = () => this.#onFrame();
    provider.onProgress = onProgress;
  }

  /** Bring a state to the screen; `ahead` are the positions that likely come next. Returns its sequence number. */
  show(state, ahead = []) {
    this.#state = state;
    const {target} = this.painter;
    this.#waiting.push({state, sequence: ++this.#sequence});
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
    this.#ahead = ahead.flatMap((position) => this.#keys({...state, position}, target));
    this.provider.want(this.#keys(state, target), this.#ahead);
    this.#onFrame();
    return this.#sequence;
  }

  /** Paint again, as the figure shows another part of it: what is shown, or is about to be. */
  repaint() {
    if (this.#latest) this.#draw(this.#latest);
  }

  /** A function that tells whether the frames of a position are at hand. */
  readiness() {
    const {target} = this.painter;
    return (position) => this.#isReady({...this.#state, position}, target);
  }

  /** Counts of the values that are shown of a channel; null while there are none. */
  async histogram(channel) {
    const {layers = [], target} = this.shown ?? {};
    const layer = layers.find((other) => other.channel === channel) ?? layers[0];
    if (!layer || !target) return null;
    return histogram(await this.#bitmap(this.#key(layer.frame, target), target), this.stack.color);
  }

  /** The same for frames all over the stack; asks for those that are not at hand. */
  async sampleHistogram(channel) {
    const {target} = this.painter;
    if (!target) return null;
    const total = new Uint32Array(256);
    const keys = this.stack
      .sample(channel, SAMPLE)
      .map((position) => this.#key(this.stack.number(position), target));
    await this.provider.fetch(keys);
    for (const key of keys) {
      if (!this.provider.get(key)?.bytes) continue; // a damaged frame; the others still tell
      const counts = histogram(await this.#bitmap(key, target), this.stack.color);
      total.forEach((_, value) => (total[value] += counts[value]));
    }
    return total;
  }

  /** What the layers shown hold at a pixel: list of {channel, value: [red, green, blue] or null}. */
  valuesAt(x, y) {
    const {layers = [], target} = this.shown ?? {};
    return layers.map(({channel, frame}) => {
      const bitmap = target && this.decoder.bitmaps.get(this.#key(frame, target));
      return {channel, value: bitmap ? this.#read(bitmap, target, x, y) : null};
    });
  }

  /** How a channel is colored. */
  layer(channel, {composite, channels, colormap, invert}) {
    if (composite && this.stack.canCompose)
      return {channel, colors: colorRamp(channels[channel].color), invert: false};
    return {channel, colors: this.colormaps[colormap], invert};
  }

  /** The color of each of the 256 values under a display of a channel. */
  table({channel, colors, invert}, channels) {
    const {limits, gamma} = channels[channel];
    return lookupTable(colors, limits, gamma, invert);
  }

  #read(bitmap, {crop, width, height}, x, y) {
    if (this.stack.isLarge) {
      x = Math.floor(((x - crop.x + 0.5) * width) / crop.width);
      y = Math.floor(((y - crop.y + 0.5) * height) / crop.height);
    }
    this.#probe.drawImage(bitmap, x, y, 1, 1, 0, 0, 1, 1);
    return [...this.#probe.getImageData(0, 0, 1, 1).data].slice(0, 3);
  }

  /** Channels that make up the picture at a position, one or the visible ones of a composite, and where they are. */
  layersAt(position, state) {
    const {stack} = this;
    if (!(state.composite && stack.canCompose))
      return [{...this.layer(stack.channelOf(position), state), position}];
    return state.channels.flatMap(({visible}, channel) =>
      visible
        ? [{...this.layer(channel, state), position: stack.at(position, stack.channelDim, channel)}]
        : [],
    );
  }

  /** The same with what is asked for: the frame there, or its projection. */
  #layers(state) {
    const {stack} = this;
    const projection = stack.projectionOf(state);
    return this.layersAt(state.position, state).map((layer) => ({
      ...layer,
      frame: stack.frameKey(layer.position, projection),
    }));
  }

  /** What a frame is cached and asked for under: of a large one, the part on the screen. */
  #key(frame, target) {
    return this.stack.isLarge && target ? `${frame} ${target.key}` : frame;
  }

  #keys(state, target) {
    return this.#layers(state).map(({frame}) => this.#key(frame, target));
  }

  #isReady(state, target) {
    return this.#keys(state, target).every((key) => this.provider.has(key));
  }

  /** Draw the latest state that is complete and newer than what is shown. */
  #onFrame() {
    const {target} = this.painter;
    const newest = this.#waiting.findLastIndex(({state}) => this.#isReady(state, target));
    if (newest >= 0) this.#draw(this.#waiting.splice(0, newest + 1).at(-1));
    this.onFrames();
  }

  async #draw(entry) {
    this.#pending = this.#latest = entry;
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    try {
      while (this.#pending) {
        const next = this.#pending;
        this.#pending = null;
        await this.#paint(next);
      }
    } finally {
      this.#isDrawing = false; // whatever fails, the next frame is drawn
    }
    this.#prepareSoon();
  }

  async #paint({state, sequence}) {
    const layers = this.#layers(state);
    const {target} = this.painter;
    let {channels} = state;
    try {
      if (state.per_frame) channels = await this.#fitContrast(layers, channels, target);
      const planes = [];
      if (target)
        for (const {frame} of layers) planes.push(await this.#plane(this.#key(frame, target), target));
      if (this.#pending?.sequence > sequence) return; // a newer one is ready
      const painted = planes.map((plane, i) => ({plane, table: this.table(layers[i], channels)}));
      if (target) await this.painter.paint(painted, target);
      this.#finish({state, position: state.position, sequence, layers, target, channels}, null);
    } catch (error) {
      await this.painter.clear();
      this.#finish({state, position: state.position, sequence, layers: [], target: null, channels}, error);
    }
  }

  #finish(shown, error) {
    this.shown = shown;
    this.onShown(shown, error);
  }

  async #fitContrast(layers, old, target) {
    const channels = [...old];
    if (!target) return channels;
    for (const {channel, frame} of layers) {
      const bitmap = await this.#bitmap(this.#key(frame, target), target);
      const limits = percentileLimits(histogram(bitmap, this.stack.color));
      channels[channel] = {...channels[channel], limits};
    }
    return channels;
  }

  #planeKey(key, target) {
    return this.stack.isLarge ? key : `${key} ${target.key}`;
  }

  async #plane(key, target) {
    const known = this.planes.get(this.#planeKey(key, target));
    return known ?? (await this.#quickPlane(key, target)) ?? this.#fullPlane(key, target);
  }

  /** Without keeping the decoded frame; null where that is not to be had, or may differ in a last digit. */
  async #quickPlane(key, target) {
    const {crop, width, height} = target;
    const scale = scaleFor(crop, width, height);
    const bytes = this.provider.get(key)?.bytes;
    if (!bytes || this.stack.isLarge || this.decoder.bitmaps.has(key) || (scale === 1 && this.stack.color))
      return null;
    try {
      return await decodeOnce(bytes, this.stack, scale, (image, by) =>
        this.planes.make(this.#planeKey(key, target), image, crop, width, height, by),
      );
    } catch {
      return null; // decoding it as a bitmap says what is wrong with it
    }
  }

  async #fullPlane(key, target) {
    const bitmap = await this.#bitmap(key, target);
    const crop = this.stack.isLarge ? {x: 0, y: 0, width: target.width, height: target.height} : target.crop;
    return this.planes.make(this.#planeKey(key, target), bitmap, crop, target.width, target.height);
  }

  async #bitmap(key, target) {
    const {bytes, error} = this.provider.get(key) ?? {
      error: "it was dropped from the cache; move the slider",
    };
    const {width, height} = this.stack.isLarge ? target : this.stack;
    try {
      if (error !== undefined) throw new Error(error);
      return await this.decoder.decode(key, bytes, width, height);
    } catch (reason) {
      const isFrame = !String(key).includes("@");
      const what = isFrame ? `Frame ${this.stack.index(Number.parseInt(key, 10))}` : "This projection";
      // Python names the damaged frame itself: of a projection it is one of many.
      const isNamed = isFrame && reason.message.startsWith("frame (");
      const why = isNamed ? reason.message.slice(reason.message.indexOf(": ") + 2) : reason.message;
      throw new Error(`${what} cannot be shown: ${why}`, {cause: reason});
    }
  }

  /** While there is nothing to draw, make ready what likely comes next. */
  async #prepare() {
    const {target} = this.painter;
    const isReady = (key) =>
      !this.provider.get(key)?.bytes || this.planes.get(this.#planeKey(key, target)) !== undefined;
    const next = target && this.#ahead.find((key) => !isReady(key));
    if (next === undefined || next === null) return;
    try {
      await this.#plane(next, target);
    } catch {
      return; // it will be said when it is shown
    }
    this.#prepareSoon();
  }

  #prepareSoon() {
    this.#prepareTimer ??= setTimeout(() => {
      this.#prepareTimer = null;
      if (!this.#isDrawing) this.#prepare();
    }, 4);
  }
}
