// Plots of what is on record of a stack's fidelity, along each dim; a click goes to a frame.

import {h, segmented, svg} from "../base/dom.js";
import {format} from "../base/numbers.js";

/** @typedef {import("../state/stack.js").Stack} Stack */
/** @typedef {"psnr" | "ssim"} Measure */
/**
 * The lowest value at each index of a dim, and the number of the frame that has it; null where there is none.
 * @typedef {{values: (number | null)[], frames: (number | null)[]}} Profile
 */
/** @typedef {{worst: number, dims: Profile[]}} MeasureProfiles `worst` is the number of a frame */
/** @typedef {{psnr: MeasureProfiles, ssim?: MeasureProfiles}} Profiles */

/** Margins of the curve, in a picture of 100 x 100 units whatever its size. */
const [LEFT, TOP, ROOM, DEEP] = [2, 10, 96, 80];
/** Up to so many values, each has a dot. */
const MOST_DOTS = 60;
/** How a value is written. @type {Record<Measure, {text: string, unit: string, digits: number}>} */
const MEASURES = {
  psnr: {text: "PSNR", unit: " dB", digits: 2},
  ssim: {text: "SSIM", unit: "", digits: 4},
};

/** @param {number} value @param {Measure} measure */
const written = (value, measure) => `${value.toFixed(MEASURES[measure].digits)}${MEASURES[measure].unit}`;

/** @param {(number | null)[]} values @param {Measure} measure */
function rangeText(values, measure) {
  const [low, high] = extent(values);
  return low === high
    ? written(low, measure)
    : `${low.toFixed(MEASURES[measure].digits)} … ${written(high, measure)}`;
}

/** @param {number} index @param {number} size */
const across = (index, size) => (size < 2 ? LEFT + ROOM / 2 : LEFT + (ROOM * index) / (size - 1));

/**
 * Lowest and highest known value.
 * @param {(number | null)[]} values
 * @returns {[number, number]}
 */
export function extent(values) {
  const known = values.filter((value) => value !== null);
  return [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))];
}

/**
 * Where values are in the picture, `x y`; null where there is none.
 * @param {(number | null)[]} values
 * @returns {(string | null)[]}
 */
export function pointsOf(values) {
  const [low, high] = extent(values);
  return values.map((value, i) => {
    if (value === null) return null;
    const down = high > low ? (DEEP * (high - value)) / (high - low) : DEEP / 2;
    return `${format(across(i, values.length), 5)} ${format(TOP + down, 5)}`;
  });
}

/** A round dot at each point, whatever the shape of the picture. @param {(string | null)[]} points */
const dotsAt = (points) => points.flatMap((point) => (point === null ? [] : [`M${point}h0`])).join("");

/**
 * The index with a value that is next to a place.
 * @param {(number | null)[]} values
 * @param {number} part from 0 at the left to 1 at the right
 */
export function nearest(values, part) {
  const away = (/** @type {number} */ i) => Math.abs(across(i, values.length) - 100 * part);
  const known = values.flatMap((value, i) => (value === null ? [] : [i]));
  return known.reduce((best, i) => (away(i) < away(best) ? i : best));
}

/**
 * What is said of a value.
 * @param {Stack} stack
 * @param {Measure} measure
 * @param {number} dim
 * @param {number} index
 */
export function readoutOf(stack, measure, dim, index) {
  const profiles = /** @type {Profiles} */ (stack.profiles)[measure];
  const {values, frames} = /** @type {MeasureProfiles} */ (profiles).dims[dim];
  const label = stack.label(dim, index);
  const place = `${stack.dims[dim].name} ${index}${label && ` (${label})`}`;
  const others = stack.sizes.filter((size) => size > 1).length > 1;
  const frame = others ? `, frame ${stack.index(Number(frames[index]))}` : "";
  return `${place}: ${others ? "lowest " : ""}${MEASURES[measure].text} ${written(Number(values[index]), measure)}${frame}`;
}

/** Dims that have more than one index. @param {Stack} stack */
const shownDims = ({sizes}) => sizes.flatMap((size, dim) => (size > 1 ? [dim] : []));

/** The plots of a stack that has profiles. */
export class FidelityPlots {
  /** @type {Measure} */
  #measure = "psnr";
  #position;
  #stack;
  #goTo;
  #plots = h("div", {});
  #readout = h("output", {className: "fidelity-readout"});
  /** @type {{update: (measure: string) => void} | null} */
  #choice = null;

  /**
   * @param {Stack} stack
   * @param {(position: number[]) => void} goTo
   */
  constructor(stack, goTo) {
    this.#stack = stack;
    this.#goTo = goTo;
    this.#position = stack.sizes.map(() => 0);
    const worst = h("button", {
      className: "text",
      title: "Go to the frame that lost the most",
      onclick: () => this.#goTo(stack.position(this.#profiles().worst)),
    });
    worst.append("Worst frame");
    const head = h("div", {className: "fidelity-head"});
    if (stack.profiles?.ssim) {
      const choice = segmented(
        "what is plotted",
        [
          ["psnr", "PSNR"],
          ["ssim", "SSIM"],
        ],
        (value) => this.#show(/** @type {Measure} */ (value)),
      );
      head.append(choice.element);
      this.#choice = choice;
    }
    head.append(worst);
    this.element = h("div", {className: "fidelity"}, head, this.#plots, this.#readout);
    this.#show("psnr");
  }

  #profiles() {
    return /** @type {MeasureProfiles} */ (this.#stack.profiles?.[this.#measure]);
  }

  /** @param {Measure} measure */
  #show(measure) {
    this.#measure = measure;
    this.#choice?.update(measure);
    this.#plots.replaceChildren(...shownDims(this.#stack).map((dim) => this.#plot(dim)));
    this.#readout.textContent = "";
    this.follow(this.#position);
  }

  /** @param {number} dim */
  #plot(dim) {
    const {values, frames} = this.#profiles().dims[dim];
    const points = pointsOf(values);
    const label = `${MEASURES[this.#measure].text} along ${this.#stack.dims[dim].name}`;
    const picture = svg(
      "svg",
      {viewBox: "0 0 100 100", preserveAspectRatio: "none", role: "img", "aria-label": label},
      svg("line", {class: "at", y1: 0, y2: 100}),
      svg("path", {class: "curve", d: `M${points.filter((point) => point !== null).join("L")}`}),
      svg("path", {class: "dots", d: values.length > MOST_DOTS ? "" : dotsAt(points)}),
      svg("path", {class: "worst", d: dotsAt([points[frames.indexOf(this.#profiles().worst)]])}),
    );
    const at = (/** @type {PointerEvent | MouseEvent} */ event) => {
      const {left, width} = picture.getBoundingClientRect();
      return nearest(values, (event.clientX - left) / width);
    };
    picture.onpointermove = (event) => {
      this.#readout.textContent = readoutOf(this.#stack, this.#measure, dim, at(event));
    };
    picture.onpointerleave = () => {
      this.#readout.textContent = "";
    };
    picture.onclick = (event) => this.#goTo(this.#stack.position(Number(frames[at(event)])));
    const caption = h(
      "figcaption",
      {},
      h("span", {}, label),
      h("span", {}, rangeText(values, this.#measure)),
    );
    return h("figure", {}, caption, picture);
  }

  /**
   * Mark a position.
   * @param {number[]} position
   */
  follow(position) {
    this.#position = position;
    shownDims(this.#stack).forEach((dim, i) => {
      const line = this.#plots.children[i].querySelector(".at");
      const x = String(across(position[dim], this.#stack.sizes[dim]));
      line?.setAttribute("x1", x);
      line?.setAttribute("x2", x);
    });
  }
}
