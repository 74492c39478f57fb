// What the metadata of a stack say under the keys that JPkl knows; as `jpkl/_metadata.py`. What is not well-formed is
// treated as if it were not there.

import {writeApart} from "../../browser/base/numbers.js";
import {Dict, Duration, NumpyArray, PyDate, PyDateTime, itemsOf, plain} from "../format/values.js";
import {writeTexts, writeTimes} from "./moments.js";

/** @typedef {import("../format/values.js").Value} Value */

const COLOR = /^#?([0-9a-fA-F]{6})$/;
const CHANNEL_NAMES = ["c", "ch", "channel", "channels"];
const DISPLAY_MODES = ["composite", "single"];
/** A pixel that is said to be longer than this by its breadth is not shown so. */
const MOST_PIXEL_ASPECT = 64;

/** The position of the dim named channel or c, if there is exactly one. @param {string[]} names */
export function channelDim(names) {
  const found = names.flatMap((name, d) => (CHANNEL_NAMES.includes(name.toLowerCase()) ? [d] : []));
  return found.length === 1 ? found[0] : null;
}

/** Integers beyond this are no longer exact as floats. */
const EXACT_INTEGERS = 2 ** 53;

/**
 * The metadata that JPkl knows, checked: plain data.
 * @typedef {object} Known
 * @property {import("../../browser/types.js").Dim[]} dims
 * @property {[number, number] | null} pixelSize height and width
 * @property {string} pixelUnit
 * @property {string[]} channelNames one for each channel, or none; likewise the others
 * @property {string[]} channelColors
 * @property {[number, number][]} channelLimits in the units of the pixels before encoding
 * @property {boolean[]} channelVisible
 * @property {string} displayMode
 */

/**
 * @param {Dict} metadata
 * @param {string[]} names of the dims
 * @param {number[]} sizes
 * @returns {Known}
 */
export function readMetadata(metadata, names, sizes) {
  const channel = channelDim(names);
  const n = channel === null ? 1 : sizes[channel];
  const axes = new Axes(metadata, names, sizes);
  let channelNames = metadata.get("channel_names") ?? null;
  // Where xarray keeps them.
  if (channelNames === null && channel !== null)
    channelNames = mapping(metadata.get("coords")).get(names[channel]);
  const mode = text(metadata.get("display_mode"));
  return {
    dims: names.map((name, d) => axes.describe(name, sizes[d])),
    pixelSize: pixelSize(metadata.get("pixel_size")),
    pixelUnit: text(metadata.get("pixel_unit")),
    channelNames: texts(channelNames, n),
    channelColors: colors(metadata.get("channel_colors"), n),
    channelLimits: limits(metadata.get("channel_limits"), n),
    channelVisible: flags(metadata.get("channel_visible"), n),
    displayMode: DISPLAY_MODES.includes(mode) ? mode : "",
  };
}

/** Height of a pixel by its width: 1 where unknown, or too far from 1 to be true. @param {Known} known */
export function pixelAspect({pixelSize: size}) {
  const aspect = size ? size[0] / size[1] : 1;
  return aspect >= 1 / MOST_PIXEL_ASPECT && aspect <= MOST_PIXEL_ASPECT ? aspect : 1;
}

/** What the metadata say of the dims. */
class Axes {
  /** Of the dims that have some, all of one kind. @type {Map<string, Value[]>} */
  #coords = new Map();
  /** @type {Map<string, string>} */
  #units = new Map();

  /**
   * @param {Dict} metadata
   * @param {string[]} names of the dims
   * @param {number[]} sizes
   */
  constructor(metadata, names, sizes) {
    const [coords, units] = ["coords", "units"].map((key) => mapping(metadata.get(key)));
    names.forEach((name, d) => {
      const found = readCoords(coords.get(name), sizes[d]);
      if (found.length) this.#coords.set(name, found);
      const unit = text(units.get(name));
      if (unit) this.#units.set(name, unit);
    });
  }

  /**
   * @param {string} name
   * @param {number} size
   * @returns {import("../../browser/types.js").Dim}
   */
  describe(name, size) {
    const numbers = this.#numbers(name);
    if (numbers === null || numbers.some((number) => number > EXACT_INTEGERS || number < -EXACT_INTEGERS)) {
      const labels = this.#labels(name);
      return {name, size, coords: null, unit: "", texts: labels.length ? labels : null};
    }
    return {name, size, coords: numbers.map(Number), unit: this.#unit(name), texts: null};
  }

  /**
   * The coords of a dim, if they are numbers: lengths of time in seconds.
   * @param {string} dim
   * @returns {(number | bigint)[] | null}
   */
  #numbers(dim) {
    const found = this.#coords.get(dim) ?? [];
    if (found[0] instanceof Duration) return found.map(({microseconds}) => seconds(microseconds));
    return typeof found[0] === "number" || typeof found[0] === "bigint" ? found : null;
  }

  /** The unit of `numbers`; "" where it is not known. @param {string} dim */
  #unit(dim) {
    const [first] = this.#coords.get(dim) ?? [""];
    return isMoment(first) || first instanceof Duration ? "s" : (this.#units.get(dim) ?? "");
  }

  /** The coords of a dim as people read them; none where there are none. @param {string} dim @returns {string[]} */
  #labels(dim) {
    const found = this.#coords.get(dim) ?? [];
    if (found.length && isMoment(found[0])) return writeTimes(found);
    if (typeof found[0] === "string") {
      const written = writeTexts(found);
      return written.some((each, i) => each !== found[i]) ? written : this.#withUnit(found, dim);
    }
    const numbers = this.#numbers(dim) ?? [];
    const isWhole = numbers.every((number) => typeof number === "bigint");
    return this.#withUnit(isWhole ? numbers.map(String) : writeApart(numbers.map(Number)), dim);
  }

  /**
   * @param {string[]} values
   * @param {string} dim
   */
  #withUnit(values, dim) {
    return values.map((value) => `${value} ${this.#unit(dim)}`.trimEnd());
  }
}

/** @param {bigint} microseconds */
function seconds(microseconds) {
  return Number(microseconds) / 1e6;
}

/** @param {Value} value */
function isMoment(value) {
  return value instanceof PyDate || value instanceof PyDateTime;
}

/** @param {Value} value @returns {Dict} */
function mapping(value) {
  return value instanceof Dict ? value : new Dict();
}

/** @param {Value} value @returns {string} */
function text(value) {
  const bare = plain(value ?? null);
  return typeof bare === "string" ? bare : "";
}

/**
 * The items of a sequence of length `n`; none for anything else.
 * @param {Value} value
 * @param {number} n
 * @returns {Value[]}
 */
function items(value, n) {
  const list =
    value instanceof NumpyArray && value.shape.length === 1 ? value.toList() : itemsOf(value ?? null);
  return list?.length === n ? list.map(plain) : [];
}

/**
 * @param {Value} value
 * @param {number} n
 * @returns {string[]}
 */
function texts(value, n) {
  const found = items(value, n);
  return found.every((item) => typeof item === "string") ? found : [];
}

/**
 * @param {Value} value
 * @param {number} n
 */
function colors(value, n) {
  const found = texts(value, n).map((color) => COLOR.exec(color));
  return found.every((match) => match !== null) ? found.map((match) => `#${match[1]}`) : [];
}

/**
 * @param {Value} value
 * @param {number} n
 * @returns {boolean[]}
 */
function flags(value, n) {
  const found = items(value, n);
  return found.every((item) => typeof item === "boolean") ? found : [];
}

/**
 * @param {Value} value
 * @param {number} n
 * @returns {[number, number][]}
 */
function limits(value, n) {
  const pairs = items(value instanceof NumpyArray ? value.toList() : value, n).map((pair) => items(pair, 2));
  const areLimits = pairs.every((pair) => pair.length && pair.every(isReal) && pair[0] < pair[1]);
  return areLimits ? pairs.map(([low, high]) => [Number(low), Number(high)]) : [];
}

/**
 * @param {Value} value
 * @param {number} n
 * @returns {Value[]}
 */
function readCoords(value, n) {
  const found = items(value, n);
  const isOneKind =
    found.every(isReal) ||
    found.every((item) => typeof item === "string") ||
    found.every(isMoment) ||
    found.every((item) => item instanceof Duration);
  return isOneKind ? found : [];
}

/** @param {Value} value @returns {[number, number] | null} */
function pixelSize(value) {
  const found = items(value, 2);
  if (!found.length || !found.every((item) => isReal(item) && item > 0)) return null;
  return [Number(found[0]), Number(found[1])];
}

/** Whether a value is a number that a float can be. @param {Value} item */
function isReal(item) {
  return (typeof item === "number" || typeof item === "bigint") && Number.isFinite(Number(item));
}
