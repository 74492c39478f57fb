// Text as pickles have it: UTF-8 with lone surrogates, escapes of protocol 0, str of Python 2.

import {latin1Text} from "./bytes.js";
import {FormatError} from "./errors.js";

const UTF8 = new TextDecoder("utf-8", {fatal: true, ignoreBOM: true});

/**
 * UTF-8, in which pickle allows lone surrogates.
 * @param {Uint8Array} stored
 */
export function decodeUtf8(stored) {
  try {
    return UTF8.decode(stored);
  } catch {
    return withSurrogates(stored);
  }
}

/**
 * The same, one surrogate at a time.
 * @param {Uint8Array} stored
 */
function withSurrogates(stored) {
  let text = "";
  let start = 0;
  for (let i = 0; i + 2 < stored.length; i++) {
    if (stored[i] !== 0xed || (stored[i + 1] & 0xe0) !== 0xa0 || (stored[i + 2] & 0xc0) !== 0x80) continue;
    text += strict(stored.subarray(start, i));
    text += String.fromCharCode(0xd000 | ((stored[i + 1] & 0x3f) << 6) | (stored[i + 2] & 0x3f));
    start = i + 3;
    i += 2;
  }
  return text + strict(stored.subarray(start));
}

/** @param {Uint8Array} stored */
function strict(stored) {
  try {
    return UTF8.decode(stored);
  } catch {
    throw new FormatError("text that is not UTF-8");
  }
}

/**
 * A line of raw-unicode-escape text.
 * @param {Uint8Array} stored
 */
export function decodeRawEscapes(stored) {
  return latin1Text(stored).replace(/\\(u[\da-fA-F]{4}|U[\da-fA-F]{8}|[^]?)/g, (whole, escape) => {
    if (!/^[uU]/.test(escape)) return whole;
    const code = parseInt(escape.slice(1), 16);
    if (escape.length !== (escape[0] === "u" ? 5 : 9) || code > 0x10ffff)
      throw new FormatError("text with a broken escape");
    return String.fromCodePoint(code);
  });
}

/** @type {Record<string, string>} */
const ESCAPES = {
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/**
 * The bytes, as text of characters below 256, that a str literal of Python 2 stands for.
 * @param {string} quoted
 */
export function unescape(quoted) {
  return quoted.replace(/\\(x[\da-fA-F]{2}|[0-7]{1,3}|[^]?)/g, (whole, escape) => {
    if (escape === "" || escape === "x") throw new FormatError("a str of Python 2 that is not well-formed");
    if (escape === "\n") return "";
    if (escape.length === 3 && escape[0] === "x") return String.fromCharCode(parseInt(escape.slice(1), 16));
    if (/^[0-7]/.test(escape)) return String.fromCharCode(parseInt(escape, 8) & 255);
    return ESCAPES[escape] ?? whole;
  });
}

/** Longest name that a message quotes. */
const MAX_NAME = 80;

/**
 * A name from a file in printable ASCII, shortened.
 * @param {string} name
 */
export function shortName(name) {
  const plain = name
    .slice(0, MAX_NAME)
    .replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return plain + (name.length > MAX_NAME ? "..." : "");
}
