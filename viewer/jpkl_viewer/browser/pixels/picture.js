// From a position to the screen: which frames it takes, when they are there, and how they are painted.

import {autoLimits} from "./auto_limits.js";
import {Decoder, decodeOnce, scaleFor} from "./decoder.js";
import {decodeJpeg, loadJpeg} from "./jpeg/jpeg.js";
import {parseKey, partKey} from "../state/keys.js";
import {Planes, histogram} from "./planes.js";
import {layersAt, lookOf, paletteOf, lutOf} from "../state/resolve.js";

/** @typedef {import("../types.js").ChannelDisplay} ChannelDisplay */
/** @typedef {import("../types.js").FrameKey} FrameKey */
/** @typedef {import("../types.js").FrameLayer} FrameLayer */
/** @typedef {import("../types.js").Shown} Shown */
/** @typedef {import("../types.js").State} State */
/** @typedef {import("../types.js").Target} Target */

/**
 * A state that is to be shown, or was; of large frames with the part that has come, whatever is seen by now.
 * @typedef {{state: State, sequence: number, target?: Target | null}} Entry
 */

/**
 * @typedef {object} PictureOptions
 * @property {import("../state/stack.js").Stack} stack
 * @property {Record<string, Uint8Array>} colormaps 256 times red, green, blue
 * @property {import("../types.js").Provider} provider
 * @property {import("./auto.js").AutoContrast | null} [auto] which channels get new automatic limits
 * @property {(shown: Shown, error: Error | null) => void} onShown called for all that comes to the screen
 * @property {() => void} onFrames called when frames have come
 * @property {(done: number, total: number) => void} onProgress called while a projection is computed
 */

/** Frames that stand for the whole stack in its histogram. */
const SAMPLE = 12;
/** States that wait for their frames; older ones are given up. */
const MOST_WAITING = 64;

/** The picture of one stack in one figure. */
export class Picture {
  /** As of the last `show`. @type {State | null} */
  #state = null;
  /** @type {FrameKey[]} */
  #ahead = [];
  /** States whose frames have not come yet, oldest first. @type {Entry[]} */
  #waiting = [];
  /** What to draw next. @type {Entry | null} */
  #pending = null;
  /** What was drawn last, or is being drawn. @type {Entry | null} */
  #latest = null;
  #isDrawing = false;
  #sequence = 0;
  #isPreparing = false;
  /** What is on the screen. @type {Shown | null} */
  shown = null;
  /** To be set before anything is shown. @type {import("../types.js").PicturePainter | null} */
  painter = null;

  /** @param {PictureOptions} options */
  constructor({stack, colormaps, provider, auto = null, onShown, onFrames, onProgress}) {
    this.stack = stack;
    this.colormaps = colormaps;
    this.provider = provider;
    this.auto = auto;
    this.onShown = onShown;
    this.onFrames = onFrames;
    this.decoder = new Decoder();
    this.planes = new Planes(stack.color);
    loadJpeg();
    provider.onFrame = () => this.#onFrame();
    provider.onProgress = onProgress;
  }

  /** What is to be painted of a frame. */
  get target() {
    if (this.painter === null) throw new Error("the picture has no painter yet");
    return this.painter.target;
  }

  /**
   * Bring a state to the screen.
   * @param {State} state
   * @param {number[][]} ahead positions that likely come next
   * @param {import("../types.js").Pace} [pace] at which they do
   * @returns {number} its sequence number
   */
  show(state, ahead = [], pace = undefined) {
    this.#state = state;
    const {target} = this;
    this.#waiting.push({state, sequence: ++this.#sequence});
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
    this.#ahead = ahead.flatMap((position) => this.#keys({...state, position}, target));
    this.provider.want(this.#keys(state, target), this.#ahead, pace);
    this.#onFrame();
    return this.#sequence;
  }

  /**
   * Paint again, as the figure shows another part of it: what is shown, or is about to be. Of a large frame that part has
   * to come first.
   */
  repaint() {
    if (this.#state && this.stack.isLarge) this.show(this.#state);
    else if (this.#latest) this.#draw(this.#latest);
  }

  /**
   * A function that says whether the frames of a position are at hand.
   * @returns {(position: number[]) => boolean}
   */
  readiness() {
    const {target} = this;
    const state = this.#state;
    return (position) => state !== null && this.#isReady({...state, position}, target);
  }

  /**
   * Counts of the values that are shown of a channel; null while there are none.
   * @param {number} channel
   * @returns {Promise<Uint32Array | null>}
   */
  async histogram(channel) {
    const {layers = [], target} = this.shown ?? {};
    const layer = layers.find((other) => other.channel === channel);
    if (!layer || !target) return null; // what is shown may be of another channel yet
    return histogram(await this.#bitmap(this.#key(layer.frame, target), target), this.stack.color);
  }

  /**
   * The same for frames all over the stack; asks for those that are not at hand.
   * @param {number} channel
   * @returns {Promise<{counts: Uint32Array, isWhole: boolean} | null>} whether all of them count
   */
  async sampleHistogram(channel) {
    const {target} = this;
    if (!target) return null;
    const total = new Uint32Array(256);
    let isWhole = true;
    for (const position of this.stack.sample(channel, SAMPLE)) {
      const key = this.#key(this.stack.number(position), target);
      await this.provider.fetch([key]); // one by one: there may not be room for all
      if (this.provider.get(key)?.bytes) {
        const counts = histogram(await this.#bitmap(key, target), this.stack.color);
        counts.forEach((count, value) => (total[value] += count));
      } else isWhole = false; // a damaged frame; the others still count
    }
    return {counts: total, isWhole};
  }

  /**
   * The decoded frame of a layer that is shown, or its part on the screen; undefined while it is not decoded.
   * @param {FrameLayer} layer
   */
  bitmapOf({frame}) {
    const {target} = this.shown ?? {};
    return target ? this.decoder.bitmaps.get(this.#key(frame, target)) : undefined;
  }

  /**
   * Have that of a layer decoded.
   * @param {FrameLayer} layer
   */
  async decodeLayer({frame}) {
    const {target} = this.shown ?? {};
    if (target) await this.#bitmap(this.#key(frame, target), target);
  }

  /**
   * The color of each of the 256 values of a channel.
   * @param {number} channel
   * @param {State} state
   */
  lut(channel, state) {
    return lutOf(lookOf(channel, state, this.stack, this.colormaps));
  }

  /**
   * 256 colors from the lower to the upper contrast limit of a channel.
   * @param {number} channel
   * @param {State} state
   */
  palette(channel, state) {
    return paletteOf(lookOf(channel, state, this.stack, this.colormaps));
  }

  /**
   * Channels that make up the picture at a position, one or the visible ones of a composite, and where they are.
   * @param {number[]} position
   * @param {State} state
   */
  layersAt(position, state) {
    return layersAt(position, state, this.stack);
  }

  /**
   * The same with what is asked for: the frame there, or its projection.
   * @param {State} state
   * @returns {FrameLayer[]}
   */
  #layers(state) {
    const {stack} = this;
    const projection = stack.projectionOf(state);
    return this.layersAt(state.position, state).map((layer) => ({
      ...layer,
      frame: stack.frameKey(layer.position, projection),
    }));
  }

  /**
   * What a frame is cached and asked for under: of a large one, the part on the screen.
   * @param {FrameKey} frame
   * @param {Target | null} target
   * @returns {FrameKey}
   */
  #key(frame, target) {
    return this.stack.isLarge && target ? partKey(frame, target.key) : frame;
  }

  /**
   * @param {State} state
   * @param {Target | null} target
   */
  #keys(state, target) {
    return this.#layers(state).map(({frame}) => this.#key(frame, target));
  }

  /**
   * @param {State} state
   * @param {Target | null} target
   */
  #isReady(state, target) {
    return this.#keys(state, target).every((key) => this.provider.has(key));
  }

  /** Draw the latest state that is complete and newer than what is shown. */
  #onFrame() {
    const {target} = this;
    const newest = this.#waiting.findLastIndex(({state}) => this.#isReady(state, target));
    if (newest >= 0) {
      const entry = this.#waiting.splice(0, newest + 1)[newest];
      this.#draw(this.stack.isLarge ? {...entry, target} : entry);
    }
    this.onFrames();
  }

  /** @param {Entry} entry */
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

  /** @param {Entry} entry */
  async #paint({state, sequence, target = this.target}) {
    const layers = this.#layers(state);
    const {position} = state;
    let {channels} = state;
    /** @type {FrameLayer[]} */
    let due = [];
    try {
      if (target) due = this.#due(layers, state);
      if (target && due.length) channels = await this.#fitContrast(due, channels, target);
      const planes = [];
      if (target)
        for (const {frame} of layers) planes.push(await this.#plane(this.#key(frame, target), target));
      if (this.#pending && this.#pending.sequence > sequence) return this.#putOff(due); // a newer one is ready
      const painted = planes.map((plane, i) => ({
        plane,
        lut: this.lut(layers[i].channel, {...state, channels}),
      }));
      if (target) await this.painter?.paint(painted, target);
      this.#finish({state, position, sequence, layers, target, channels}, null);
    } catch (error) {
      this.#putOff(due);
      await this.painter?.clear();
      this.#finish(
        {state, position, sequence, layers: [], target: null, channels},
        error instanceof Error ? error : new Error(String(error)),
      );
    }
  }

  /**
   * @param {Shown} shown
   * @param {Error | null} error
   */
  #finish(shown, error) {
    this.shown = shown;
    this.onShown(shown, error);
  }

  /**
   * Layers that get automatic contrast limits.
   * @param {FrameLayer[]} layers
   * @param {State} state
   */
  #due(layers, state) {
    if (state.per_frame) return layers;
    const due = this.auto?.take(
      layers.map(({channel}) => channel),
      state,
    );
    return due?.length ? layers.filter(({channel}) => due.includes(channel)) : [];
  }

  /**
   * Leave automatic limits to the next picture, as this one does not come to the screen.
   * @param {FrameLayer[]} layers
   */
  #putOff(layers) {
    this.auto?.ask(layers.map(({channel}) => channel));
  }

  /**
   * Displays of the channels with the automatic contrast of these layers.
   * @param {FrameLayer[]} layers
   * @param {ChannelDisplay[]} old
   * @param {Target} target
   */
  async #fitContrast(layers, old, target) {
    const channels = [...old];
    for (const {channel, frame} of layers) {
      const bitmap = await this.#bitmap(this.#key(frame, target), target);
      const limits = autoLimits(histogram(bitmap, this.stack.color));
      channels[channel] = {...channels[channel], limits};
    }
    return channels;
  }

  /**
   * @param {FrameKey} key
   * @param {Target} target
   */
  #planeKey(key, target) {
    return this.stack.isLarge ? key : partKey(key, target.key);
  }

  /**
   * The pixels that are painted of a frame.
   * @param {FrameKey} key
   * @param {Target} target
   */
  async #plane(key, target) {
    const known = this.planes.get(this.#planeKey(key, target));
    if (known) return known;
    const {bytes, isPixels} = this.provider.get(key) ?? {};
    const quick =
      bytes && !isPixels
        ? (this.#decodedPlane(key, bytes, target) ?? (await this.#quickPlane(key, bytes, target)))
        : null;
    return quick ?? this.#fullPlane(key, target);
  }

  /** What is decoded of a frame: of a large one, the part that was sent. @param {Target} target */
  #decodedPart({crop, width, height}) {
    const {stack} = this;
    if (!stack.isLarge) return {frame: stack, crop};
    return {frame: {width, height, color: stack.color}, crop: {x: 0, y: 0, width, height}};
  }

  /**
   * At once, from the bytes to what is painted; null where that is not to be had.
   * @param {FrameKey} key
   * @param {Uint8Array} bytes
   * @param {Target} target
   */
  #decodedPlane(key, bytes, target) {
    const {frame, crop} = this.#decodedPart(target);
    const {width, height} = target;
    const pixels = decodeJpeg(bytes, frame, crop, width, height, scaleFor(crop, width, height));
    if (pixels === null) return null;
    return this.planes.keep(
      this.#planeKey(key, target),
      frame.color ? new Uint32Array(pixels.buffer) : pixels,
    );
  }

  /**
   * By the browser, without keeping the decoded frame; null where that is not to be had, or may differ in a last digit.
   * @param {FrameKey} key
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @param {Target} target
   */
  async #quickPlane(key, bytes, target) {
    const {crop, width, height} = target;
    const scale = scaleFor(crop, width, height);
    const {stack} = this;
    if (stack.isLarge || this.decoder.bitmaps.has(key) || (scale === 1 && stack.color)) return null;
    try {
      return await decodeOnce(bytes, stack, scale, (image, by) =>
        this.planes.make(this.#planeKey(key, target), image, crop, width, height, by),
      );
    } catch {
      return null; // decoding it as a bitmap says what is wrong with it
    }
  }

  /**
   * @param {FrameKey} key
   * @param {Target} target
   */
  async #fullPlane(key, target) {
    const bitmap = await this.#bitmap(key, target);
    const {crop} = this.#decodedPart(target);
    return this.planes.make(this.#planeKey(key, target), bitmap, crop, target.width, target.height);
  }

  /**
   * @param {FrameKey} key
   * @param {Target} target
   */
  async #bitmap(key, target) {
    const {bytes, error, isPixels} = this.provider.get(key) ?? {
      error: "it was dropped from the cache; move the slider",
    };
    const {width, height} = this.stack.isLarge ? target : this.stack;
    try {
      if (!bytes) throw new Error(error);
      return await this.decoder.decode(key, bytes, width, height, isPixels);
    } catch (reason) {
      throw new Error(this.#explain(key, reason instanceof Error ? reason.message : String(reason)), {
        cause: reason,
      });
    }
  }

  /**
   * What is said of a picture that cannot be shown.
   * @param {FrameKey} key
   * @param {string} reason
   */
  #explain(key, reason) {
    const {number, projection} = parseKey(key);
    if (projection) return `This projection cannot be shown: ${reason}`;
    // Python names the damaged frame itself: of a projection it is one of many.
    const why = reason.startsWith("frame (") ? reason.slice(reason.indexOf(": ") + 2) : reason;
    return `Frame ${this.stack.index(number)} cannot be shown: ${why}`;
  }

  /** While there is nothing to draw, make ready what likely comes next. */
  async #prepare() {
    const {target} = this;
    if (target === null) return;
    const next = this.#ahead.find(
      (key) => this.provider.get(key)?.bytes && !this.planes.get(this.#planeKey(key, target)),
    );
    if (next === undefined) return;
    try {
      await this.#plane(next, target);
    } catch {
      return; // it will be said when it is shown
    }
    this.#prepareSoon();
  }

  #prepareSoon() {
    if (this.#isPreparing) return;
    this.#isPreparing = true;
    setTimeout(() => {
      this.#isPreparing = false;
      // A frame that is awaited would wait longer, behind one that may never be shown.
      if (!this.#isDrawing && !this.#waiting.length) this.#prepare();
    }, 4);
  }
}
