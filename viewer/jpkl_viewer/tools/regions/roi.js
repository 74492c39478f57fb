// @ts-nocheck
// Regions of interest: drawn on the picture, measured along a dim, with profiles of lines.

import {group, h} from "../../browser/dom.js";
import {Curves} from "./curves.js";
import {regionTable} from "./list.js";
import {RGB, roiPlots} from "./plots.js";
import {SHAPES, ShapeLayer, reshaped, shapeButtons, shifted} from "./shapes.js";

/** Told apart on light and dark ground, and on pictures. */
const ROI_COLORS = ["#e8890c", "#2f9be0", "#1fa774", "#d6409f", "#8e6cf0", "#c9a500", "#e5484d", "#12a5a5"];
const MOST_ROIS = 32;
const FARTHEST = 1e6; // as in Python

/** A region as a link or the hand tells of it, with its color; null if it is none. */
function checkRoi(value) {
  const {name, shape, points} = value ?? {};
  const number = /^r([1-9]\d{0,3})$/.exec(name)?.[1];
  if (typeof name !== "string" || !number || !Object.hasOwn(SHAPES, shape) || !Array.isArray(points))
    return null;
  const {least, most} = SHAPES[shape];
  const isPoint = (point) =>
    Array.isArray(point) &&
    point.length === 2 &&
    point.every((v) => Number.isFinite(v) && Math.abs(v) <= FARTHEST);
  if (points.length < least || points.length > most || !points.every(isPoint)) return null;
  return {name, shape, points, color: ROI_COLORS[(number - 1) % ROI_COLORS.length]};
}

/** What the settings say, as far as this stack has it: `{dim, rois}`. */
function checkRois(value, dims, defaultDim) {
  const rois = Array.isArray(value?.rois) ? value.rois.slice(0, MOST_ROIS).map(checkRoi).filter(Boolean) : [];
  const unique = [...new Map(rois.map((roi) => [roi.name, roi])).values()];
  return {dim: dims.includes(value?.dim) ? value.dim : defaultDim, rois: unique};
}

/** As they are kept and asked for: the color follows from the name. */
const plainRois = (rois) => rois.map(({name, shape, points}) => ({name, shape, points}));

/** A group of controls, shapes over the stage and plots below it. The settings are `{dim, rois}`. */
export function roiTool(view) {
  const {stack} = view;
  if (!stack.dims.length) return {element: null}; // there is nothing along which to measure
  const dims = stack.dims.flatMap((dim, d) => (dim.size > 1 ? [d] : []));
  let raw = null; // the settings as they are in the state
  let projection = null;
  let settings = {dim: view.state.playback.dim, rois: []};
  let selected = null;
  let isListening = false;
  let profiles = new Map(); // name -> answer
  let profileKey = null;
  let problem = "";

  const layer = new ShapeLayer(view, {
    onAdd: add,
    onChange: (name, points) => change(name, points),
    onSelect: select,
    onPick(shape) {
      buttons.update(shape);
      tell();
    },
  });
  const curves = new Curves(view, {
    onChange: () => {
      problem = "";
      showCurves();
    },
    onProgress: (done, total) => tell(`Measuring ${done} of ${total} frames …`),
    onError: (error) => tell((problem = error)),
  });
  const buttons = shapeButtons({
    onPick: (shape) => layer.pick(layer.picked === shape ? null : shape),
    onPlace: place,
  });
  const table = regionTable({
    onSelect: (name) => select(name === selected ? null : name),
    onDelete: remove,
    onNudge(name, dx, dy, isResize) {
      const roi = find(name);
      const [x, y] = roi.points.at(-1);
      const corner = roi.shape === "rectangle" ? 2 : roi.points.length - 1;
      select(name);
      change(
        name,
        isResize && roi.shape !== "point"
          ? reshaped(roi, corner, [x + dx, y + dy])
          : shifted(roi, dx, dy, stack),
      );
    },
  });
  const option = (text, value) => h("option", {value}, text);
  const along = h(
    "select",
    {"aria-label": "measure along", onchange: () => set({dim: Number(along.value)})},
    ...dims.map((d) => option(stack.dims[d].name, d)),
  );
  const sample = h(
    "select",
    {"aria-label": "color to plot", onchange: showAll},
    ...RGB.map((name, i) => option(name, i)),
  );
  sample.value = 1;
  const note = h("div", {className: "note", role: "status"});
  const saveCurves = h(
    "button",
    {
      className: "text",
      title: "values along the dim, as CSV",
      onclick: () => save("statistics csv", settings.rois),
    },
    "Save CSV",
  );
  const saveProfiles = h(
    "button",
    {
      className: "text",
      title: "values along the lines in this frame, as CSV",
      onclick: () => save("profile csv", lines()),
    },
    "Save profile CSV",
  );
  const rest = h(
    "div",
    {hidden: true},
    dims.length ? h("label", {className: "row"}, "along", along) : null,
    stack.color ? h("label", {className: "row"}, "plot", sample) : null,
    h("div", {className: "buttons"}, saveCurves, saveProfiles),
  );

  const plots = roiPlots(view, curves);
  const element = group("Regions", buttons.element, note, table.element, rest);

  const lines = () => settings.rois.filter(({shape}) => shape === "line");
  const find = (name) => settings.rois.find((roi) => roi.name === name);

  // ---- what the user does

  function set(values) {
    const {dim, rois} = {...settings, ...values};
    view.setTool("rois", rois.length ? {dim, rois: plainRois(rois)} : null);
  }

  function add(shape, points) {
    if (settings.rois.length >= MOST_ROIS) return tell(`There are ${MOST_ROIS} regions at most`);
    const last = Math.max(0, ...settings.rois.map(({name}) => Number(name.slice(1))));
    const roi = checkRoi({name: `r${last + 1}`, shape, points});
    selected = roi.name;
    set({rois: [...settings.rois, roi]});
    element.scrollIntoView({block: "nearest"}); // its values stand there
  }

  function change(name, points) {
    set({rois: settings.rois.map((roi) => (roi.name === name ? {...roi, points} : roi))});
  }

  function remove(name) {
    if (name === selected) selected = null;
    set({rois: settings.rois.filter((roi) => roi.name !== name)});
    view.root.focus({preventScroll: true});
  }

  function select(name) {
    selected = name;
    layer.show(settings.rois, selected);
    showValues();
  }

  /** Put a shape into the middle of what is seen. */
  function place(shape) {
    const [xs, ys] = view.viewport.ranges;
    const within = (value, size) => Math.min(size - 1, Math.max(0, Math.round(value)));
    const [x, y] = [within((xs.min + xs.max) / 2, stack.width), within((ys.min + ys.max) / 2, stack.height)];
    const size = Math.max(
      1,
      Math.round(Math.min(stack.width, stack.height, xs.max - xs.min, ys.max - ys.min) / 8),
    );
    const points = {
      point: [[x, y]],
      line: [
        [x - size, y],
        [x + size, y],
      ],
      rectangle: [
        [x - size - 0.5, y - size - 0.5],
        [x + size + 0.5, y + size + 0.5],
      ],
      polygon: [
        [x, y - size],
        [x + size, y + size],
        [x - size, y + size],
      ],
    };
    add(shape, points[shape]);
    table.focus(selected);
  }

  function onKey(event) {
    const [target] = event.composedPath();
    if (
      ["INPUT", "SELECT", "TEXTAREA"].includes(target.tagName) ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey
    )
      return;
    if (event.key === "Escape") {
      if (!layer.cancel() && selected) select(null);
    } else if (event.key === "Enter" && layer.close()) event.preventDefault();
    else if (["Delete", "Backspace"].includes(event.key) && selected && !layer.picked) remove(selected);
  }

  function save(what, rois) {
    tell("Measuring …");
    view.asks.ask(
      what,
      {what, rois: plainRois(rois), position: position(), dim: settings.dim},
      {
        replace: true,
        onAnswer({text, file}) {
          const url = URL.createObjectURL(new Blob([text], {type: "text/csv"}));
          h("a", {href: url, download: file}).click();
          setTimeout(() => URL.revokeObjectURL(url), 60_000);
        },
        onDone: () => tell(),
        onError: (error) => tell((problem = error)),
        onProgress: (done, total) => tell(`Measuring ${done} of ${total} frames …`),
      },
    );
  }

  // ---- what is seen

  /** The frame that is measured: of a composite, that of the channel whose contrast is set. */
  function position(at = view.state.position) {
    return stack.channelDim === null ? at : stack.at(at, stack.channelDim, view.selected);
  }

  const sampleNumber = () => (stack.color ? Number(sample.value) : 0);

  function update(state) {
    if (!isListening) view.root.addEventListener("keydown", onKey);
    isListening = true;
    const isChanged = raw !== state.tools.rois || projection !== state.projection;
    raw = state.tools.rois;
    projection = state.projection;
    settings = checkRois(raw, dims, dims.includes(state.playback.dim) ? state.playback.dim : (dims[0] ?? 0));
    const {rois, dim} = settings;
    if (selected && !find(selected)) selected = null;
    rest.hidden = plots.element.hidden = !rois.length;
    along.value = dim;
    saveProfiles.hidden = !lines().length;
    if (isChanged) layer.show(rois, selected);
    curves.want(rois, position(), dim);
    askProfiles();
    if (isChanged) showAll();
    else showCurves();
  }

  function showAll() {
    plots.showLegend(settings.rois);
    showCurves();
    showProfiles();
  }

  function showCurves() {
    showValues();
    if (settings.rois.length) plots.showCurves(settings, position(), sampleNumber());
  }

  const showProfiles = () => plots.showProfiles(lines(), profiles, sampleNumber());

  /** Values where the view is now, and what is to be said of the regions. */
  function showValues() {
    const at = view.state.position[settings.dim];
    table.update(settings.rois, selected, (name) => {
      const curve = curves.get(name);
      if (!curve || !curves.isCurrent(name) || !curve.mean.length)
        return {failed: curves.isCurrent(name) && curve?.failed};
      const [mean, min, max] = [curve.mean, curve.min, curve.max].map((values) => values[sampleNumber()][at]);
      return {
        mean,
        min,
        max,
        pixels: curve.pixels,
        clipped: curve.clipped,
        failed: Number.isFinite(mean) ? null : curve.failed,
      };
    });
    tell();
  }

  function tell(text = null) {
    const current = settings.rois
      .filter(({name}) => curves.isCurrent(name))
      .map(({name}) => ({name, ...curves.get(name)}));
    const failed = current.flatMap(({name, failed: why}) => (why ? [`${name}: ${why}`] : []));
    const clipped = current.some((curve) => curve.clipped) ? ["* cut off at the edge of the frame"] : [];
    const hint = layer.picked ? [`${SHAPES[layer.picked].hint}. Shift draws several, Escape ends`] : [];
    const said = text ?? [...hint, ...failed, problem, ...clipped].filter(Boolean).join("; ");
    if (note.textContent !== said) note.textContent = said;
  }

  // ---- profiles

  /** Ask for the profiles of the frame that is on the screen. */
  function askProfiles() {
    const wanted = lines();
    if (!wanted.length || !view.shown) return void (profileKey = null);
    const at = position(view.shown.position);
    const key = JSON.stringify([wanted, at]);
    if (key === profileKey) return;
    profileKey = key;
    const found = new Map();
    view.asks.ask(
      "profiles",
      {what: "profiles", rois: plainRois(wanted), position: at},
      {
        onAnswer: ({name, ...answer}) => found.set(name, {...answer, at}),
        onDone() {
          profiles = found;
          showProfiles();
        },
        onError: (error) => tell((problem = error)),
      },
    );
  }

  return {
    name: "rois",
    element,
    overlay: layer.element,
    below: plots.element,
    curves,
    profiles: () => profiles,
    update,
    layout: () => layer.layout(),
    onShown: () => askProfiles(),
    /** A click beside the shapes gives up the selection. */
    onClick: () => selected && select(null),
  };
}
