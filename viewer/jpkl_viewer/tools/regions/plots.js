// The plots of regions of interest, below the picture.

import {h} from "../../browser/dom.js";
import {icon} from "../../browser/icons.js";
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
 * @typedef {import("./settings.js").RoiSettings} RoiSettings
 * @typedef {import("./shapes.js").Roi} Roi
 */

const EMPTY = "Draw a region to plot it";

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
    this.curvePlot = new Plot((x) =>
      view.move(this.#along, nearest(axisOf(view.stack.dims[this.#along]).x, x)),
    );
    this.profilePlot = new Plot();
    this.legend = h("span", {className: "legend"});
    this.caveat = h("span", {className: "caveat"});
    this.plots = h("div", {className: "plots"}, this.curvePlot.element, this.profilePlot.element);
    this.grip = gripAbove(this.plots, () => view.root.clientHeight - REST_HEIGHT);
    this.fold = h("button", {className: "fold"}, icon("chevron"), "Curves and profile");
    this.fold.onclick = () => this.show(!this.isOpen);
    const head = h("div", {className: "head"}, this.fold, this.legend, this.caveat);
    this.element = h("section", {className: "dock", "aria-label": "plots"}, this.grip, head, this.plots);
    this.show(false);
  }

  get isOpen() {
    return !this.plots.hidden;
  }

  /** @param {boolean} isOpen */
  show(isOpen) {
    this.plots.hidden = this.grip.hidden = !isOpen;
    this.fold.setAttribute("aria-expanded", String(isOpen));
  }

  /** @param {Roi[]} rois */
  showLegend(rois) {
    this.plots.classList.toggle("empty", !rois.length);
    if (!rois.length) {
      this.#showCaveat("");
      return this.legend.replaceChildren(h("i", {}, EMPTY));
    }
    const keys = rois.map(({name, color}) => {
      const key = h("span", {}, name);
      key.style.setProperty("--roi", color);
      return key;
    });
    this.legend.replaceChildren(...keys);
  }

  /**
   * Curves of regions along a dim.
   * @param {RoiSettings} settings
   * @param {Curves} curves
   * @param {number[]} position of the frames, which does not matter along the dim
   * @param {number} sample color of RGB; 0 for gray
   */
  showCurves({rois, dim: along}, curves, position, sample) {
    const {stack, state} = this.view;
    const dim = stack.dims[along];
    this.#along = along;
    this.curvePlot.element.hidden = dim.size === 1;
    if (this.curvePlot.element.hidden) return;
    const known = knownCurves(rois, curves, dim.size);
    const chart = curveChart(known, dim, this.#place(position, along, sample), sample);
    const key = curvesKey(chart.caption, known);
    if (key !== this.#drawn) this.curvePlot.show(chart);
    this.#drawn = key;
    this.curvePlot.mark(axisOf(dim).x[state.position[along]]);
    this.#showCaveat(caveatOf(known.map(({curve}) => curve)));
  }

  /**
   * Profiles of lines, as far as they are known.
   * @param {Roi[]} lines
   * @param {Profiles} profiles
   * @param {number} sample color of RGB; 0 for gray
   */
  showProfiles(lines, profiles, sample) {
    this.profilePlot.element.hidden = !lines.length;
    const known = knownProfiles(lines, profiles);
    if (!known.length) return;
    this.profilePlot.show(profileChart(known, this.#place(known[0].profile.at, null, sample), sample));
    if (this.curvePlot.element.hidden) this.#showCaveat(caveatOf(known.map(({profile}) => profile)));
  }

  /** @param {number[]} at @param {number | null} along @param {number} sample */
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
  });
  /** @param {number} height */
  const resize = (height) => {
    const most = Math.max(LEAST_HEIGHT, mostHeight());
    element.style.height = `${Math.min(most, Math.max(LEAST_HEIGHT, height))}px`;
    grip.setAttribute("aria-valuenow", String(Math.round(element.offsetHeight)));
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
