// @ts-nocheck
// The plots of regions of interest, below the picture: curves along a dim, and profiles of lines.

import {h} from "../../browser/dom.js";
import {Plot} from "./plot.js";

export const RGB = ["red", "green", "blue"];
const LEAST_HEIGHT = 110;

/** What is laid below the stage; `curves` are those of `Curves`. */
export function roiPlots(view, curves) {
  const {stack} = view;
  let along = 0; // the dim of the curves
  let drawn = null; // what their plot shows, as text

  const curvePlot = new Plot({onPick: (x) => view.move(along, nearest(axis(along).x, x))});
  const profilePlot = new Plot();
  const caveat = h("span", {className: "caveat"});
  const fold = h(
    "button",
    {className: "fold", title: "fold the plots", "aria-expanded": "true", onclick: toggleFold},
    "▾ Regions",
  );
  const legend = h("span", {className: "legend"});
  const plots = h("div", {className: "plots"}, curvePlot.element, profilePlot.element);
  const grip = h("div", {
    className: "grip",
    role: "separator",
    tabIndex: 0,
    "aria-label": "height of the plots",
    "aria-orientation": "horizontal",
  });
  const element = h(
    "div",
    {className: "roiplots", hidden: true},
    grip,
    h("div", {className: "head"}, fold, legend, caveat),
    plots,
  );
  makeResizable(grip, plots, view);

  function toggleFold() {
    plots.hidden = grip.hidden = !plots.hidden;
    fold.textContent = `${plots.hidden ? "▸" : "▾"} Regions`;
    fold.setAttribute("aria-expanded", !plots.hidden);
  }

  /** Places along the x axis of the curves. */
  function axis(dim) {
    const {name, size, coords, unit} = stack.dims[dim];
    const isRising = coords?.every((value, i) => i === 0 || value > coords[i - 1]);
    if (!isRising) return {x: Array.from({length: size}, (_, i) => i), xLabel: name, xStep: 1};
    return {x: coords, xLabel: unit ? `${name} (${unit})` : name, xStep: 0};
  }

  /** What tells the frames that are measured from others, besides the dim along. */
  function where(at, without, sample) {
    const parts = stack.dims.flatMap(({name, size}, d) => {
      if (d === without || size === 1) return [];
      const label = stack.label(d, at[d]);
      return [d === stack.channelDim && label ? label : `${name} ${label || at[d]}`];
    });
    if (stack.color) parts.push(RGB[sample]);
    if (stack.projectionOf(view.state)) parts.push("single frames, not the projection");
    return parts.map((part) => ` · ${part}`).join("");
  }

  const unitOf = (answers) => (answers.some(({original}) => original) ? "intensity" : "value (0–255)");

  function showLegend(rois) {
    legend.replaceChildren(
      ...rois.map(({name, color}) => {
        const key = h("span", {}, name);
        key.style.setProperty("--roi", color);
        return key;
      }),
    );
  }

  /** Curves of regions along a dim; `position` is that of the frames beside it. */
  function showCurves({rois, dim}, position, sample) {
    along = dim;
    curvePlot.element.hidden = stack.sizes[dim] === 1;
    if (curvePlot.element.hidden) return;
    const known = rois.flatMap(({name, color}) => {
      const curve = curves.get(name);
      return curve?.mean.length && curve.n === stack.sizes[dim] ? [{name, color, curve}] : [];
    });
    const {x, xLabel, xStep} = axis(dim);
    const series = known.map(({name, color, curve}) => ({
      name,
      color,
      x,
      y: curve.mean[sample],
      low: curve.min[sample],
      high: curve.max[sample],
      isFaded: !curves.isCurrent(name),
    }));
    const about = known.map(({curve}) => curve);
    const caption = `Mean with min–max along ${stack.dims[dim].name}${where(position, dim, sample)}`;
    const state = JSON.stringify([
      caption,
      known.map(({name, curve}) => [name, curve.key, curve.received, curves.isCurrent(name)]),
    ]);
    if (state !== drawn)
      curvePlot.show({series, caption, xLabel, xStep, xRange: [x[0], x.at(-1)], yLabel: unitOf(about)});
    drawn = state;
    curvePlot.mark(x[view.state.position[dim]]);
    showCaveat(about);
  }

  function showCaveat(answers) {
    caveat.textContent = caveat.title = answers.find((answer) => answer.caveat)?.caveat ?? "";
  }

  /** Profiles of lines, as far as they are known. */
  function showProfiles(lines, profiles, sample) {
    profilePlot.element.hidden = !lines.length;
    const known = lines.flatMap(({name, color}) =>
      profiles.get(name)?.values ? [{name, color, ...profiles.get(name)}] : [],
    );
    if (!known.length) return;
    const series = known.map(({name, color, distance, values}) => ({
      name,
      color,
      x: distance,
      y: stack.color ? values.map((value) => value[sample]) : values,
    }));
    const longest = Math.max(...known.map(({distance}) => distance.at(-1)));
    const [{at, unit}] = known;
    profilePlot.show({
      series,
      caption: `Profile along the line${where(at, null, sample)}`,
      xLabel: `distance (${unit})`,
      xStep: 0,
      xRange: [0, longest || 1],
      yLabel: unitOf(known),
    });
    if (curvePlot.element.hidden) showCaveat(known);
  }

  return {element, showLegend, showCurves, showProfiles};
}

const nearest = (values, x) =>
  values.reduce((best, value, i) => (Math.abs(value - x) < Math.abs(values[best] - x) ? i : best), 0);

/** Let a grip above an element set its height. */
function makeResizable(grip, element, view) {
  const resize = (height) => {
    const most = Math.max(LEAST_HEIGHT, view.root.clientHeight - 360);
    element.style.height = `${Math.min(most, Math.max(LEAST_HEIGHT, height))}px`;
    grip.setAttribute("aria-valuenow", Math.round(element.offsetHeight));
  };
  let start = null;
  grip.onpointerdown = (event) => {
    grip.setPointerCapture(event.pointerId);
    start = {y: event.clientY, height: element.offsetHeight};
  };
  grip.onpointermove = (event) =>
    grip.hasPointerCapture(event.pointerId) && resize(start.height + start.y - event.clientY);
  grip.onkeydown = (event) => {
    const by = {ArrowUp: 16, ArrowDown: -16}[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    resize(element.offsetHeight + by);
  };
}
