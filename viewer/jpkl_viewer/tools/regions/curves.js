// @ts-nocheck
// What Python measures of regions along a dim: asked for once, kept while it holds.

/** A curve as far as it is known: unknown values are NaN. One array per color of RGB, else a single one. */
class Curve {
  isComplete = false;
  received = 0; // number of answers

  constructor(key, n) {
    this.key = key;
    this.n = n;
    this.mean = [];
    this.min = [];
    this.max = [];
  }

  add({indices = [], mean, min, max, ...about}) {
    Object.assign(this, about);
    this.received++;
    for (const [known, values] of [
      [this.mean, mean],
      [this.min, min],
      [this.max, max],
    ]) {
      indices.forEach((index, i) =>
        [values[i]].flat().forEach((value, sample) => {
          known[sample] ??= new Float64Array(this.n).fill(NaN);
          known[sample][index] = value;
        }),
      );
    }
  }
}

/** The curves of all regions. `onChange()` is called when one has grown, `onProgress(done, total)` before. */
export class Curves {
  #curves = new Map(); // name -> Curve
  #keys = new Map(); // name -> key of what is wanted
  #running = null; // {keys: name -> key, silent: names that have not answered}
  #request = null; // what is wanted: {rois, position, dim}

  constructor(view, {onChange, onProgress, onError}) {
    this.view = view;
    this.handlers = {onChange, onProgress, onError};
  }

  /** The curve of a region, maybe an old one: see `isCurrent`. */
  get(name) {
    return this.#curves.get(name);
  }

  /** Whether a curve is that of the region and position as they are now. */
  isCurrent(name) {
    return this.#curves.get(name)?.key === this.#keys.get(name);
  }

  /** Have the curves of regions ({name, shape, points}) at a position along a dim; where they are known, they stay. */
  want(rois, position, dim) {
    const at = this.view.stack.at(position, dim, null); // along the dim, the position does not matter
    this.#keys = new Map(
      rois.map(({name, shape, points}) => [name, JSON.stringify([shape, points, dim, at])]),
    );
    this.#request = {rois, position, dim};
    for (const name of [...this.#curves.keys()]) if (!this.#keys.has(name)) this.#curves.delete(name);
    this.#askOn();
  }

  /** Ask for what is missing. What runs comes to its first points before: a drag shows something on its way. */
  #askOn() {
    const {rois, position, dim} = this.#request;
    const missing = rois.filter(({name}) => !(this.isCurrent(name) && this.#curves.get(name).isComplete));
    if (!missing.length) {
      if (this.#running) this.view.asks.cancel("measure");
      this.#running = null;
      return;
    }
    if (missing.every(({name}) => this.#running?.keys.get(name) === this.#keys.get(name))) return;
    if (this.#running?.silent.size) return;
    const names = missing.map(({name}) => name);
    const running = {
      keys: new Map(names.map((name) => [name, this.#keys.get(name)])),
      silent: new Set(names),
    };
    this.#running = running;
    const request = {
      what: "measure",
      rois: missing.map(({name, shape, points}) => ({name, shape, points})),
      position,
      dim,
    };
    this.view.asks.ask("measure", request, {
      replace: true,
      onAnswer: (answer) => this.#take(running, answer, this.view.stack.sizes[dim]),
      onDone: () => this.#end(running),
      onError: (error) => {
        this.#end(running);
        this.handlers.onError(error);
      },
      onProgress: this.handlers.onProgress,
    });
  }

  #take(running, {name, ...answer}, n) {
    const key = running.keys.get(name);
    running.silent.delete(name);
    if (this.#keys.has(name)) {
      if (this.#curves.get(name)?.key !== key) this.#curves.set(name, new Curve(key, n));
      this.#curves.get(name).add(answer);
    }
    this.#askOn();
    this.handlers.onChange();
  }

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
