// The plots of regions of interest, below the picture.

import {h, saySize, svg} from "../../browser/base/dom.js";
import {icon} from "../../browser/base/icons.js";
import {
  axisOf,
  caveatOf,
  curveChart,
  curvesKey,
  knownCurves,
  knownProfiles,
  nearest,
  placeText,
  profileChart,
} from "./charts.js";
import {Plot} from "./plot.js";

/**
 * @typedef {import("../../browser/tool.js").ToolHost} ToolHost
 * @typedef {import("./curves.js").Curves} Curves
 * @typedef {import("./profiles.js").Profiles} Profiles
 * @typedef {import("./series.js").RegionSeries} RegionSeries
 * @typedef {import("./settings.js").RoiSettings} RoiSettings
 */

/** What the plots are called, and what is said while there are none: of stacks, and of single pictures. */
const TEXTS = [
  ["Curves and profile", "Draw a region to plot it"],
  ["Profile", "Draw a line to plot its profile"],
];

const LEAST_HEIGHT = 110;

/** What the rest of the page needs of its height. */
const REST_HEIGHT = 360;

/** Screen pixels by which an arrow key changes the height. @type {Record<string, number>} */
const STEPS = {ArrowUp: 16, ArrowDown: -16};

/** Curves along a dim and profiles of lines, with a legend, and a grip for their height. Folded until opened. */
export class RegionPlots {
  /** The dim of the curves. */
  #along = 0;
  /** What the plot of the curves shows. */
  #drawn = "";

  /** @param {ToolHost} view */
  constructor(view) {
    this.view = view;
    const [title, prompt] = TEXTS[view.stack.sizes.some((size) => size > 1) ? 0 : 1];
    this.prompt = prompt;
    this.curvePlot = new Plot((x) => view.move(this.#along, nearest(this.#axis.x, x)));
    this.profilePlot = new Plot();
    this.legend = h("span", {className: "legend"});
    this.caveat = h("span", {className: "caveat"});
    this.invitation = h("p", {className: "invitation"});
    this.plots = h(
      "div",
      {className: "plots"},
      this.invitation,
      this.curvePlot.element,
      this.profilePlot.element,
    );
    this.grip = gripAbove(this.plots, () => view.root.clientHeight - REST_HEIGHT);
    this.fold = h("button", {className: "fold"}, icon("chevron"), title);
    this.fold.onclick = () => this.show(!this.isOpen);
    const head = h("div", {className: "head"}, this.fold, this.legend, this.caveat);
    this.element = h("section", {className: "dock", "aria-label": "plots"}, this.grip, head, this.plots);
    this.show(false);
  }

  /** Where the frames are along the x axis: channels count from 0. */
  get #axis() {
    const {dims, channelDim} = this.view.stack;
    const dim = dims[this.#along];
    return axisOf(this.#along === channelDim ? {...dim, coords: null} : dim);
  }

  get isOpen() {
    return !this.plots.hidden;
  }

  /** @param {boolean} isOpen */
  show(isOpen) {
    this.plots.hidden = this.grip.hidden = !isOpen;
    this.fold.setAttribute("aria-expanded", String(isOpen));
    this.#invite();
  }

  /** Say, where there are no plots, how there will be some: in their place, or beside what opens them. */
  #invite() {
    const folded = this.legend.querySelector("i");
    if (folded) folded.textContent = this.isOpen ? "" : this.prompt;
    this.invitation.textContent = this.isOpen ? this.prompt : "";
  }

  /**
   * Say which lines are what.
   * @param {{title: string, color: string, dash: string}[]} keys
   */
  showLegend(keys) {
    this.plots.classList.toggle("empty", !keys.length);
    if (!keys.length) {
      this.#showCaveat("");
      this.legend.replaceChildren(h("i", {}));
      return this.#invite();
    }
    const elements = keys.map(({title, color, dash}) => {
      const line = svg("path", {d: "M0 2h18", "stroke-dasharray": dash || "none"});
      const key = h("span", {}, svg("svg", {width: 18, height: 4}, line), title);
      key.style.setProperty("--roi", color);
      return key;
    });
    this.legend.replaceChildren(...elements);
  }

  /**
   * Curves of regions along a dim.
   * @param {RoiSettings} settings
   * @param {RegionSeries[]} series
   * @param {Curves} curves
   * @param {number[]} position of the frames, which does not matter along the dim
   * @param {number} sample color of RGB; 0 for gray
   */
  showCurves({dim: along, isAll, ...scaling}, series, curves, position, sample) {
    const {stack} = this.view;
    this.curvePlot.element.hidden = along === null;
    if (along === null) return;
    const dim = stack.dims[along];
    this.#along = along;
    const known = knownCurves(series, curves, dim.size);
    const names = along === stack.channelDim ? stack.channels.map(({name}) => name) : null;
    const place = this.#place(position, [along, isAll ? stack.channelDim : null], sample);
    const chart = curveChart(known, {dim, names, place, sample, scaling});
    const key = curvesKey(chart, known) + JSON.stringify(scaling);
    if (key !== this.#drawn) this.curvePlot.show(chart);
    this.#drawn = key;
    this.curvePlot.mark(this.#axis.x[position[along]]);
    this.#showCaveat(caveatOf(known.map(({curve}) => curve)));
  }

  /**
   * Profiles of lines, as far as they are known.
   * @param {RoiSettings} settings
   * @param {RegionSeries[]} lines
   * @param {Profiles} profiles
   * @param {number} sample color of RGB; 0 for gray
   */
  showProfiles({isAll}, lines, profiles, sample) {
    this.profilePlot.element.hidden = !lines.length;
    const known = knownProfiles(lines, profiles);
    if (!known.length) return;
    const place = this.#place(known[0].profile.at, [isAll ? this.view.stack.channelDim : null], sample);
    this.profilePlot.show(profileChart(known, place, sample));
    if (this.curvePlot.element.hidden) this.#showCaveat(caveatOf(known.map(({profile}) => profile)));
  }

  /** @param {number[]} at @param {(number | null)[]} along @param {number} sample */
  #place(at, along, sample) {
    const {stack, state} = this.view;
    return placeText(stack, at, {along, sample, isProjected: stack.projectionOf(state) !== null});
  }

  /** @param {string} text */
  #showCaveat(text) {
    this.caveat.textContent = this.caveat.title = text;
  }
}

/**
 * A grip that sets the height of the element below it.
 * @param {HTMLElement} element
 * @param {() => number} mostHeight
 */
function gripAbove(element, mostHeight) {
  const grip = h("div", {
    className: "grip",
    role: "separator",
    tabIndex: 0,
    "aria-label": "height of the plots",
    "aria-orientation": "horizontal",
    "aria-valuemin": LEAST_HEIGHT,
  });
  saySize(grip, () => element.offsetHeight, element);
  /** @param {number} height */
  const resize = (height) => {
    const most = Math.max(LEAST_HEIGHT, mostHeight());
    element.style.height = `${Math.min(most, Math.max(LEAST_HEIGHT, height))}px`;
  };
  let bottom = 0; // of the element, as a place of the pointer
  grip.onpointerdown = (event) => {
    grip.setPointerCapture(event.pointerId);
    bottom = event.clientY + element.offsetHeight;
  };
  grip.onpointermove = (event) => {
    if (grip.hasPointerCapture(event.pointerId)) resize(bottom - event.clientY);
  };
  grip.onkeydown = (event) => {
    const by = STEPS[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    resize(element.offsetHeight + by);
  };
  return grip;
}
