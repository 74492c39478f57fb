// A cache with a budget in bytes.

/**
 * Least recently used values, at most `maxBytes` of them by the sizes they were put in with.
 * @template V
 */
export class ByteCache {
  /** In the order of their use. @type {Map<unknown, {value: V, size: number}>} */
  #entries = new Map();

  /** @param {number} maxBytes */
  constructor(maxBytes) {
    this.maxBytes = maxBytes;
    this.bytes = 0;
  }

  /** @param {unknown} key */
  has(key) {
    return this.#entries.has(key);
  }

  /**
   * @param {unknown} key
   * @returns {V | undefined}
   */
  get(key) {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /**
   * @param {unknown} key
   * @param {V} value
   * @param {number} size in bytes
   */
  put(key, value, size) {
    this.drop(key);
    this.#entries.set(key, {value, size});
    this.bytes += size;
    // What was put in last stays even if it is larger than the budget: it is about to be shown.
    while (this.bytes > this.maxBytes && this.#entries.size > 1) this.drop(this.#entries.keys().next().value);
  }

  /** @param {unknown} key */
  drop(key) {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.bytes -= entry.size;
  }
}

/**
 * A part of a cache: its keys are its own, the budget is that of all parts together.
 * @template V
 */
export class Share {
  static #count = 0;
  #cache;
  #prefix = `${Share.#count++} `;

  /** @param {ByteCache<V>} cache */
  constructor(cache) {
    this.#cache = cache;
  }

  /** @param {import("../types.js").FrameKey} key */
  has(key) {
    return this.#cache.has(this.#prefix + key);
  }

  /** @param {import("../types.js").FrameKey} key */
  get(key) {
    return this.#cache.get(this.#prefix + key);
  }

  /**
   * @param {import("../types.js").FrameKey} key
   * @param {V} value
   * @param {number} size in bytes
   */
  put(key, value, size) {
    this.#cache.put(this.#prefix + key, value, size);
  }
}
