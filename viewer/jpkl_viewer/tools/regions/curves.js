// What Python measures of regions along a dim: asked for once, kept while it holds.

/**
 * @typedef {import("../../browser/frames/asks.js").Asks} Asks
 * @typedef {import("../../browser/state/stack.js").Stack} Stack
 * @typedef {import("./shapes.js").PlainRoi} PlainRoi
 */

/** One value per frame, or red, green and blue. @typedef {(number | number[])[]} Values */

/**
 * A part of a curve as Python answers it (`answer_measure`), or why it cannot be measured.
 * @typedef {object} CurvePart
 * @property {number[]} [indices] the frames that are new, along the dim
 * @property {Values} [mean] one for each of the frames
 * @property {Values} [min]
 * @property {Values} [max]
 * @property {number} [pixels] how many it takes
 * @property {boolean} [clipped] whether part of it lies outside of the frame
 * @property {boolean} [original] whether the values are intensities, not pixel values
 * @property {string} [caveat] how far they can be trusted
 * @property {string} [failed] why there are none, or no more of them
 */

/**
 * @typedef {object} CurveHandlers
 * @property {() => void} onChange called when a curve has grown
 * @property {(done: number, total: number) => void} onProgress called before, while nothing has come
 * @property {(error: string) => void} onError
 */

/** A curve as far as it is known: unknown values are NaN. One array per color of RGB, else a single one. */
export class Curve {
  isComplete = false;
  /** Number of answers. */
  received = 0;
  /** @type {Float64Array[]} */
  mean = [];
  /** @type {Float64Array[]} */
  min = [];
  /** @type {Float64Array[]} */
  max = [];
  /** @type {CurvePart["pixels"]} */
  pixels;
  /** @type {CurvePart["clipped"]} */
  clipped;
  /** @type {CurvePart["original"]} */
  original;
  /** @type {CurvePart["caveat"]} */
  caveat;
  /** @type {CurvePart["failed"]} */
  failed;

  /**
   * @param {string} key of what was asked for
   * @param {number} n number of frames
   */
  constructor(key, n) {
    this.key = key;
    this.n = n;
  }

  /** @param {CurvePart} part */
  add({indices = [], mean = [], min = [], max = [], ...about}) {
    Object.assign(this, about);
    this.received++;
    this.#fill(this.mean, indices, mean);
    this.#fill(this.min, indices, min);
    this.#fill(this.max, indices, max);
  }

  /**
   * @param {Float64Array[]} known
   * @param {number[]} indices
   * @param {Values} values
   */
  #fill(known, indices, values) {
    indices.forEach((index, i) =>
      [values[i]].flat().forEach((value, sample) => {
        known[sample] ??= new Float64Array(this.n).fill(NaN);
        known[sample][index] = value;
      }),
    );
  }
}

/** Points as texts: a scrub compares them, and there may be many. @type {WeakMap<object, string>} */
const TEXTS = new WeakMap();

/** @param {import("./shapes.js").Point[]} points */
function textOf(points) {
  const text = TEXTS.get(points) ?? JSON.stringify(points);
  TEXTS.set(points, text);
  return text;
}

/** What Python measures at the moment. */
class Measurement {
  /**
   * @param {Map<string, string>} keys of the curves, by the names of their regions
   * @param {number} n number of frames
   */
  constructor(keys, n) {
    this.keys = keys;
    this.n = n;
    /** Regions of which nothing has come. */
    this.silent = new Set(keys.keys());
  }
}

/** A region, and where it is measured if that is not where the others are. @typedef {PlainRoi & {position?: number[]}} Measured */

/** The curves of all regions. */
export class Curves {
  /** @type {Map<string, Curve>} by the name of the region */
  #curves = new Map();
  /** @type {Map<string, string>} what is wanted: name -> key */
  #keys = new Map();
  /** @type {Measurement | null} */
  #running = null;
  /** @type {{rois: Measured[], position: number[], dim: number | null}} what is wanted */
  #request = {rois: [], position: [], dim: 0};

  /**
   * @param {Asks} asks
   * @param {Stack} stack
   * @param {CurveHandlers} handlers
   */
  constructor(asks, stack, handlers) {
    this.asks = asks;
    this.stack = stack;
    this.handlers = handlers;
  }

  /**
   * The curve of a region, maybe an old one: see `isCurrent`.
   * @param {string} name
   */
  get(name) {
    return this.#curves.get(name);
  }

  /**
   * Whether what is known of a region is of its shape and position as they are now.
   * @param {string} name
   */
  isCurrent(name) {
    return this.#curves.get(name)?.key === this.#keys.get(name);
  }

  /**
   * The curve of a region as it is now; undefined while nothing has come of it.
   * @param {string} name
   */
  current(name) {
    return this.isCurrent(name) ? this.get(name) : undefined;
  }

  /**
   * Have the curves of regions at a position along a dim; where they are known, nothing is asked. Without a dim (null)
   * they have the one frame.
   * @param {Measured[]} rois
   * @param {number[]} position
   * @param {number | null} dim
   */
  want(rois, position, dim) {
    /** @param {Measured} roi */
    const keyOf = ({shape, points, position: own = position}) => {
      const at = own.map((index, d) => (d === dim ? null : index)); // along the dim, it does not matter
      return `${JSON.stringify([shape, dim, at])}${textOf(points)}`;
    };
    this.#keys = new Map(rois.map((roi) => [roi.name, keyOf(roi)]));
    this.#request = {rois, position, dim};
    for (const name of [...this.#curves.keys()]) if (!this.#keys.has(name)) this.#curves.delete(name);
    this.#askOn();
  }

  /** Ask for what is missing. What runs comes to its first points before: a drag shows something on its way. */
  #askOn() {
    const {rois, position, dim} = this.#request;
    const missing = rois.filter(({name}) => !this.current(name)?.isComplete);
    if (!missing.length) {
      if (this.#running) this.asks.cancel("measure");
      this.#running = null;
      return;
    }
    if (missing.every(({name}) => this.#running?.keys.get(name) === this.#keys.get(name))) return;
    if (this.#running?.silent.size) return;
    const keys = missing.map(({name}) => /** @type {[string, string]} */ ([name, this.#keys.get(name)]));
    const running = new Measurement(new Map(keys), dim === null ? 1 : this.stack.sizes[dim]);
    this.#running = running;
    const plain = missing.map(({name, shape, points, position: own}) => ({
      name,
      shape,
      points,
      ...(own && {position: own}),
    }));
    const request = {what: "measure", rois: plain, position, dim};
    this.asks.ask("measure", request, {
      replace: true,
      onAnswer: (answer) => this.#take(running, answer),
      onDone: () => this.#end(running),
      onError: (error) => {
        // Nothing more comes of any: asked for again, they would fail again.
        for (const [name, key] of running.keys) this.#add(name, key, running.n, {failed: error});
        this.#end(running);
        this.handlers.onError(error);
      },
      onProgress: this.handlers.onProgress,
    });
  }

  /**
   * @param {Measurement} running
   * @param {{name: string} & CurvePart} answer
   */
  #take(running, {name, ...part}) {
    const key = running.keys.get(name);
    running.silent.delete(name);
    if (key !== undefined) this.#add(name, key, running.n, part);
    this.#askOn();
    this.handlers.onChange();
  }

  /**
   * Add a part to the curve of a region, unless that is gone.
   * @param {string} name
   * @param {string} key
   * @param {number} n number of frames
   * @param {CurvePart} part
   */
  #add(name, key, n, part) {
    if (!this.#keys.has(name)) return;
    let curve = this.#curves.get(name);
    if (curve?.key !== key) this.#curves.set(name, (curve = new Curve(key, n)));
    curve.add(part);
  }

  /** @param {Measurement} running */
  #end({keys}) {
    this.#running = null;
    for (const [name, key] of keys) {
      const curve = this.#curves.get(name);
      if (curve?.key === key) curve.isComplete = true;
    }
    this.#askOn();
    this.handlers.onChange();
  }
}
