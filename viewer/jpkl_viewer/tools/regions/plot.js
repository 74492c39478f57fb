// A plot of curves with bands between least and greatest values, drawn as SVG.

import {h, svg} from "../../browser/base/dom.js";
import {withMinus, writeApart} from "../../browser/base/numbers.js";
import {MARGIN, PlotScale, curvePaths, ticksOf, valueRange} from "./plot_layout.js";

/**
 * @typedef {import("./plot_layout.js").Range} Range
 * @typedef {import("./plot_layout.js").Series} Series
 */

/**
 * What a plot shows.
 * @typedef {object} Chart
 * @property {Series[]} series
 * @property {string} caption
 * @property {string} xLabel
 * @property {string} yLabel
 * @property {number} xStep least distance of ticks along the x axis
 * @property {Range} xRange
 * @property {string[]} [xTexts] what the whole numbers from 0 on stand for along the x axis
 */

/** Below this, in screen pixels, there is no room for a plot. */
const LEAST_ROOM = 20;

/** About one tick in so many screen pixels. */
const TICKS = {x: 70, y: 26};

/** A plot. */
export class Plot {
  /** @type {Chart | null} */
  #chart = null;
  /** @type {number | null} place that is marked along the x axis */
  #at = null;
  /** @type {PlotScale | null} as it was drawn last */
  #scale = null;

  /** @param {((x: number) => void) | null} onPick called for the value that is clicked or dragged to along x */
  constructor(onPick = null) {
    this.caption = h("div", {className: "caption"});
    this.picture = svg("svg", {role: "img"});
    this.area = h("div", {className: "area"}, this.picture);
    this.line = svg("line", {class: "at"});
    this.element = h("div", {className: "plot"}, this.caption, this.area);
    if (onPick) this.#follow(onPick);
    new ResizeObserver(() => this.#draw()).observe(this.area);
  }

  /** @param {Chart} chart */
  show(chart) {
    this.#chart = chart;
    this.caption.textContent = this.caption.title = chart.caption;
    this.picture.setAttribute("aria-label", chart.caption);
    this.#draw();
  }

  /**
   * Mark a place along the x axis; null for none.
   * @param {number | null} x
   */
  mark(x) {
    this.#at = x;
    if (!this.#scale || x === null) return this.line.remove();
    const at = this.#scale.x(x);
    const ends = {x1: at, x2: at, y1: MARGIN.top, y2: this.#scale.bottom};
    for (const [name, value] of Object.entries(ends)) this.line.setAttribute(name, String(value));
    if (!this.line.parentNode) this.picture.append(this.line);
  }

  /** @param {(x: number) => void} onPick */
  #follow(onPick) {
    const {picture} = this;
    /** @param {PointerEvent} event */
    const pick = (event) => {
      if (this.#scale) onPick(this.#scale.valueAt(event.clientX - picture.getBoundingClientRect().left));
    };
    picture.classList.add("pickable");
    picture.onpointerdown = (event) => {
      if (event.button !== 0) return;
      picture.setPointerCapture(event.pointerId);
      pick(event);
    };
    picture.onpointermove = (event) => {
      if (picture.hasPointerCapture(event.pointerId)) pick(event);
    };
  }

  #draw() {
    const width = this.area.clientWidth - MARGIN.left - MARGIN.right;
    const height = this.area.clientHeight - MARGIN.top - MARGIN.bottom;
    if (!this.#chart || width < LEAST_ROOM || height < LEAST_ROOM) return;
    const {series, xRange} = this.#chart;
    const scale = new PlotScale(width, height, xRange, valueRange(series));
    this.#scale = scale;
    const curves = series.map((one) => drawCurve(one, scale));
    this.picture.replaceChildren(...drawAxes(this.#chart, scale), ...curves);
    this.mark(this.#at);
  }
}

/**
 * @param {Chart} chart
 * @param {PlotScale} scale
 */
function drawAxes({xLabel, yLabel, xStep, xTexts: names}, scale) {
  const {right, bottom} = scale;
  const xTicks = names ? names.map((_, i) => i) : ticksOf(scale.xRange, scale.width, TICKS.x, xStep);
  const yTicks = ticksOf(scale.yRange, scale.height, TICKS.y);
  const [xTexts, yTexts] = [names ?? writeApart(xTicks).map(withMinus), writeApart(yTicks).map(withMinus)];
  const xs = xTicks.map((value, i) => {
    const x = scale.x(value);
    const grid = svg("path", {class: "grid", d: `M${x} ${MARGIN.top}V${bottom}`});
    return svg("g", {}, grid, svg("text", {class: "tick", x, y: bottom + 13}, xTexts[i]));
  });
  const ys = yTicks.map((value, i) => {
    const y = scale.y(value);
    const grid = svg("path", {class: "grid", d: `M${MARGIN.left} ${y}H${right}`});
    return svg("g", {}, grid, svg("text", {class: "tick y", x: MARGIN.left - 6, y: y + 4}, yTexts[i]));
  });
  const [center, middle] = [MARGIN.left + scale.width / 2, MARGIN.top + scale.height / 2];
  return [
    ...xs,
    ...ys,
    svg("path", {class: "axis", d: `M${MARGIN.left} ${MARGIN.top}V${bottom}H${right}`}),
    svg("text", {class: "label", x: center, y: bottom + 27}, xLabel),
    svg("text", {class: "label", x: 0, y: 0, transform: `translate(9 ${middle}) rotate(-90)`}, yLabel),
  ];
}

/**
 * @param {Series} series
 * @param {PlotScale} scale
 */
function drawCurve(series, scale) {
  const {name, color, dash = "", isFaded, isDots} = series;
  const {line, band} = curvePaths(series, scale);
  const element = svg("g", {class: isFaded ? "curve faded" : "curve", style: `--roi: ${color}`});
  element.dataset.roi = name;
  if (band !== null) element.append(svg("path", {class: "band", d: band}));
  if (isDots) element.classList.add("dots");
  element.append(svg("path", {class: "mean", d: line, "stroke-dasharray": dash || "none"}));
  return element;
}
