// What a pickle holds. Python's int is a BigInt here and float a number, so that they stay two types; None is null,
// bytes a Uint8Array, list an Array. What JavaScript has not is a class of this module.

import {latin1, latin1Text} from "./bytes.js";
import {FormatError} from "./errors.js";
import {decodeRawEscapes, decodeUtf8} from "./text.js";

/** Anything a pickle holds. @typedef {any} Value */

export class Tuple {
  /** @param {Value[]} items */
  constructor(items) {
    this.items = items;
  }
}

/** Python's bytearray: bytes that may change, and so are no keys. */
export class ByteArray {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
  }
}

export class Complex {
  /**
   * @param {number} real
   * @param {number} imag
   */
  constructor(real, imag) {
    this.real = real;
    this.imag = imag;
  }
}

/** A dict: keys that Python takes for equal are one. */
export class Dict {
  /** @type {Map<string, [Value, Value]>} */
  entries = new Map();

  get size() {
    return this.entries.size;
  }

  /** @param {Value} key */
  get(key) {
    return this.entries.get(keyText(key))?.[1];
  }

  /** @param {Value} key */
  has(key) {
    return this.entries.has(keyText(key));
  }

  /**
   * @param {Value} key
   * @param {Value} value
   */
  set(key, value) {
    const text = keyText(key);
    const known = this.entries.get(text);
    if (known) known[1] = value;
    else this.entries.set(text, [key, value]);
  }
}

/** A set or a frozenset. */
export class PySet {
  /** @type {Map<string, Value>} */
  items = new Map();

  /** @param {Value[]} items */
  add(items) {
    for (const item of items) {
      const text = keyText(item);
      if (!this.items.has(text)) this.items.set(text, item);
    }
  }
}

/** A timedelta. */
export class Duration {
  /** @param {bigint} microseconds */
  constructor(microseconds) {
    this.microseconds = microseconds;
  }
}

/** A timezone of a fixed offset. */
export class Zone {
  /** @param {Duration} offset */
  constructor(offset) {
    this.offset = offset;
  }
}

export class PyDate {
  /**
   * @param {number} year
   * @param {number} month 1 to 12
   * @param {number} day
   */
  constructor(year, month, day) {
    this.year = year;
    this.month = month;
    this.day = day;
  }
}

export class PyTime {
  /**
   * @param {number} hour
   * @param {number} minute
   * @param {number} second
   * @param {number} microsecond
   * @param {Zone | null} zone
   */
  constructor(hour, minute, second, microsecond, zone) {
    this.hour = hour;
    this.minute = minute;
    this.second = second;
    this.microsecond = microsecond;
    this.zone = zone;
  }

  /** Microseconds since midnight, in the own zone. */
  get microseconds() {
    return BigInt((this.hour * 60 + this.minute) * 60 + this.second) * 1000000n + BigInt(this.microsecond);
  }
}

export class PyDateTime {
  /**
   * @param {PyDate} date
   * @param {PyTime} time
   */
  constructor(date, time) {
    this.date = date;
    this.time = time;
  }

  /** Microseconds since 1970, in the own zone. */
  get microseconds() {
    const {year, month, day} = this.date;
    const date = new Date(0);
    date.setUTCFullYear(year, month - 1, day);
    return BigInt(date.getTime()) * 1000n + this.time.microseconds;
  }
}

/** A type of NumPy's: `kind` is one of b, i, u, f, c, S and U. */
export class Dtype {
  /**
   * @param {string} kind
   * @param {number} itemsize in bytes
   * @param {boolean} isBigEndian
   */
  constructor(kind, itemsize, isBigEndian) {
    this.kind = kind;
    this.itemsize = itemsize;
    this.isBigEndian = isBigEndian;
  }
}

/** An array of NumPy's. */
export class NumpyArray {
  /**
   * @param {Dtype} dtype
   * @param {number[]} shape
   * @param {Uint8Array} data
   * @param {boolean} isFortran whether the first axis changes fastest
   */
  constructor(dtype, shape, data, isFortran) {
    this.dtype = dtype;
    this.shape = shape;
    this.data = data;
    this.isFortran = isFortran;
  }

  get nbytes() {
    return this.data.length;
  }

  /** Its items in nested lists. @returns {Value} */
  toList() {
    const {shape, isFortran} = this;
    const steps = shape.map((_, axis) =>
      (isFortran ? shape.slice(0, axis) : shape.slice(axis + 1)).reduce((product, side) => product * side, 1),
    );
    /** @type {(axis: number, at: number) => Value} */
    const list = (axis, at) =>
      axis === shape.length
        ? this.item(at)
        : Array.from({length: shape[axis]}, (_, i) => list(axis + 1, at + i * steps[axis]));
    return list(0, 0);
  }

  /** @param {number} number @returns {Value} */
  item(number) {
    const {kind, itemsize, isBigEndian} = this.dtype;
    const bytes = this.data.slice(number * itemsize, (number + 1) * itemsize);
    if (kind === "S") return bytes.slice(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
    const view = new DataView(bytes.buffer);
    if (kind === "b") return bytes[0] === 1;
    if (kind === "i" || kind === "u") return integer(view, kind === "i", !isBigEndian);
    if (kind === "f") return float(view, 0, itemsize, !isBigEndian);
    if (kind === "c")
      return new Complex(
        float(view, 0, itemsize / 2, !isBigEndian),
        float(view, itemsize / 2, itemsize / 2, !isBigEndian),
      );
    const codes = Array.from({length: itemsize / 4}, (_, i) => view.getUint32(4 * i, !isBigEndian));
    return String.fromCodePoint(...codes.slice(0, codes.findLastIndex((code) => code !== 0) + 1));
  }
}

/**
 * @param {DataView} view of all of its bytes
 * @param {boolean} isSigned
 * @param {boolean} isLittle
 */
function integer(view, isSigned, isLittle) {
  let bits = 0n;
  for (let i = 0; i < view.byteLength; i++)
    bits = (bits << 8n) | BigInt(view.getUint8(isLittle ? view.byteLength - 1 - i : i));
  return isSigned ? BigInt.asIntN(8 * view.byteLength, bits) : bits;
}

/**
 * @param {DataView} view
 * @param {number} at
 * @param {number} itemsize 2, 4 or 8 bytes
 * @param {boolean} isLittle
 */
function float(view, at, itemsize, isLittle) {
  if (itemsize === 8) return view.getFloat64(at, isLittle);
  if (itemsize === 4) return view.getFloat32(at, isLittle);
  const bits = view.getUint16(at, isLittle);
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction);
}

/** A single value of NumPy's. */
export class NumpyScalar {
  /**
   * @param {Dtype} dtype
   * @param {Value} value
   */
  constructor(dtype, value) {
    this.dtype = dtype;
    this.value = value;
  }

  get nbytes() {
    return this.dtype.itemsize;
  }
}

/** How bytes are written in a file. */
export const RAW = 0;
/** As UTF-8 text, one character below 256 for each byte: protocols 1 and 2. */
export const UTF8 = 1;
/** As a line of raw-unicode-escape text: protocol 0. */
export const ESCAPED = 2;
/** Not at all: the offset is an index into a list of small values. */
export const INLINE = 3;

/**
 * The text that stored bytes stand for.
 * @param {number} encoding
 * @param {Uint8Array} stored
 */
export function decodeText(encoding, stored) {
  return encoding === UTF8 ? decodeUtf8(stored) : decodeRawEscapes(stored);
}

/**
 * The bytes that stored bytes stand for.
 * @param {number} encoding
 * @param {Uint8Array<ArrayBuffer>} stored
 */
export function decodeBytes(encoding, stored) {
  if (encoding === RAW) return stored;
  const text = decodeText(encoding, stored);
  if (/[^\0-\xff]/.test(text)) throw new FormatError("bytes written as text have characters above 255");
  return latin1(text);
}

/** Bytes or text that stay in the file until somebody wants them. */
export class Span {
  /**
   * @param {number} offset
   * @param {number} length
   * @param {number} encoding
   * @param {"bytes" | "bytearray" | "str"} kind what it stands for
   */
  constructor(offset, length, encoding = RAW, kind = "bytes") {
    this.offset = offset;
    this.length = length;
    this.encoding = encoding;
    this.kind = kind;
  }

  /** @param {import("./bytes.js").ByteSource} source @returns {Value} */
  read(source) {
    const stored = source.readAt(this.offset, this.length);
    if (this.kind === "str") return decodeText(this.encoding, stored);
    const bytes = decodeBytes(this.encoding, stored);
    return this.kind === "bytes" ? bytes : new ByteArray(bytes);
  }
}

/** What a pickle makes in two steps: a call, then its state. */
export class BuildTarget {
  /** @param {Value} _state */
  build(_state) {
    throw new FormatError("an object that takes no state gets one");
  }

  /** @returns {Value} the finished object */
  value() {
    throw new FormatError("an object that is not finished");
  }
}

const SCALARS = [Uint8Array, Complex, PyDate, PyTime, PyDateTime, Duration, Zone, NumpyScalar];
const LONGEST_KEY = 64;

/**
 * Whether a value holds no other values.
 * @param {Value} value
 */
export function isScalar(value) {
  return value === null || typeof value !== "object" || SCALARS.some((type) => value instanceof type);
}

/**
 * Whether a value may be a dict key or set item.
 * @param {Value} value
 */
export function mayBeKey(value) {
  if (value instanceof Tuple) return value.items.length <= LONGEST_KEY && value.items.every(isScalar);
  return isScalar(value);
}

let nNans = 0;

/**
 * Text that is the same for keys that Python takes for equal.
 * @param {Value} key
 * @returns {string}
 */
export function keyText(key) {
  if (typeof key === "string") return `s${key}`;
  if (key === null) return "N";
  if (typeof key === "boolean") return `i${Number(key)}`;
  if (typeof key === "bigint") return `i${key}`;
  if (typeof key === "number") return numberText(key);
  if (key instanceof NumpyScalar) return keyText(key.value);
  if (key instanceof Tuple) return tupleText(key);
  if (key instanceof Uint8Array) return `b${latin1Text(key)}`;
  if (key instanceof Complex)
    return key.imag === 0 ? numberText(key.real) : `c${numberText(key.real)},${numberText(key.imag)}`;
  return momentText(key);
}

/** @param {Tuple} key */
function tupleText({items}) {
  const texts = items.map(keyText);
  return `t${texts.map((text) => `${text.length}:${text}`).join("")}`;
}

/** @param {number} number */
function numberText(number) {
  if (Number.isNaN(number)) return `nan${nNans++}`;
  return Number.isInteger(number) ? `i${BigInt(number)}` : `f${number}`;
}

/** @param {Value} key @returns {string} */
function momentText(key) {
  if (key instanceof Duration) return `d${key.microseconds}`;
  if (key instanceof Zone) return `z${key.offset.microseconds}`;
  if (key instanceof PyDate) return `D${key.year}-${key.month}-${key.day}`;
  if (key instanceof PyDateTime || key instanceof PyTime) {
    const zone = key instanceof PyTime ? key.zone : key.time.zone;
    const kind = key instanceof PyTime ? "T" : "M";
    return zone ? `${kind}z${key.microseconds - zone.offset.microseconds}` : `${kind}${key.microseconds}`;
  }
  throw new FormatError("a dict key that is no plain value");
}

/** What messages call a type. @type {[any, string][]} */
const NAMES = [
  [Tuple, "a tuple"],
  [Dict, "a dict"],
  [Array, "a list"],
  [PySet, "a set"],
  [Uint8Array, "bytes"],
  [ByteArray, "a bytearray"],
  [NumpyArray, "a NumPy array"],
  [NumpyScalar, "a NumPy scalar"],
  [FormatError, "an error"],
];

/**
 * What a message calls a value of the reader's stack.
 * @param {Value} value
 */
export function describeType(value) {
  if (value === null) return "None";
  if (value instanceof Span) return value.kind;
  if (value instanceof FrameTable) return "a dict";
  const simple = {bigint: "an int", number: "a float", boolean: "a bool", string: "a str"};
  const name = simple[/** @type {keyof typeof simple} */ (typeof value)];
  return name ?? NAMES.find(([type]) => value instanceof type)?.[1] ?? "another object";
}

/** Numbers that are appended without end. */
class Column {
  #numbers = new Float64Array(64);
  length = 0;

  /** @param {number} number */
  push(number) {
    if (this.length === this.#numbers.length) {
      const longer = new Float64Array(2 * this.length);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[this.length++] = number;
  }

  get numbers() {
    return this.#numbers.subarray(0, this.length);
  }
}

/** The `images` dict: frame keys and where their bytes are, in flat columns. */
export class FrameTable {
  /** @type {number | null} */
  nDims = null;
  /** @type {Uint8Array[]} */
  inline = [];
  /** Keys and values that are no frames. */
  misfits = new Dict();
  keys = new Column();
  offsets = new Column();
  lengths = new Column();
  encodings = new Column();

  get length() {
    return this.offsets.length;
  }

  /**
   * Add an item; returns whether it is a frame, and so was taken.
   * @param {Value} key
   * @param {Value} value
   */
  set(key, value) {
    const indices = frameKey(key);
    const frame = value instanceof BuildTarget ? value.value() : value;
    const bytes = frame instanceof ByteArray ? frame.bytes : frame;
    if (indices === null || !(bytes instanceof Span || bytes instanceof Uint8Array)) return false;
    this.nDims ??= indices.length;
    if (indices.length !== this.nDims) return false;
    for (const index of indices) this.keys.push(index);
    if (bytes instanceof Span) {
      this.offsets.push(bytes.offset);
      this.encodings.push(bytes.encoding);
    } else {
      this.offsets.push(this.inline.length);
      this.encodings.push(INLINE);
      this.inline.push(bytes);
    }
    this.lengths.push(bytes.length);
    return true;
  }

  /** @param {number} row */
  key(row) {
    const nDims = this.nDims ?? 0;
    return [...this.keys.numbers.subarray(row * nDims, (row + 1) * nDims)];
  }
}

/**
 * A frame key as numbers; null where it is no tuple of ints.
 * @param {Value} key
 * @returns {number[] | null}
 */
export function frameKey(key) {
  if (!(key instanceof Tuple)) return null;
  const ints = key.items.map((item) => (isInt(item) ? plain(item) : null));
  const areIndices = ints.every((int) => int !== null && int >= -(2n ** 63n) && int < 2n ** 63n);
  return areIndices ? ints.map(Number) : null;
}

// ---- what Python's `isinstance` says

/** The value of a NumPy scalar; anything else as it is. @param {Value} value @returns {Value} */
export function plain(value) {
  return value instanceof NumpyScalar ? value.value : value;
}

/** An int, of Python's or NumPy's. @param {Value} value */
export function isInt(value) {
  return typeof plain(value) === "bigint";
}

/** A bool, of Python's or NumPy's. @param {Value} value */
export function isBool(value) {
  return typeof plain(value) === "boolean";
}

/** Text; that of NumPy is also Python's. @param {Value} value */
export function isText(value) {
  return typeof plain(value) === "string";
}

/** Items of a list or tuple; null for anything else. @param {Value} value @returns {Value[] | null} */
export function itemsOf(value) {
  if (value instanceof Tuple) return value.items;
  return Array.isArray(value) ? value : null;
}
