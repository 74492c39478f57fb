// The pickle machine: stack, marks and memo, with limits on all of them; as `jpkl/_pickle/machine.py`.

import {latin1, signed} from "./bytes.js";
import {FormatError} from "./errors.js";
import {Global} from "./globals.js";
import {hashOf} from "./hashes.js";
import {decodeUtf8} from "./text.js";
import {ByteArray, Dict, FrameTable, Span, Tuple, UTF8, describeType, mayBeKey} from "./values.js";
import {Window} from "./window.js";

/** @typedef {import("./values.js").Value} Value */

const MAX_INT_BYTES = 1024;
/** Rough memory that everything but the frames may take. */
const MAX_DATA_BYTES = 2 ** 29;
/** How many keys of one dict may have the same hash. */
const MAX_EQUAL_HASHES = 256;
const MAX_MARKS = 1000;

export const CONTAINER_BYTES = 200;
/** Longer text may be a frame of protocols 0 to 2, and is left in the file. */
export const EAGER_TEXT = 256;

export class Machine {
  /** Objects above the last mark. @type {Value[]} */
  stack = [];
  /** The stacks below each mark. @type {Value[][]} */
  marks = [];
  /** @type {Map<number, Value>} */
  memo = new Map();
  /** The first dict that is made right after the text `images` at the top. @type {FrameTable | null} */
  table = null;
  #left = MAX_DATA_BYTES;
  /** How often each hash is among the keys of a dict or set. @type {Map<object, Map<bigint | string, number>>} */
  #hashes = new Map();

  /** @param {import("./bytes.js").ByteSource} source */
  constructor(source) {
    this.source = source;
    this.window = new Window(source);
  }

  // ---- what globals may ask for

  /**
   * Bytes, from the file if that is where they are.
   * @param {Value} value
   * @returns {Uint8Array}
   */
  payload(value) {
    if (value instanceof Span && value.kind !== "str") {
      this.charge(value.length);
      const read = value.read(this.source);
      return read instanceof ByteArray ? read.bytes : read;
    }
    if (typeof value === "string") {
      if (/[^\0-\xff]/.test(value)) throw new FormatError("text where bytes belong");
      return latin1(value); // a str of Python 2
    }
    if (value instanceof ByteArray) return value.bytes;
    if (!(value instanceof Uint8Array)) throw new FormatError(`${describeType(value)} where bytes belong`);
    return value;
  }

  /** Take memory off the account. @param {number} nBytes */
  charge(nBytes) {
    this.#left -= nBytes;
    if (this.#left < 0)
      throw new FormatError(`the data besides the frames take more than ${MAX_DATA_BYTES / 2 ** 20} MiB`);
  }

  /**
   * Values as keys of a dict or items of a set: fetched from the file, and checked.
   * @param {object} target
   * @param {Value[]} values
   */
  asKeys(target, values) {
    const keys = values.map((value) => this.#whole(value));
    for (const key of keys) if (typeof key !== "string") this.#countHash(target, key);
    return keys;
  }

  /**
   * @param {object} target
   * @param {Value} key
   */
  #countHash(target, key) {
    if (!mayBeKey(key))
      throw new FormatError(
        `${describeType(key)} as a dict key or set item: only plain values and tuples of them are read`,
      );
    const counts = this.#hashes.get(target) ?? new Map();
    this.#hashes.set(target, counts);
    const hash = hashOf(key);
    const count = (counts.get(hash) ?? 0) + 1;
    counts.set(hash, count);
    if (count > MAX_EQUAL_HASHES)
      throw new FormatError(
        `more than ${MAX_EQUAL_HASHES} keys of a dict or items of a set have the same hash`,
      );
  }

  /**
   * Put items into a dict, having checked the keys.
   * @param {Dict} target
   * @param {Value[]} keys
   * @param {Value[]} values
   */
  fill(target, keys, values) {
    const before = target.size;
    this.asKeys(target, keys).forEach((key, i) => target.set(key, values[i]));
    if (target.size !== before + keys.length)
      throw new FormatError("a key of a dict is there twice, so that a value is lost");
  }

  /** @param {Value} key @returns {Value} */
  #whole(key) {
    if (key instanceof Span) {
      this.charge(key.length);
      return key.read(this.source);
    }
    if (key instanceof Tuple && key.items.some((item) => item instanceof Span))
      return new Tuple(key.items.map((item) => (item instanceof Span ? this.#whole(item) : item)));
    return key;
  }

  // ---- the stack and the memo

  /** @param {Value} value */
  push(value) {
    this.stack.push(value);
  }

  pop() {
    if (!this.stack.length) throw this.#tooFew();
    return this.stack.pop();
  }

  top() {
    if (!this.stack.length) throw this.#tooFew();
    return this.stack[this.stack.length - 1];
  }

  #tooFew() {
    return new FormatError("an opcode needs more objects than there are");
  }

  mark() {
    if (this.marks.length >= MAX_MARKS) throw new FormatError(`more than ${MAX_MARKS} objects are nested`);
    this.marks.push(this.stack);
    this.stack = [];
  }

  /** @returns {Value[]} the objects above the last mark, which goes */
  popMark() {
    const items = this.stack;
    const below = this.marks.pop();
    if (!below) throw this.#tooFew();
    this.stack = below;
    return items;
  }

  /** @param {number} slot */
  put(slot) {
    // Slots that do not follow each other take more room in Python, too.
    if (!this.memo.has(slot) && slot > this.memo.size) this.charge(CONTAINER_BYTES);
    this.memo.set(slot, this.top());
  }

  /** @param {number} slot */
  get(slot) {
    if (!this.memo.has(slot)) throw new FormatError(`the memo has nothing at ${slot}`);
    this.push(this.memo.get(slot));
  }

  /**
   * @param {number} length
   * @param {"bytes" | "bytearray"} kind
   */
  pushBytes(length, kind = "bytes") {
    this.push(new Span(this.window.skip(length), length, 0, kind));
  }

  /** @param {number} length */
  pushText(length) {
    if (length > EAGER_TEXT) this.push(new Span(this.window.skip(length), length, UTF8, "str"));
    else this.push(decodeUtf8(this.window.take(length)));
  }

  /**
   * A str of Python 2: text where it is ASCII, else bytes.
   * @param {Uint8Array} stored
   */
  pushPython2Text(stored) {
    this.push(stored.every((byte) => byte < 128) ? decodeUtf8(stored) : stored);
  }

  /**
   * @param {Value} callee
   * @param {Value} args
   */
  call(callee, args) {
    if (!(callee instanceof Global)) throw new FormatError(`${describeType(callee)} is called`);
    if (!(args instanceof Tuple))
      throw new FormatError(`${callee.name} is called with ${describeType(args)}`);
    this.charge(CONTAINER_BYTES);
    this.push(callee.call(args.items, this));
  }

  /**
   * @param {Value} target
   * @param {Value[]} items keys and values in turn
   */
  setItems(target, items) {
    if (items.length % 2) throw new FormatError("a dict gets a key without a value");
    /** @type {[Value, Value][]} */
    let pairs = Array.from({length: items.length / 2}, (_, i) => [items[2 * i], items[2 * i + 1]]);
    let dict = target;
    if (target instanceof FrameTable) {
      pairs = pairs.filter(([key, value]) => !target.set(key, value));
      dict = target.misfits;
    }
    if (!(dict instanceof Dict))
      throw new FormatError(`${describeType(target)} gets items as if it were a dict`);
    this.fill(
      dict,
      pairs.map(([key]) => key),
      pairs.map(([, value]) => value),
    );
  }

  /** @param {Value[]} items */
  append(items) {
    const target = this.top();
    if (!Array.isArray(target))
      throw new FormatError(`${describeType(target)} gets items as if it were a list`);
    for (const item of items) target.push(item);
  }

  /** @param {number} length */
  pushLong(length) {
    if (length > MAX_INT_BYTES)
      throw new FormatError(`an int of ${length} bytes; up to ${MAX_INT_BYTES} are read`);
    this.push(signed(this.window.take(length)));
  }

  /** @param {number} length */
  pushTuple(length) {
    if (this.stack.length < length)
      throw new FormatError(`a tuple of ${length} is made of ${this.stack.length} objects`);
    this.push(new Tuple(this.stack.splice(-length)));
  }

  /** Push an empty dict, or the table where it is to be the frames of the stack. */
  newDict() {
    const {stack, marks} = this;
    // Not where the metadata have a key of that name: below the mark, there is the dict of the file alone.
    const isInBatch = marks.length === 1 && marks[0].length === 1;
    const isAtTop = isInBatch || (!marks.length && stack.length === 2);
    if (this.table === null && isAtTop && stack.at(-1) === "images")
      this.push((this.table = new FrameTable()));
    else {
      this.charge(CONTAINER_BYTES);
      this.push(new Dict());
    }
  }
}
