// What is said of the pixel under the pointer: in columns that stay, whatever there is to say.

import {h} from "../base/dom.js";
import {NumberStyle, format, withMinus} from "../base/numbers.js";
import {layersAt} from "../state/resolve.js";

/** @typedef {import("../pixels/pixels.js").Reading} Reading */
/** @typedef {import("../state/stack.js").Stack} Stack */
/** @typedef {import("../types.js").Projection} Projection */
/** @typedef {import("../types.js").Shown} Shown */

/** There is nothing to read. */
const NOTHING = "–";
/** It is about to be known. */
const SOON = "…";
const RGB = /** @type {const} */ ([
  ["R", "#ff0000"],
  ["G", "#00ff00"],
  ["B", "#0000ff"],
]);

const NO_READING = {value: null, exact: null, isFailed: true, position: null};

/** A value, and what there is to say of it besides. @typedef {{text: string, title: string}} Said */

/** Where a column stands for a channel, or a color of RGB. @typedef {{name: string, color: string | null}} Head */

/**
 * A function that says where a pixel is in physical units; null where the size of pixels is unknown.
 * @param {Stack} stack
 * @returns {((x: number, y: number) => string) | null}
 */
export function placeWriter({pixelSize, pixelUnit, width, height}) {
  if (pixelSize === null) return null;
  const steps = pixelSize.flatMap((size, i) => [0, size, size * Math.max(1, [height, width][i] - 1)]);
  const style = NumberStyle.of(steps);
  const [dy, dx] = pixelSize;
  return (x, y) => `${style.write(x * dx)}, ${style.write(y * dy)} ${pixelUnit}`.trimEnd();
}

/**
 * What the columns are of: the layers that are shown, or red, green and blue.
 * @param {Stack} stack
 * @param {Pick<Shown, "layers" | "state"> | null} shown
 * @returns {Head[]}
 */
export function headsOf(stack, shown) {
  if (stack.color) return RGB.map(([name, color]) => ({name, color}));
  const isMany = stack.channels.length > 1;
  if (!shown) return [];
  const {layers, state} = shown;
  // A frame that cannot be read has no layers: its columns stay.
  return (layers.length ? layers : layersAt(state.position, state, stack)).map(({channel}) => {
    const {name} = stack.channels[channel];
    const isNamed = isMany || name !== `channel ${channel}`;
    return {
      name: isNamed ? name : "value",
      color: isMany ? (state.channels[channel].color ?? null) : null,
    };
  });
}

/**
 * What there is to say of a pixel, one item per column.
 * @param {Stack} stack
 * @param {Reading[]} readings
 * @param {Projection | null} projection
 * @returns {Said[]}
 */
export function sayValues(stack, readings, projection) {
  if (stack.color) {
    const [{value, exact, isFailed, position} = NO_READING] = readings;
    const scale = position && stack.scale(position, projection);
    return RGB.map((_, sample) =>
      say(value?.[sample] ?? null, isFailed, (level) => {
        if (exact) return exact[sample];
        return stack.ranges ? inUnits(scale, level, false) : String(level);
      }),
    );
  }
  return readings.map(({value, exact, isFailed, isTrue, position}) => {
    const scale = stack.scale(position, projection);
    const isExact = isTrue && !stack.isLossy && scale?.isExact;
    return say(value?.[0] ?? null, isFailed, (level) => {
      return exact ? exact[0] : inUnits(scale, level, isExact);
    });
  });
}

/**
 * @param {import("../base/numbers.js").Scale | null} scale null for frames in units that differ
 * @param {number} level
 * @param {boolean | undefined} isExact
 */
function inUnits(scale, level, isExact) {
  const text = scale ? scale.format(level) : `level ${level}`;
  return isExact ? text : `≈ ${text}`;
}

/**
 * @param {number | null} level
 * @param {boolean} isFailed
 * @param {(level: number) => string} write
 * @returns {Said}
 */
function say(level, isFailed, write) {
  if (level === null) return {text: isFailed ? NOTHING : SOON, title: ""};
  return {text: withMinus(write(level)), title: `8-bit level ${level} of 0–255`};
}

/**
 * Said where pixels are means of several; "" elsewhere.
 * @param {Reading[]} readings
 */
export function sayMean(readings) {
  const mean = readings.find((reading) => reading.mean)?.mean;
  return mean ? `mean of ${format(mean[1], 2)} × ${format(mean[0], 2)} px` : "";
}

/**
 * What another stack holds at the same pixel, in one text.
 * @param {Stack} stack
 * @param {Shown | null} shown
 * @param {Reading[]} readings
 */
export function describeOther(stack, shown, readings) {
  const values = sayValues(stack, readings, shown ? stack.projectionOf(shown.state) : null);
  const heads = headsOf(stack, shown);
  const texts = readings.length
    ? values.map(({text}, i) => (heads.length > 1 ? `${heads[i].name} ${text}` : text))
    : [NOTHING];
  return [stack.title, ...texts, sayMean(readings)].filter(Boolean).join("  ");
}

/** The line that says it. */
export class Readout {
  #stack;
  /** Says a place in the unit of the stack. @type {ReturnType<typeof placeWriter>} */
  #write = null;
  /** The size of pixels that it is for. */
  #size = "";
  #x = h("span", {});
  #y = h("span", {});
  #place = h("span", {className: "place"});
  #values = h("span", {className: "values"});
  #more = h("span", {className: "more"});
  /** @type {{key: string, cells: HTMLElement[]}} */
  #columns = {key: "", cells: []};

  /** @param {Stack} stack */
  constructor(stack) {
    this.#stack = stack;
    const pixel = h("span", {className: "pixel"}, "x ", this.#x, " y ", this.#y);
    const room = (/** @type {HTMLElement} */ {style}, /** @type {string} */ text) =>
      void (style.minWidth = `${text.length}ch`);
    room(this.#x, `${stack.width - 1} `);
    room(this.#y, String(stack.height - 1));
    this.element = h("span", {className: "readout"}, pixel, this.#place, this.#values, this.#more);
    this.update(null, null, [], []);
  }

  /** Say places in the unit of the stack, which may have been set by hand. */
  #takeSize() {
    const stack = this.#stack;
    const size = JSON.stringify([stack.pixelSize, stack.pixelUnit]);
    if (size === this.#size) return;
    this.#size = size;
    this.#write = placeWriter(stack);
    this.#place.hidden = this.#write === null;
    // It takes more room than the style sheet gives it where there are many digits.
    const longest = this.#write?.(stack.width - 1, stack.height - 1) ?? "";
    this.#place.style.width = `${longest.length}ch`;
  }

  /**
   * @param {Shown | null} shown
   * @param {[x: number, y: number] | null} pixel null while the pointer is not on the picture
   * @param {Reading[]} readings
   * @param {string[]} others what else there is to say of the pixel
   */
  update(shown, pixel, readings, others) {
    this.#takeSize();
    const [x, y] = pixel ?? [NOTHING, NOTHING];
    setText(this.#x, String(x));
    setText(this.#y, String(y));
    setText(this.#place, pixel && this.#write ? this.#write(...pixel) : NOTHING);
    this.#setColumns(headsOf(this.#stack, shown));
    const projection = shown ? this.#stack.projectionOf(shown.state) : null;
    const said = pixel ? sayValues(this.#stack, readings, projection) : [];
    this.#columns.cells.forEach((cell, i) => {
      const {text, title} = said[i] ?? {text: NOTHING, title: ""};
      setText(cell, text);
      if (cell.title !== title) cell.title = title;
    });
    setText(this.#more, [sayMean(readings), ...others].filter(Boolean).join(" · "));
  }

  /** @param {Head[]} heads */
  #setColumns(heads) {
    const key = JSON.stringify(heads);
    if (key === this.#columns.key) return;
    const cells = heads.map(() => h("span", {className: "value"}));
    this.#columns = {key, cells};
    this.#values.replaceChildren(
      ...heads.map(({name, color}, i) => {
        const swatch = color ? h("span", {className: "swatch", style: `background: ${color}`}) : null;
        return h(
          "span",
          {className: "column", title: name},
          swatch,
          h("span", {className: "head"}, name),
          " ",
          cells[i],
        );
      }),
    );
    // Eight bits take less room than units.
    this.#values.classList.toggle("rgb", this.#stack.color && !this.#stack.ranges);
  }
}

/**
 * @param {HTMLElement} element
 * @param {string} text
 */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
