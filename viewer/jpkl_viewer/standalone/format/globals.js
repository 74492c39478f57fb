// The closed list of names that a file may use, and what each means; as `jpkl/_pickle/globals.py`. Nothing is
// called because a file names it: what is here takes plain data and gives plain data.

import {FormatError, UnsafePickleError} from "./errors.js";
import {shortName} from "./text.js";
import {
  BuildTarget,
  ByteArray,
  Complex,
  Dict,
  Dtype,
  Duration,
  NumpyArray,
  NumpyScalar,
  PyDate,
  PyDateTime,
  PySet,
  PyTime,
  Span,
  Tuple,
  Zone,
  describeType,
  itemsOf,
} from "./values.js";
import {latin1} from "./bytes.js";

/** @typedef {import("./values.js").Value} Value */

/**
 * What a global may ask of the reader while it makes its value, see `Machine`.
 * @typedef {object} Services
 * @property {(value: Value) => Uint8Array} payload
 * @property {(nBytes: number) => void} charge
 * @property {(target: object, values: Value[]) => Value[]} asKeys
 * @property {(target: Dict, keys: Value[], values: Value[]) => void} fill
 */

/** @typedef {(args: Value[], reader: Services) => Value} Call */

/** A name of the closed list. */
export class Global {
  /**
   * @param {string} name
   * @param {Call} call
   */
  constructor(name, call) {
    this.name = name;
    this.call = call;
  }
}

/**
 * What a name means.
 * @param {string} module
 * @param {string} name
 */
export function findGlobal(module, name) {
  const found = GLOBALS.get(`${module}\n${name}`);
  if (!found)
    throw new UnsafePickleError(
      `the file asks for ${shortName(module)}.${shortName(name)}, which is not plain data; nothing of it was run`,
    );
  return found;
}

/**
 * @param {string} name
 * @param {Value[]} args
 */
function wrong(name, args) {
  const types = args.slice(0, 8).map(describeType).join(", ");
  return new FormatError(`${name} with arguments that plain data do not have: (${types})`);
}

/** How protocols 0 to 2 write bytes. @type {Call} */
function encode(args) {
  const [text, codec] = args.length === 2 ? args : [null, null];
  if (codec !== "latin1" && codec !== "latin-1") throw wrong("_codecs.encode", args);
  if (text instanceof Span && text.kind === "str") return new Span(text.offset, text.length, text.encoding);
  if (typeof text !== "string") throw wrong("_codecs.encode", args);
  if (/[^\0-\xff]/.test(text)) throw new FormatError("bytes written as text have characters above 255");
  return latin1(text);
}

/** @type {Call} */
function bytes(args) {
  if (args.length) throw wrong("bytes", args);
  return new Uint8Array(0);
}

/** @type {Call} */
function bytearray(args, reader) {
  if (!args.length) return new ByteArray(new Uint8Array(0));
  const source = args.length === 1 ? args[0] : encode(args, reader);
  if (source instanceof Span && source.kind !== "str")
    return new Span(source.offset, source.length, source.encoding, "bytearray");
  if (!(source instanceof Uint8Array)) throw wrong("bytearray", args);
  return new ByteArray(source);
}

/**
 * The items of the one list that a set or OrderedDict is made of.
 * @param {string} name
 * @param {Value[]} args
 * @param {Services} reader
 * @returns {Value[]}
 */
function onlyList(name, args, reader) {
  if (!args.length) return [];
  if (args.length !== 1 || !Array.isArray(args[0])) throw wrong(name, args);
  reader.charge(64 * args[0].length);
  return args[0];
}

/** @type {Call} */
function set(args, reader) {
  const made = new PySet();
  made.add(reader.asKeys(made, onlyList("set", args, reader)));
  return made;
}

/** @type {Call} */
function orderedDict(args, reader) {
  const pairs = onlyList("OrderedDict", args, reader).map(itemsOf);
  const made = new Dict();
  if (!pairs.every((pair) => pair?.length === 2)) throw wrong("OrderedDict", args);
  reader.fill(
    made,
    pairs.map((pair) => pair?.[0]),
    pairs.map((pair) => pair?.[1]),
  );
  return made;
}

/** @type {Call} */
function complex(args) {
  if (args.length !== 2 || !args.every((arg) => typeof arg === "number")) throw wrong("complex", args);
  return new Complex(args[0], args[1]);
}

/** Days, seconds, microseconds, milliseconds, minutes, hours and weeks in microseconds. */
const UNITS = [86_400_000_000n, 1_000_000n, 1n, 1000n, 60_000_000n, 3_600_000_000n, 604_800_000_000n];
const MOST_DAYS = 999_999_999n;

/** @type {Call} */
function timedelta(args) {
  if (!args.every((arg) => typeof arg === "bigint")) throw wrong("datetime.timedelta", args);
  if (args.length > UNITS.length) throw new FormatError("timedelta: too many arguments");
  const total = args.reduce((sum, arg, i) => sum + arg * UNITS[i], 0n);
  if (total < -MOST_DAYS * UNITS[0] || total >= (MOST_DAYS + 1n) * UNITS[0])
    throw new FormatError("timedelta: too many days");
  return new Duration(total);
}

/** @type {Call} */
function timezone(args) {
  const [offset, name] = args;
  const isNamed = args.length === 2 && typeof name === "string";
  if (!(offset instanceof Duration) || !(args.length === 1 || isNamed))
    throw wrong("datetime.timezone", args);
  if (offset.microseconds <= -UNITS[0] || offset.microseconds >= UNITS[0])
    throw new FormatError("timezone: an offset of a day or more");
  return new Zone(offset);
}

/**
 * What makes a date, time or datetime of its packed state, checking every field.
 * @param {string} name
 * @param {number} length
 * @param {(state: Uint8Array, zone: Zone | null) => Value} make
 * @returns {Call}
 */
function clock(name, length, make) {
  return (args, reader) => {
    const zone = args.length === 2 ? args[1] : null;
    if (args.length < 1 || args.length > 2 || !(zone === null || zone instanceof Zone))
      throw wrong(name, args);
    const state = reader.payload(args[0]);
    if (state.length !== length) throw wrong(name, args);
    return make(state, zone);
  };
}

/**
 * @param {number} year
 * @param {number} month
 * @param {number} day
 */
function checkedDate(year, month, day) {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  if (year < 1 || year > 9999 || day < 1 || day > days)
    throw new FormatError(`datetime.date: there is no ${year}-${month}-${day}`);
  return new PyDate(year, month, day);
}

/**
 * @param {Uint8Array} state
 * @param {Zone | null} zone
 */
function checkedTime(state, zone) {
  const [hour, minute, second] = [state[0] & 0x7f, state[1], state[2]];
  const microsecond = (state[3] << 16) | (state[4] << 8) | state[5];
  if (hour > 23 || minute > 59 || second > 59 || microsecond > 999_999)
    throw new FormatError(`datetime.time: there is no ${hour}:${minute}:${second}`);
  return new PyTime(hour, minute, second, microsecond, zone);
}

const date = (/** @type {Uint8Array} */ state) => checkedDate((state[0] << 8) | state[1], state[2], state[3]);

/**
 * @param {Uint8Array} state
 * @param {Zone | null} zone
 */
function datetime(state, zone) {
  const day = checkedDate((state[0] << 8) | state[1], state[2] & 0x7f, state[3]);
  return new PyDateTime(day, checkedTime(state.subarray(4), zone));
}

/** An `io.BytesIO`, of which only the bytes matter. */
class BytesIO extends BuildTarget {
  /** @type {Value} */
  #payload = new Uint8Array(0);

  /** @param {Value} state */
  build(state) {
    const bytes = state instanceof Tuple && state.items.length === 3 ? state.items[0] : null;
    if (!(bytes instanceof Uint8Array || bytes instanceof Span))
      throw new FormatError("an io.BytesIO with an invalid state");
    this.#payload = bytes;
  }

  value() {
    return this.#payload;
  }
}

/** @type {Call} */
function bytesIo(args) {
  if (args.length) throw wrong("io.BytesIO", args);
  return new BytesIO();
}

const DTYPE = /^([<>|=]?)(b1|[iu][1248]|f[248]|c(?:8|16)|[SU]\d{1,6})$/;

/** A NumPy dtype of a closed set of kinds, first without and then with its byte order. */
class DtypeTarget extends BuildTarget {
  #dtype;

  /**
   * @param {string} order
   * @param {string} text
   */
  constructor(order, text) {
    super();
    const kind = text[0];
    this.#dtype = new Dtype(kind, Number(text.slice(1)) * (kind === "U" ? 4 : 1), order === ">");
  }

  /** @param {Value} state */
  build(state) {
    const items = state instanceof Tuple ? state.items : [];
    if (items.length < 5 || !["<", ">", "|", "="].includes(items[1]))
      throw new FormatError("a NumPy dtype with an invalid state");
    if (items.slice(2, 5).some((part) => part !== null))
      throw new UnsafePickleError("the file holds a NumPy dtype with fields; only simple ones are read");
    const {kind, itemsize} = this.#dtype;
    if (items[1] !== "|") this.#dtype = new Dtype(kind, itemsize, items[1] === ">");
  }

  value() {
    return this.#dtype;
  }
}

/** @type {Call} */
function dtype(args) {
  const [text, ...rest] = args;
  if (typeof text !== "string" || !rest.every((arg) => typeof arg === "boolean" || typeof arg === "bigint"))
    throw wrong("numpy.dtype", args);
  const found = DTYPE.exec(text);
  if (!found)
    throw new UnsafePickleError(
      `the file holds a NumPy dtype '${shortName(text)}'; only numbers, bools and plain text are read`,
    );
  return new DtypeTarget(found[1], found[2]);
}

/**
 * An array, having checked that its data fit the shape exactly.
 * @param {Value} shape
 * @param {Value} target
 * @param {Uint8Array} data
 * @param {boolean} isFortran
 * @param {Services} reader
 */
function makeArray(shape, target, data, isFortran, reader) {
  if (!(target instanceof DtypeTarget) || !(shape instanceof Tuple) || shape.items.length > 32)
    throw new FormatError("a NumPy array with an invalid dtype or shape");
  const dtype = target.value();
  if (!shape.items.every((side) => typeof side === "bigint" && side >= 0n && side < 2n ** 31n))
    throw new FormatError("a NumPy array with a side that is not an int from 0 to 2**31");
  const count = shape.items.reduce((product, side) => product * side, 1n);
  if (count * BigInt(dtype.itemsize) !== BigInt(data.length) || (!dtype.itemsize && count > 1n))
    throw new FormatError(
      `a NumPy array of ${data.length} bytes where its shape and dtype ask for another number`,
    );
  reader.charge(data.length);
  if (dtype.kind === "b" && data.some((byte) => byte > 1))
    throw new FormatError("a NumPy array of bools with bytes other than 0 and 1");
  if (dtype.kind === "U") checkCharacters(data, dtype);
  return new NumpyArray(dtype, shape.items.map(Number), data, isFortran);
}

/**
 * @param {Uint8Array} data
 * @param {Dtype} dtype
 */
function checkCharacters(data, {isBigEndian}) {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  for (let at = 0; at < data.length; at += 4)
    if (view.getUint32(at, !isBigEndian) > 0x10ffff)
      throw new FormatError("a NumPy array of text with numbers that are no characters");
}

/** A NumPy array, without data until its state comes. */
class ArrayTarget extends BuildTarget {
  #reader;
  #array;

  /**
   * @param {Services} reader
   * @param {NumpyArray | null} array
   */
  constructor(reader, array = null) {
    super();
    this.#reader = reader;
    this.#array = array;
  }

  /** @param {Value} state */
  build(state) {
    const items = state instanceof Tuple ? state.items : [];
    if (items.length !== 5 || typeof items[3] !== "boolean")
      throw new FormatError("a NumPy array with an invalid state");
    const data = this.#reader.payload(items[4]);
    this.#array = makeArray(items[1], items[2], data, items[3], this.#reader);
  }

  value() {
    if (this.#array === null) throw new FormatError("a NumPy array without a state");
    return this.#array;
  }
}

/** @type {Call} */
function reconstruct(args, reader) {
  if (args.length !== 3 || args[0] !== NDARRAY) throw wrong("numpy _reconstruct", args);
  return new ArrayTarget(reader);
}

/** An array from buffer, dtype, shape and order, as protocol 5 writes it. @type {Call} */
function frombuffer(args, reader) {
  if (args.length !== 4 || typeof args[3] !== "string") throw wrong("numpy _frombuffer", args);
  const data = reader.payload(args[0]);
  return new ArrayTarget(reader, makeArray(args[2], args[1], data, args[3] === "F", reader));
}

/** @type {Call} */
function scalar(args, reader) {
  if (args.length !== 2) throw wrong("numpy scalar", args);
  const array = makeArray(new Tuple([]), args[0], reader.payload(args[1]), false, reader);
  return new NumpyScalar(array.dtype, array.item(0));
}

const NDARRAY = new Global("numpy.ndarray", () => {
  throw new FormatError("a NumPy array that is not made by _reconstruct");
});

/**
 * @param {string} modules
 * @param {string} name
 * @param {Call} call
 * @returns {[string, Global][]}
 */
function names(modules, name, call) {
  const all = modules.split(" ");
  const global = new Global(`${all[0]}.${name}`, call);
  return all.map((module) => [`${module}\n${name}`, global]);
}

/** Python 3 writes the Python 2 name of a module for protocols 0 to 2; NumPy 2 moved its core. */
const GLOBALS = new Map([
  .../** @type {[string, Global][]} */ ([["numpy\nndarray", NDARRAY]]),
  ...names("_codecs", "encode", encode),
  ...names("builtins __builtin__", "bytes", bytes),
  ...names("builtins __builtin__", "bytearray", bytearray),
  ...names("builtins __builtin__", "complex", complex),
  ...names("builtins __builtin__", "set", set),
  ...names("builtins __builtin__", "frozenset", set),
  ...names("collections", "OrderedDict", orderedDict),
  ...names("datetime", "date", clock("datetime.date", 4, date)),
  ...names("datetime", "time", clock("datetime.time", 6, checkedTime)),
  ...names("datetime", "datetime", clock("datetime.datetime", 10, datetime)),
  ...names("datetime", "timedelta", timedelta),
  ...names("datetime", "timezone", timezone),
  ...names("io _io", "BytesIO", bytesIo),
  ...names("numpy", "dtype", dtype),
  ...names("numpy._core.multiarray numpy.core.multiarray", "_reconstruct", reconstruct),
  ...names("numpy._core.multiarray numpy.core.multiarray", "scalar", scalar),
  ...names("numpy._core.numeric numpy.core.numeric", "_frombuffer", frombuffer),
]);
