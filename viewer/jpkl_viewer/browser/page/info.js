// What is known of a stack, in words.

import {h} from "../base/dom.js";
import {FidelityPlots} from "./fidelity.js";
import {format} from "../base/numbers.js";
import {section} from "./sidebar.js";

/** @typedef {import("../state/stack.js").Stack} Stack */
/**
 * @typedef {Pick<Stack, "width" | "height" | "color" | "dims" | "pixelSize" | "pixelUnit" | "encoding" | "fidelity" |
 *   "ranges" | "isExact" | "isLossy">} Known
 */

const LOSSY = "for looking, not for measuring";
/** Values of a pixel are so many steps apart, from 0 to 255. */
const STEPS = 255;
/** Distances that differ by less than this part of them are the same. */
const SAME = 1e-3;

/** @param {Known} stack */
function sizeText({width, height, color, pixelSize, pixelUnit}) {
  const pixels = `${width} × ${height} px${color ? ", RGB" : ""}`;
  if (pixelSize === null) return pixels;
  const [dy, dx] = pixelSize;
  return `${pixels}, ${format(width * dx, 3)} × ${format(height * dy, 3)} ${pixelUnit}`.trimEnd();
}

/** @param {Known} stack */
function pixelText({pixelSize, pixelUnit}) {
  if (pixelSize === null) return "size not known";
  const [dy, dx] = pixelSize;
  const size = dx === dy ? format(dx) : `${format(dx)} × ${format(dy)}`;
  return `${size} ${pixelUnit}`.trimEnd();
}

/** @param {import("../types.js").Dim} dim */
function dimText({name, size, coords, unit}) {
  if (!coords || size < 2 || !coords.every(Number.isFinite)) return `${name} ${size}`;
  const step = (coords[size - 1] - coords[0]) / (size - 1);
  const isEven = coords.every((at, i) => Math.abs(at - coords[0] - i * step) <= SAME * Math.abs(step));
  return isEven && step
    ? `${name} ${size}, every ${format(Math.abs(step))} ${unit}`.trimEnd()
    : `${name} ${size}`;
}

/**
 * Each dim in a line, and those of one index together.
 * @param {import("../types.js").Dim[]} dims
 */
function dimsText(dims) {
  const single = dims.filter(({size}) => size === 1).map(({name}) => name);
  const lines = dims.filter(({size}) => size !== 1).map(dimText);
  return [...lines, single.length ? `${single.join(", ")} 1` : ""].filter(Boolean).join("\n");
}

/**
 * Lowest and highest original intensity, and the largest step between two values; null where they are not known.
 * @param {Known} stack
 */
function intensities({ranges}) {
  if (ranges === null) return null;
  const {values} = ranges; // one by one: there may be more of them than a function takes
  let [low, high, step] = [Infinity, -Infinity, -Infinity];
  for (let i = 0; i < values.length; i += 2) {
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i + 1]);
    step = Math.max(step, (values[i + 1] - values[i]) / STEPS);
  }
  return {low, high, step};
}

/**
 * Facts of a stack, each with its name.
 * @param {Known} stack
 * @returns {[name: string, text: string][]}
 */
export function facts(stack) {
  const known = intensities(stack);
  const steps = known && known.step > 1 ? `Steps of ${format(known.step, 3)}` : "8-bit values";
  /** @type {[string, string][]} */
  const data = known ? [["Data", `${format(known.low, 6)} … ${format(known.high, 6)}`]] : [];
  /** @type {[string, string][]} */
  const measured = stack.fidelity ? [["Measured", stack.fidelity]] : [];
  return [
    ["Size", sizeText(stack)],
    ["Pixel", pixelText(stack)],
    ["Dims", dimsText(stack.dims) || "none"],
    ...data,
    ["Stored as", stack.encoding],
    ...measured,
    ["Fidelity", fidelity(stack, steps)],
  ];
}

/**
 * @param {Known} stack
 * @param {string} steps
 */
function fidelity({isExact, isLossy, encoding}, steps) {
  if (isExact) return "original values, of which the picture shows 256 levels";
  const loss = encoding.includes("JPEG") ? "JPEG loss" : "loss";
  return isLossy ? `${steps}, with ${loss} on top: ${LOSSY}` : `${steps}, without further loss`;
}

/** What is known of a stack, as a section of the sidebar. */
export class Info {
  #plots;
  #stack;
  /** Where each fact is said. @type {HTMLElement[]} */
  #texts;
  /** What may be set by hand of what they say. */
  #said = "";

  /**
   * @param {Stack} stack
   * @param {(position: number[]) => void} goTo
   */
  constructor(stack, goTo) {
    this.#stack = stack;
    const names = facts(stack).map(([name]) => h("dt", {}, name));
    this.#texts = names.map(() => h("dd", {}));
    const items = names.flatMap((name, i) => [name, this.#texts[i]]);
    this.#say();
    this.#plots = stack.profiles && new FidelityPlots(stack, goTo);
    const plots = this.#plots && this.#plots.element;
    this.element = section("Info", h("dl", {className: "info"}, ...items), plots);
  }

  /**
   * Mark a position in what is plotted.
   * @param {number[]} position
   */
  follow(position) {
    this.#say();
    this.#plots?.follow(position);
  }

  #say() {
    const {pixelSize, pixelUnit, dims} = this.#stack;
    const said = JSON.stringify([
      pixelSize,
      pixelUnit,
      dims.map(({name, unit, coords}) => [name, unit, coords?.slice(0, 2)]),
    ]);
    if (said === this.#said) return;
    this.#said = said;
    facts(this.#stack).forEach(([, text], i) => (this.#texts[i].textContent = text));
  }
}
