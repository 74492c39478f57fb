// The last step of reading: from spans and half-built objects to plain data, within limits; as
// `jpkl/_pickle/resolve.py`.

import {FormatError} from "./errors.js";
import {Global} from "./globals.js";
import {
  BuildTarget,
  ByteArray,
  Dict,
  FrameTable,
  INLINE,
  PySet,
  Span,
  Tuple,
  isScalar,
  plain,
} from "./values.js";

/** @typedef {import("./values.js").Value} Value */
/** A value, its bytes where every shared part is counted, and its levels of containers.
 * @typedef {{value: Value, weight: number, height: number}} Plain */

const MAX_DEPTH = 100;
const MAX_UNFOLDED_BYTES = 2 ** 28;
const ITEM_BYTES = 16;

/**
 * What the reader made as plain data; lists and dicts are completed in place.
 * @param {Value} value
 * @param {import("./bytes.js").ByteSource} source where its spans are
 */
export function resolve(value, source) {
  return new Resolver(source).plain(value, 0).value;
}

class Resolver {
  #source;
  /** @type {Map<Value, Plain>} */
  #done = new Map();
  /** @type {Set<Value>} */
  #open = new Set();

  /** @param {import("./bytes.js").ByteSource} source */
  constructor(source) {
    this.#source = source;
  }

  /**
   * @param {Value} value
   * @param {number} depth
   * @returns {Plain}
   */
  plain(value, depth) {
    if (isScalar(value)) return {value, weight: ITEM_BYTES + ownBytes(value), height: 0};
    const result = this.#done.get(value) ?? this.#firstTime(value, depth);
    if (depth + result.height > MAX_DEPTH) throw new FormatError(`data nested more than ${MAX_DEPTH} deep`);
    if (result.weight > MAX_UNFOLDED_BYTES)
      throw new FormatError(
        `data that take more than ${MAX_UNFOLDED_BYTES / 2 ** 20} MiB when written out in full`,
      );
    return result;
  }

  /**
   * @param {Value} value
   * @param {number} depth
   */
  #firstTime(value, depth) {
    if (this.#open.has(value)) throw new FormatError("a container that holds itself");
    if (depth > MAX_DEPTH) throw new FormatError(`data nested more than ${MAX_DEPTH} deep`);
    this.#open.add(value);
    const result = this.#make(value, depth + 1);
    this.#open.delete(value);
    this.#done.set(value, result);
    return result;
  }

  /**
   * @param {Value} value
   * @param {number} depth
   * @returns {Plain}
   */
  #make(value, depth) {
    if (value instanceof Tuple) {
      const made = this.#sequence(value.items, depth);
      return {...made, value: new Tuple(made.value)};
    }
    if (Array.isArray(value)) {
      const made = this.#sequence(value, depth);
      made.value.forEach((/** @type {Value} */ item, /** @type {number} */ i) => (value[i] = item));
      return {...made, value};
    }
    if (value instanceof FrameTable) return this.#mapping(asDict(value), depth);
    if (value instanceof Dict) return this.#mapping(value, depth);
    if (value instanceof PySet) {
      const items = [...value.items.values()].map((item) => this.plain(item, depth));
      return {value, weight: items.reduce((sum, item) => sum + item.weight, ITEM_BYTES), height: 2};
    }
    return this.#single(value, depth);
  }

  /**
   * @param {Value[]} items
   * @param {number} depth
   * @returns {Plain}
   */
  #sequence(items, depth) {
    let [weight, height] = [ITEM_BYTES, 0];
    const value = items.map((item) => {
      const part = this.plain(item, depth);
      weight += part.weight;
      height = Math.max(height, part.height);
      return part.value;
    });
    return {value, weight, height: 1 + height};
  }

  /**
   * @param {Dict} value
   * @param {number} depth
   * @returns {Plain}
   */
  #mapping(value, depth) {
    let [weight, height] = [ITEM_BYTES, 1];
    for (const entry of value.entries.values()) {
      const part = this.plain(entry[1], depth);
      entry[1] = part.value;
      weight += this.plain(entry[0], depth).weight + part.weight;
      height = Math.max(height, 1 + part.height);
    }
    return {value, weight, height};
  }

  /**
   * @param {Value} value
   * @param {number} depth
   * @returns {Plain}
   */
  #single(value, depth) {
    let made = value;
    if (made instanceof Global)
      throw new FormatError(`the data hold ${made.name} itself, which is not plain data`);
    if (made instanceof BuildTarget) {
      made = made.value();
      if (made instanceof Span) return this.plain(made, depth);
    } else if (made instanceof Span) made = made.read(this.#source);
    return {value: made, weight: ITEM_BYTES + ownBytes(made), height: 1};
  }
}

/** @param {FrameTable} table */
function asDict(table) {
  const dict = new Dict();
  for (let row = 0; row < table.length; row++) {
    const [offset, length, encoding] = [table.offsets, table.lengths, table.encodings].map(
      (c) => c.numbers[row],
    );
    const frame = encoding === INLINE ? table.inline[offset] : new Span(offset, length, encoding);
    dict.set(new Tuple(table.key(row).map(BigInt)), frame);
  }
  for (const [key, value] of table.misfits.entries.values()) dict.set(key, value);
  return dict;
}

/** @param {Value} value */
function ownBytes(value) {
  const bare = value instanceof ByteArray ? value.bytes : plain(value);
  if (typeof bare === "string" || bare instanceof Uint8Array) return bare.length;
  if (typeof bare === "bigint") return Math.floor(bare.toString(16).length / 2);
  return value?.nbytes ?? 0;
}
