// What each pickle opcode of protocols 0 to 5 does to the machine; as `jpkl/_pickle/opcodes.py`.

import {latin1, latin1Text} from "./bytes.js";
import {FormatError, UnsafePickleError} from "./errors.js";
import {findGlobal} from "./globals.js";
import {EAGER_TEXT, CONTAINER_BYTES} from "./machine.js";
import {decodeUtf8, unescape} from "./text.js";
import {BuildTarget, Dict, ESCAPED, PySet, Span, Tuple, describeType} from "./values.js";

/** @typedef {import("./machine.js").Machine} Machine */
/** @typedef {(machine: Machine) => void} Handler */

const LONGEST_LINE = 3000;
const DECIMAL = /^[+-]?[0-9]{1,2466}$/;
const FLOAT = /^[+-]?(inf(inity)?|nan|([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?)$/i;

/** @param {Machine} machine */
function line({window}) {
  return latin1Text(window.line(LONGEST_LINE));
}

/** @param {string} text */
function decimal(text) {
  if (!DECIMAL.test(text))
    throw new FormatError(`'${text.slice(0, 40)}' is no whole number, or a very long one`);
  return BigInt(text.replace("+", ""));
}

/** @param {string} text */
function float(text) {
  // Python takes underscores between digits, and blanks around the number.
  const number = text.replace(/^[ \t\r\v\f]+|[ \t\r\v\f]+$/g, "").replace(/(?<=[0-9])_(?=[0-9])/g, "");
  if (!FLOAT.test(number)) throw new FormatError(`'${text.slice(0, 40)}' is no number`);
  if (/n/i.test(number)) return /nan/i.test(number) ? NaN : number[0] === "-" ? -Infinity : Infinity;
  return Number(number);
}

/** @param {Machine} machine */
function slotLine(machine) {
  const slot = decimal(line(machine));
  if (slot < 0n) throw new FormatError(`memo slot ${slot}`);
  return Number(slot);
}

/** @param {Machine} machine */
function globalLines({window}) {
  const module = decodeUtf8(window.line(LONGEST_LINE));
  return findGlobal(module, decodeUtf8(window.line(LONGEST_LINE)));
}

/** @type {Handler} */
function proto({window}) {
  const version = window.byte();
  if (version > 5) throw new FormatError(`pickle protocol ${version}; 0 to 5 exist`);
}

/** @type {Handler} */
function pop(machine) {
  if (machine.stack.length) machine.pop();
  else machine.popMark();
}

/** @type {Handler} */
function intLine(machine) {
  const text = line(machine);
  machine.push(text === "00" || text === "01" ? text === "01" : decimal(text));
}

/** @type {Handler} */
function unicodeLine(machine) {
  const {window, source} = machine;
  const length = window.lineLength();
  const span = new Span(window.skip(length), length, ESCAPED, "str");
  window.skip(1);
  machine.push(length <= EAGER_TEXT ? span.read(source) : span);
}

/** @type {Handler} */
function binstring(machine) {
  const length = machine.window.number(4);
  if (length > EAGER_TEXT)
    machine.pushBytes(length); // in a stack of images, rather a frame than a text
  else machine.pushPython2Text(machine.window.take(length));
}

/** @type {Handler} */
function stringLine(machine) {
  const text = line(machine).replace(/^[ \t\r\v\f]+|[ \t\r\v\f]+$/g, "");
  if (text.length < 2 || text[0] !== text.at(-1) || !["'", '"'].includes(text[0]))
    throw new FormatError("a str of Python 2 that is not quoted");
  machine.pushPython2Text(latin1(unescape(text.slice(1, -1))));
}

/** @type {Handler} */
function dict(machine) {
  const items = machine.popMark();
  machine.newDict();
  machine.setItems(machine.top(), items);
}

/**
 * @param {Machine} machine
 * @param {import("./values.js").Value} target
 */
function addItems(machine, target) {
  const items = machine.popMark();
  const into = target ?? machine.top();
  if (!(into instanceof PySet)) throw new FormatError(`${describeType(into)} gets items as if it were a set`);
  into.add(machine.asKeys(into, items));
}

/** @type {Handler} */
function frozenSet(machine) {
  const made = new PySet();
  addItems(machine, made);
  machine.push(made);
}

/** @type {Handler} */
function setItem(machine) {
  const value = machine.pop();
  const key = machine.pop();
  machine.setItems(machine.top(), [key, value]);
}

/** @type {Handler} */
function stackGlobal(machine) {
  const name = machine.pop();
  const module = machine.pop();
  if (typeof name !== "string" || typeof module !== "string")
    throw new UnsafePickleError(
      `the file asks for a global whose name is ${describeType(module)} and ${describeType(name)}`,
    );
  machine.push(findGlobal(module, name));
}

/** @type {Handler} */
function reduce(machine) {
  const args = machine.pop();
  machine.call(machine.pop(), args);
}

/** @type {Handler} */
function newObjEx(machine) {
  const [keywords, args, callee] = [machine.pop(), machine.pop(), machine.pop()];
  if (!(keywords instanceof Dict) || keywords.size) throw new FormatError("a global is called with keywords");
  machine.call(callee, args);
}

/** @type {Handler} */
function obj(machine) {
  const items = machine.popMark();
  if (!items.length) throw new FormatError("an opcode needs more objects than there are");
  machine.call(items[0], new Tuple(items.slice(1)));
}

/** @type {Handler} */
function build(machine) {
  const state = machine.pop();
  const target = machine.top();
  if (!(target instanceof BuildTarget)) throw new FormatError(`${describeType(target)} gets a state`);
  target.build(state);
}

/** @type {Handler} */
function outsideReference() {
  throw new UnsafePickleError(
    "the file refers to an object outside of itself (a persistent id or extension code)",
  );
}

/** @type {Handler} */
function outsideBuffer() {
  throw new FormatError("the file was written with out-of-band buffers, which it does not hold");
}

/** @type {Record<string, Handler>} */
const BY_CODE = {
  "\x80": proto,
  "\x95": ({window}) => window.enterFrame(window.number(8)),
  "(": (machine) => machine.mark(),
  0: pop,
  1: (machine) => void machine.popMark(),
  2: (machine) => machine.push(machine.top()),
  "\x94": (machine) => machine.put(machine.memo.size),
  q: (machine) => machine.put(machine.window.byte()),
  r: (machine) => machine.put(machine.window.number(4)),
  p: (machine) => machine.put(slotLine(machine)),
  h: (machine) => machine.get(machine.window.byte()),
  j: (machine) => machine.get(machine.window.number(4)),
  g: (machine) => machine.get(slotLine(machine)),
  N: (machine) => machine.push(null),
  "\x88": (machine) => machine.push(true),
  "\x89": (machine) => machine.push(false),
  K: (machine) => machine.push(BigInt(machine.window.byte())),
  M: (machine) => machine.push(BigInt(machine.window.number(2))),
  J: (machine) => machine.pushLong(4),
  "\x8a": (machine) => machine.pushLong(machine.window.byte()),
  "\x8b": (machine) => machine.pushLong(machine.window.number(4)),
  I: intLine,
  L: (machine) => machine.push(decimal(line(machine).replace(/L$/, ""))),
  F: (machine) => machine.push(float(line(machine))),
  G: (machine) => machine.push(new DataView(machine.window.take(8).buffer).getFloat64(0)),
  C: (machine) => machine.pushBytes(machine.window.byte()),
  B: (machine) => machine.pushBytes(machine.window.number(4)),
  "\x8e": (machine) => machine.pushBytes(machine.window.number(8)),
  "\x96": (machine) => machine.pushBytes(machine.window.number(8), "bytearray"),
  "\x8c": (machine) => machine.pushText(machine.window.byte()),
  X: (machine) => machine.pushText(machine.window.number(4)),
  "\x8d": (machine) => machine.pushText(machine.window.number(8)),
  V: unicodeLine,
  U: (machine) => machine.pushPython2Text(machine.window.take(machine.window.byte())),
  T: binstring,
  S: stringLine,
  "]": (machine) => {
    machine.charge(CONTAINER_BYTES);
    machine.push([]);
  },
  "}": (machine) => machine.newDict(),
  "\x8f": (machine) => {
    machine.charge(CONTAINER_BYTES);
    machine.push(new PySet());
  },
  ")": (machine) => machine.push(new Tuple([])),
  "\x85": (machine) => machine.pushTuple(1),
  "\x86": (machine) => machine.pushTuple(2),
  "\x87": (machine) => machine.pushTuple(3),
  t: (machine) => {
    const items = machine.popMark();
    machine.push(new Tuple(items));
  },
  l: (machine) => {
    const items = machine.popMark();
    machine.push(items);
  },
  d: dict,
  "\x91": frozenSet,
  a: (machine) => {
    const item = machine.pop();
    machine.append([item]);
  },
  e: (machine) => {
    const items = machine.popMark();
    machine.append(items);
  },
  s: setItem,
  u: (machine) => {
    const items = machine.popMark();
    machine.setItems(machine.top(), items);
  },
  "\x90": (machine) => addItems(machine, null),
  c: (machine) => machine.push(globalLines(machine)),
  "\x93": stackGlobal,
  R: reduce,
  "\x81": reduce,
  "\x92": newObjEx,
  i: (machine) => {
    const callee = globalLines(machine);
    machine.call(callee, new Tuple(machine.popMark()));
  },
  o: obj,
  b: build,
  P: outsideReference,
  Q: outsideReference,
  "\x82": outsideReference,
  "\x83": outsideReference,
  "\x84": outsideReference,
  "\x97": outsideBuffer,
  "\x98": outsideBuffer,
};

/** What to call for each opcode but STOP. */
export const HANDLERS = Array.from(
  {length: 256},
  (_, code) =>
    BY_CODE[String.fromCharCode(code)] ??
    (() => {
      throw new FormatError("not a pickle opcode");
    }),
);
