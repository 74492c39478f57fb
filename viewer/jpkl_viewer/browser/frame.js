// @ts-nocheck
// How a frame comes to the screen: bytes -> decoded pixels -> colors -> the figure's image glyph.
//
// Nothing here knows of sliders, of Panel, or of where the bytes come from (`providers.js`). Everything is
// pure, or owns one thing: `ByteCache` values, `Planes` pixels, `Painter` a glyph.

/** Least recently used values, at most `maxBytes` of them by the sizes they were put in with. */
export class ByteCache {
  #entries = new Map(); // insertion order is order of use

  constructor(maxBytes) {
    this.maxBytes = maxBytes;
    this.bytes = 0;
  }

  has(key) {
    return this.#entries.has(key);
  }

  get(key) {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  put(key, value, size) {
    this.drop(key);
    this.#entries.set(key, {value, size});
    this.bytes += size;
    // What was put in last stays even if it is larger than the budget: it is about to be shown.
    while (this.bytes > this.maxBytes && this.#entries.size > 1) this.drop(this.#entries.keys().next().value);
  }

  drop(key) {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.bytes -= entry.size;
  }
}

/** A part of a cache: its keys are its own, the budget is that of all parts together. */
export class Share {
  static #count = 0;
  #cache;
  #prefix = `${Share.#count++} `;

  constructor(cache) {
    this.#cache = cache;
  }

  has(key) {
    return this.#cache.has(this.#prefix + key);
  }

  get(key) {
    return this.#cache.get(this.#prefix + key);
  }

  put(key, value, size) {
    this.#cache.put(this.#prefix + key, value, size);
  }
}

/** What all pictures of a page keep: a report of many stacks takes no more memory than one of few. */
const PLANES = new ByteCache(128 * 2 ** 20);

/**
 * The color of each pixel value, as little-endian RGBA.
 * @param {Uint8Array} colors 256 times red, green, blue
 */
export function lookupTable(colors, [low, high], gamma = 1, invert = false) {
  const table = new Uint32Array(256);
  for (let value = 0; value < 256; value++) {
    const fraction = Math.min(1, Math.max(0, (value - low) / Math.max(high - low, 1e-9))) ** gamma;
    const step = Math.min(255, Math.floor(fraction * 256));
    const at = 3 * (invert ? 255 - step : step);
    table[value] = (0xff000000 | (colors[at + 2] << 16) | (colors[at + 1] << 8) | colors[at]) >>> 0;
  }
  return table;
}

/** From black to a color `#rrggbb`: 256 times red, green, blue. */
export function colorRamp(color) {
  const rgb = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  return Uint8Array.from({length: 768}, (_, i) => Math.floor((Math.floor(i / 3) * rgb[i % 3] + 127) / 255));
}

/** Adds what `table` makes of gray values to `out`. */
function addGray(out, pixels, table, isFirst) {
  const n = out.length;
  if (isFirst) {
    for (let i = 0; i < n; i++) out[i] = table[pixels[i]];
    return;
  }
  for (let i = 0; i < n; i++) {
    const a = out[i];
    const b = table[pixels[i]];
    const red = Math.min(255, (a & 255) + (b & 255));
    const green = Math.min(255, ((a >> 8) & 255) + ((b >> 8) & 255));
    const blue = Math.min(255, ((a >> 16) & 255) + ((b >> 16) & 255));
    out[i] = (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
  }
}

/** Applies a table to red, green and blue each. */
function mapColor(out, pixels, table) {
  if (table.every((color, value) => (color & 255) === value)) return out.set(pixels);
  for (let i = 0; i < out.length; i++) {
    const p = pixels[i];
    out[i] =
      ((table[p & 255] & 0xff) |
        (table[(p >> 8) & 255] & 0xff00) |
        (table[(p >> 16) & 255] & 0xff0000) |
        0xff000000) >>>
      0;
  }
}

/**
 * Layers added up: colors as little-endian RGBA.
 * @param layers list of {plane, table}; none makes black
 */
export function compose(layers, n, isColor) {
  const out = new Uint32Array(n);
  if (!layers.length) out.fill(0xff000000);
  layers.forEach(({plane, table}, i) => {
    if (isColor) mapColor(out, plane, table);
    else addGray(out, plane, table, i === 0);
  });
  return out;
}

/**
 * What Python has put together of pixel values, in colors, as a canvas.
 * @param pictures one {height, width, data} for each of the layers
 */
export function colorPictures(pictures, layers, picture, state) {
  const [{width, height}] = pictures;
  const {color} = picture.stack;
  const planes = pictures.map(({data}, i) => ({
    plane: color ? fromRgb(new Uint8Array(data)) : new Uint8Array(data),
    table: picture.table(picture.layer(layers[i].channel, state), state.channels),
  }));
  return toCanvas(compose(planes, width * height, color), width, height);
}

/** Colors (little-endian RGBA) as a canvas. */
export function toCanvas(colors, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const data = new ImageData(new Uint8ClampedArray(colors.buffer), width, height);
  canvas.getContext("2d").putImageData(data, 0, 0);
  return canvas;
}

/** Red, green, blue, one byte each, as little-endian RGBA. */
function fromRgb(bytes) {
  return Uint32Array.from({length: bytes.length / 3}, (_, i) => {
    const [red, green, blue] = bytes.subarray(3 * i, 3 * i + 3);
    return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
  });
}

/** The part of a frame inside ranges of x and y, in whole pixels; null where they do not meet. */
export function visibleCrop(frame, [left, right], [top, bottom]) {
  const x0 = Math.max(0, Math.floor(left + 0.5));
  const y0 = Math.max(0, Math.floor(top + 0.5));
  const x1 = Math.min(frame.width, Math.ceil(right + 0.5));
  const y1 = Math.min(frame.height, Math.ceil(bottom + 0.5));
  return x1 > x0 && y1 > y0 ? {x: x0, y: y0, width: x1 - x0, height: y1 - y0} : null;
}

/** What to paint of a frame in a box on the screen that shows ranges of x and y; null if none of it. */
export function targetOf(frame, [xs, ys], box) {
  const crop = visibleCrop(frame, [xs.min, xs.max], [ys.min, ys.max]);
  if (crop === null) return null;
  // Never more pixels than the frame has: they are repeated on the screen when zoomed in.
  const ratio = window.devicePixelRatio;
  const scaled = (length, shown, screen) => Math.round((length * screen * ratio) / shown);
  const width = Math.max(1, Math.min(crop.width, scaled(crop.width, xs.max - xs.min, box.width)));
  const height = Math.max(1, Math.min(crop.height, scaled(crop.height, ys.max - ys.min, box.height)));
  return {crop, width, height, key: [crop.x, crop.y, crop.width, crop.height, width, height].join(" ")};
}

/**
 * Pixels of frames as the screen needs them: cropped to the view, scaled down to the screen's pixels.
 * They are kept, so that coming back to a frame, or changing its contrast, decodes and scales nothing.
 */
export class Planes {
  #context = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});

  #kept = new Share(PLANES);

  constructor(isColor) {
    this.isColor = isColor;
  }

  get(key) {
    return this.#kept.get(key);
  }

  /**
   * Gray values (one byte each), or colors as little-endian RGBA.
   * @param image a bitmap, or a video frame at 1 / `scale` of the size
   */
  make(key, image, crop, width, height, scale = 1) {
    const context = this.#context;
    if (context.canvas.width !== width || context.canvas.height !== height) {
      Object.assign(context.canvas, {width, height});
    }
    const [x, y, w, h] = [crop.x, crop.y, crop.width, crop.height].map((length) => length / scale);
    context.imageSmoothingEnabled = width < w || height < h;
    // Bilinear reads two by two pixels: enough down to half the size, where "medium" costs half as much again.
    context.imageSmoothingQuality = 2 * width > w ? "low" : "medium";
    context.drawImage(image, x, y, w, h, 0, 0, width, height);
    const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
    const plane = this.isColor ? pixels : new Uint8Array(pixels); // keeps the low bytes, which are red
    this.#kept.put(key, plane, plane.byteLength);
    return plane;
  }
}

/** After so many ms a figure that has passed over a repaint is asked again. */
const RETRY = 50;

/** Paints into the image glyph of a Bokeh figure. */
export class Painter {
  painted = null; // {layers, target} of what was painted last
  #array; // Bokeh's own class of 2-D uint32 arrays

  constructor(figureView, renderer, frame) {
    this.view = figureView;
    this.glyphView = figureView.renderer_views.get(renderer);
    this.source = renderer.data_source;
    this.frame = frame;
    this.#array = this.source.data.image[0].constructor;
    // What is painted never leaves the browser: hosts pass over `{sync: false}`, and an echo from Python would
    // be painted over what came since.
    this.source.properties.data.internal = true;
  }

  /** Which part of a frame the figure shows, and with how many pixels; null if none of it. */
  get target() {
    const {x_range, y_range} = this.view.model;
    return targetOf(this.frame, [x_range, y_range], this.view.frame.bbox);
  }

  /** Paint layers that are added up, as `compose` takes them; resolves when they are on the canvas. */
  async paint(layers, target) {
    const {crop, width, height} = target;
    this.painted = {layers, target};
    await this.#show(compose(layers, width * height, this.frame.color), crop, width, height);
  }

  /** Paint nothing: the place of a frame that cannot be shown. */
  async clear() {
    this.painted = null;
    await this.#show(
      new Uint32Array(1),
      {x: 0, y: 0, width: this.frame.width, height: this.frame.height},
      1,
      1,
    );
  }

  async #show(pixels, crop, width, height) {
    // HoloViews' glyph has its origin at the lower edge of data, and row 0 is the lowest y.
    const data = {
      image: [new this.#array(pixels.buffer, [height, width])],
      x: [crop.x - 0.5],
      y: [crop.y - 0.5],
      dw: [crop.width],
      dh: [crop.height],
    };
    // Left to itself, Bokeh would paint the change in the next animation frame. The glyph takes the data
    // over asynchronously, though without waiting for anything.
    this.view.pause();
    this.source.setv({data}, {sync: false});
    await this.glyphView.ready;
    this.view.unpause(true);
    await this.#repaint();
  }

  /** Have Bokeh paint; resolves when it has. While the figure is held or hidden, it is asked again and again. */
  async #repaint() {
    let isDone = false;
    const note = () => (isDone = true);
    this.view.repainted.connect(note);
    this.view.repaint();
    while (!isDone && !this.view.is_destroyed) {
      await new Promise((next) => setTimeout(next, RETRY));
      this.view.request_repaint();
    }
    this.view.repainted.disconnect(note);
  }
}

/** Counts of the 256 values in a frame, from at most some 65,000 of its pixels. */
export function histogram(bitmap, isColor) {
  const scale = Math.min(1, 256 / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const context = new OffscreenCanvas(width, height).getContext("2d", {willReadFrequently: true});
  context.imageSmoothingEnabled = false; // means would hide the extremes
  context.drawImage(bitmap, 0, 0, width, height);
  const {data} = context.getImageData(0, 0, width, height);
  const counts = new Uint32Array(256);
  for (let i = 0; i < data.length; i += 4) {
    counts[data[i]]++;
    if (isColor) {
      counts[data[i + 1]]++;
      counts[data[i + 2]]++;
    }
  }
  return counts;
}

/** Contrast limits between two percentiles of a histogram. */
export function percentileLimits(counts, low = 0.35, high = 99.65) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const reach = (percent) => {
    let sum = 0;
    for (let value = 0; value < 256; value++) {
      sum += counts[value];
      if (sum > 0 && sum >= (percent / 100) * total) return value;
    }
    return 255;
  };
  const [first, last] = [reach(low), reach(high)];
  return last > first ? [first, last] : [Math.max(0, first - 1), Math.min(255, first + 1)];
}
