// @ts-nocheck
// A plot of curves with bands between least and greatest values, drawn as SVG.

import {h} from "../../browser/dom.js";
import {format, niceLength} from "../../browser/numbers.js";
import {svg} from "./shapes.js";

const MARGIN = {left: 62, right: 14, top: 8, bottom: 32};

/** Round numbers within a range, about one in `distance` screen pixels. */
export function ticksOf([low, high], length, distance, least = 0) {
  const step = Math.max(least, niceLength((2 * (high - low) * distance) / Math.max(distance, length)));
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({length: Math.max(0, count)}, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Lines through the points that are known, in runs: [[x, y], ...] each. */
function runsOf(xs, ys) {
  const runs = [[]];
  ys.forEach((y, i) => {
    if (Number.isFinite(y)) runs.at(-1).push([xs[i], y]);
    else if (runs.at(-1).length) runs.push([]);
  });
  return runs.filter((run) => run.length);
}

const joined = (points) => points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L");

/**
 * A plot. `onPick(x)` is called with the place along the x axis that is clicked or dragged to.
 * It shows `{series, caption, xLabel, yLabel, xStep, xRange}`; of the series each has `{name, color, x, y}`, and
 * maybe `low`, `high`, `isFaded`. Unknown values are NaN.
 */
export class Plot {
  #shown = null;
  #at = null;
  #ranges = null;

  constructor({onPick = null} = {}) {
    this.caption = h("div", {className: "caption"});
    this.picture = svg("svg", {role: "img"});
    this.line = svg("line", {class: "at"});
    this.element = h("div", {className: "plot"}, this.caption, h("div", {className: "area"}, this.picture));
    if (onPick) this.#follow(onPick);
    new ResizeObserver(() => this.#draw()).observe(this.picture.parentNode);
  }

  show(shown) {
    this.#shown = shown;
    this.caption.textContent = this.caption.title = shown.caption;
    this.picture.setAttribute("aria-label", shown.caption);
    this.#draw();
  }

  /** Mark a place along the x axis; null for none. */
  mark(x) {
    this.#at = x;
    if (!this.#ranges || x === null) return this.line.remove();
    const at = this.#toX(x);
    for (const [name, value] of Object.entries({
      x1: at,
      x2: at,
      y1: MARGIN.top,
      y2: MARGIN.top + this.#room[1],
    }))
      this.line.setAttribute(name, value);
    if (!this.line.parentNode) this.picture.append(this.line);
  }

  #follow(onPick) {
    const pick = (event) => {
      if (!this.#ranges) return;
      const share = (event.clientX - this.picture.getBoundingClientRect().left - MARGIN.left) / this.#room[0];
      const [low, high] = this.#ranges[0];
      onPick(low + Math.min(1, Math.max(0, share)) * (high - low));
    };
    this.picture.classList.add("pickable");
    this.picture.onpointerdown = (event) => {
      if (event.button !== 0) return;
      this.picture.setPointerCapture(event.pointerId);
      pick(event);
    };
    this.picture.onpointermove = (event) => this.picture.hasPointerCapture(event.pointerId) && pick(event);
  }

  get #room() {
    const {clientWidth, clientHeight} = this.picture.parentNode;
    return [clientWidth - MARGIN.left - MARGIN.right, clientHeight - MARGIN.top - MARGIN.bottom];
  }

  #toX(x) {
    const [low, high] = this.#ranges[0];
    return MARGIN.left + ((x - low) / (high - low || 1)) * this.#room[0];
  }

  #toY(y) {
    const [low, high] = this.#ranges[1];
    return MARGIN.top + (1 - (y - low) / (high - low)) * this.#room[1];
  }

  #draw() {
    const [width, height] = this.#room;
    if (!this.#shown || width < 20 || height < 20) return;
    const {series, xRange} = this.#shown;
    const values = series.flatMap(({y, low = y, high = y}) => [...low, ...high]).filter(Number.isFinite);
    const span = values.reduce(
      ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
      [Infinity, -Infinity],
    );
    const [least, most] = values.length ? span : [0, 1];
    const air = (most - least) * 0.04 || 1;
    this.#ranges = [xRange, [least - air, most + air]];
    this.picture.replaceChildren(...this.#axes(width, height), ...series.map((one) => this.#curve(one)));
    this.mark(this.#at);
  }

  #axes(width, height) {
    const {xLabel, yLabel, xStep} = this.#shown;
    const [right, bottom] = [MARGIN.left + width, MARGIN.top + height];
    const xs = ticksOf(this.#ranges[0], width, 70, xStep).map((x) =>
      svg(
        "g",
        {},
        svg("path", {class: "grid", d: `M${this.#toX(x)} ${MARGIN.top}V${bottom}`}),
        svg("text", {class: "tick", x: this.#toX(x), y: bottom + 13}, format(x, 6)),
      ),
    );
    const ys = ticksOf(this.#ranges[1], height, 26).map((y) =>
      svg(
        "g",
        {},
        svg("path", {class: "grid", d: `M${MARGIN.left} ${this.#toY(y)}H${right}`}),
        svg("text", {class: "tick y", x: MARGIN.left - 6, y: this.#toY(y) + 4}, format(y, 6)),
      ),
    );
    const middle = MARGIN.top + height / 2;
    return [
      ...xs,
      ...ys,
      svg("path", {class: "axis", d: `M${MARGIN.left} ${MARGIN.top}V${bottom}H${right}`}),
      svg("text", {class: "label", x: MARGIN.left + width / 2, y: bottom + 27}, xLabel),
      svg("text", {class: "label", x: 0, y: 0, transform: `translate(9 ${middle}) rotate(-90)`}, yLabel),
    ];
  }

  #curve({name, color, x, y, low, high, isFaded}) {
    const toScreen = (run) => run.map(([a, b]) => [this.#toX(a), this.#toY(b)]);
    const xs = [...x];
    const lines = runsOf(xs, y).map(toScreen);
    const element = svg("g", {
      class: `curve${isFaded ? " faded" : ""}`,
      style: `--roi: ${color}`,
      "data-roi": name,
    });
    if (low) {
      const [tops, bottoms] = [runsOf(xs, high).map(toScreen), runsOf(xs, low).map(toScreen)];
      const bands = tops.map((top, i) => `M${joined([...top, ...bottoms[i].reverse()])}Z`);
      element.append(svg("path", {class: "band", d: bands.join("")}));
    }
    // A single point is drawn as a dot, the round end of a line of no length.
    element.append(
      svg("path", {
        class: "mean",
        d: lines.map((run) => `M${joined(run.length > 1 ? run : [...run, ...run])}`).join(""),
      }),
    );
    return element;
  }
}
