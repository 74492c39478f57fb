// Regions of interest: drawn on the picture, measured along a dim, with profiles of lines.

import {download, h} from "../../browser/base/dom.js";
import {REGIONS} from "../../browser/base/limits.js";
import {section} from "../../browser/page/sidebar.js";
import {status} from "../../browser/page/fields.js";
import {addTool, scrubbable} from "../../browser/tool.js";
import {shapeButtons} from "./buttons.js";
import {regionControls} from "./controls.js";
import {Curves} from "./curves.js";
import {Edits} from "./edits.js";
import {regionFiles} from "./files.js";
import {ShapeLayer} from "./layer.js";
import {regionList} from "./list.js";
import {RegionPlots} from "./plots.js";
import {Profiles} from "./profiles.js";
import {dashOf, plotColor, seriesName, seriesOf} from "./series.js";
import {plainRois, titleOf} from "./settings.js";
import {SHAPES, nudged, placed} from "./shapes.js";
import {cellTexts, regionSize, remarks} from "./texts.js";

/**
 * @typedef {import("../../browser/frames/asks.js").Asks} Asks
 * @typedef {import("../../browser/tool.js").Tool} Tool
 * @typedef {import("../../browser/types.js").State} State
 * @typedef {import("../../browser/tool.js").ToolHost} ToolHost
 * @typedef {import("./shapes.js").Point} Point
 * @typedef {import("./shapes.js").Roi} Roi
 * @typedef {import("./shapes.js").Shape} Shape
 */

/**
 * Buttons beside the stage, shapes over it, plots below it, and a list in the sidebar; null without Python, which measures. The
 * settings are as `plainSettings` writes them.
 * @param {ToolHost} view
 * @returns {Tool | null}
 */
export function roiTool(view) {
  return view.asks ? new RoiTool(view, view.asks) : null;
}

addTool(roiTool);

/** @implements {Tool} */
class RoiTool {
  name = "rois";

  /** @type {unknown} the settings as they were in the state at the last update */
  #raw = null;
  /** Besides the settings, what the shapes and plots follow, as of the last update. */
  #around = "";
  /** @type {string | null} name of the region that is selected */
  #selected = null;
  /** Whether the plots have been opened for the user: this is done once, before anything is drawn. */
  #hasOpened = false;
  /** Why the last computation failed. */
  #problem = "";
  /** What there was to say of the file that was loaded last, until something is done. */
  #news = "";

  /**
   * @param {ToolHost} view
   * @param {Asks} asks
   */
  constructor(view, asks) {
    this.view = view;
    this.asks = asks;
    this.dims = scrubbable(view.stack.dims);
    this.edits = new Edits(this.dims, (settings) => {
      this.#news = "";
      view.setTool("rois", settings);
    });
    this.layer = new ShapeLayer(view, {
      onAdd: (shape, points) => this.#add(shape, points),
      onChange: (name, points) => this.edits.move(name, points, "drag"),
      onEnd: () => this.edits.endMove(),
      onSelect: (name) => this.#select(name),
      onPick: (shape) => this.#onPick(shape),
    });
    this.buttons = this.#makeButtons();
    this.strip = this.buttons.elements;
    this.commands = this.#makeCommands();
    this.list = regionList({
      onSelect: (name) => this.#select(name === this.#selected ? null : name),
      onRename: (name, text) => this.edits.rename(name, text),
      onDelete: (name) => this.#remove(name),
      onNudge: (name, dx, dy, isResize) => this.#nudge(name, dx, dy, isResize),
    });
    this.controls = regionControls(view.stack, this.dims, {
      onSet: (values) => this.edits.set(values),
      onSample: () => this.#showAll(),
      onSave: (what) => this.#save(what),
      onClear: () => this.edits.clear(),
    });
    this.files = regionFiles(asks, {
      regions: () => plainRois(this.edits.rois),
      onLoad: (regions, total, notes) => this.#load(regions, total, notes),
      onSay: (text) => this.#say(text),
    });
    this.note = status();
    this.plots = new RegionPlots(view);
    this.curves = this.#makeCurves();
    this.profiles = new Profiles(asks, {
      onChange: () => this.#showProfiles(),
      onError: (error) => this.#fail(error),
    });
    this.empty = h("p", {className: "note"}, "No regions yet. Pick a tool, then draw on the picture.");
    const {element: list} = this.list;
    const parts = [this.empty, this.note, list, this.controls.element, this.files.element];
    this.element = section("Regions", ...parts);
    this.overlay = this.layer.element;
    this.below = this.plots.element;
  }

  #makeButtons() {
    return shapeButtons({
      onPick: (shape) => this.layer.pick(this.layer.picked === shape ? null : shape),
      onPlace: (shape) => this.#place(shape),
      onDelete: () => this.#removeSelected(),
      onUndo: () => this.#step("undo"),
      onRedo: () => this.#step("redo"),
    });
  }

  #makeCurves() {
    return new Curves(this.asks, this.view.stack, {
      onChange: () => {
        this.#problem = "";
        this.#showCurves();
      },
      onProgress: (done, total) => this.#sayProgress(done, total),
      onError: (error) => this.#fail(error),
    });
  }

  /**
   * The frame that is measured: of a composite, that of the channel whose contrast is set.
   * @param {number[]} at
   */
  #measuredAt(at = this.view.state.position) {
    const {stack, selected} = this.view;
    return stack.channelDim === null ? at : stack.at(at, stack.channelDim, selected);
  }

  // ---- what the user does

  /** @param {"undo" | "redo"} way */
  #step(way) {
    if (this.layer.picked) return false;
    const step = this.edits.step(way);
    if (step?.changed) this.#select(step.changed);
    this.#showUsable();
    return step !== null;
  }

  /** @param {Shape} shape @param {Point[]} points */
  #add(shape, points) {
    const [roi] = this.edits.add([{shape, points}]);
    if (!roi) return this.#say(`There are ${REGIONS.most} regions at most`);
    this.#select(roi.name);
    this.element.scrollIntoView({block: "nearest"}); // its values are there
  }

  /**
   * Add the regions of a file.
   * @param {import("./edits.js").Unnamed[]} regions
   * @param {number} total how many the file has
   * @param {string[]} notes
   */
  #load(regions, total, notes) {
    const {length} = this.edits.add(regions);
    const left = total - length;
    const most = left > 0 ? [`${left} are left out: there are ${REGIONS.most} regions at most`] : [];
    this.#news = [`${length} regions loaded`, ...most, ...notes].join("; ");
    this.#say();
  }

  /** @param {Shape | null} shape that is drawn next */
  #onPick(shape) {
    if (shape && (this.dims.length || shape === "line")) this.#openPlots();
    this.buttons.update(shape);
    this.view.hint(shape ? `${SHAPES[shape].hint} · Shift draws several · Esc ends` : "");
    this.#say();
  }

  /** Before anything is drawn: what the plots cover is not drawn on by a pointer that is on its way. */
  #openPlots() {
    if (!this.#hasOpened) this.plots.show(true);
    this.#hasOpened = true;
  }

  #removeSelected() {
    if (this.#selected) this.#remove(this.#selected);
  }

  /** @param {string} name */
  #remove(name) {
    if (name === this.#selected) this.#selected = null;
    this.edits.remove(name);
    this.view.root.focus({preventScroll: true});
  }

  /** @param {string | null} name */
  #select(name) {
    this.#selected = name;
    this.layer.show(this.edits.settings.rois, name);
    this.#showValues();
  }

  /** @param {string} name @param {number} dx @param {number} dy @param {boolean} isResize */
  #nudge(name, dx, dy, isResize) {
    const roi = this.edits.settings.rois.find((other) => other.name === name);
    if (!roi) return;
    this.#select(name);
    this.edits.move(name, nudged(roi, dx, dy, isResize, this.view.stack), "nudge");
  }

  /** Put a shape into the middle of what is seen. @param {Shape} shape */
  #place(shape) {
    const {viewport, stack} = this.view;
    if (this.dims.length || shape === "line") this.#openPlots();
    this.#add(shape, placed(shape, viewport.ranges, stack));
    if (this.#selected) this.list.focus(this.#selected);
  }

  /** Do the same with the tool in the hand, by the keyboard alone. @returns {boolean} whether there is one */
  #placeAwaited() {
    const shape = this.layer.awaited;
    if (!shape) return false;
    this.layer.pick(null);
    this.#place(shape);
    return true;
  }

  /** What its keys do. @returns {Record<string, import("../../browser/input/commands.js").Command>} */
  #makeCommands() {
    const shapes = /** @type {Shape[]} */ (Object.keys(SHAPES));
    const picks = shapes.map((shape) => [shape, () => this.layer.pick(shape)]);
    return {
      ...Object.fromEntries(picks),
      select: () => this.layer.pick(null),
      closeShape: () => this.layer.close() || this.#placeAwaited(),
      remove: () => (this.#selected && !this.layer.picked ? this.#remove(this.#selected) : false),
      rename: () => (this.#selected ? this.list.rename(this.#selected) : false),
      undo: () => this.#step("undo"),
      redo: () => this.#step("redo"),
      dock: () => this.plots.show(!this.plots.isOpen),
    };
  }

  /** Cancel what is drawn, or select nothing. */
  escape() {
    if (this.layer.cancel()) return true;
    if (!this.#selected) return false;
    this.#select(null);
    return true;
  }

  /** @param {number} dx @param {number} dy */
  nudge(dx, dy) {
    if (!this.#selected) return false;
    this.#nudge(this.#selected, dx, dy, false);
    return true;
  }

  /** @param {string} what is saved */
  #save(what) {
    this.#say("Measuring …");
    const {dim, rois, isAll, scale, baseline} = this.edits.settings;
    const request = {
      what,
      rois: plainRois(what === "profile csv" ? this.edits.lines : rois),
      position: this.#measuredAt(),
      dim,
      all_channels: isAll,
      scale,
      baseline,
      by_hand: this.#byHand,
    };
    this.asks.ask(what, request, {
      replace: true,
      onAnswer: ({text, file}) => download(file, text, "text/csv"),
      onDone: () => this.#say(),
      onError: (error) => this.#fail(error),
      onProgress: (done, total) => this.#sayProgress(done, total),
    });
  }

  // ---- what is seen

  /** Metadata that are set by hand: they count as the file's own. */
  get #byHand() {
    return this.view.state.tools.info ?? null;
  }

  /** @param {State} state */
  update(state) {
    const {stack} = this.view;
    const colors = state.channels.map(({color}) => color);
    const names = [...stack.dims, ...stack.channels].map(({name}) => name);
    const {pixelSize, pixelUnit} = stack;
    const around = JSON.stringify([state.projection, pixelSize, pixelUnit, colors, names, state.names]);
    const isChanged = this.#raw !== state.tools.rois || this.#around !== around;
    this.#raw = state.tools.rois;
    this.#around = around;
    this.edits.take(this.#raw, state.playback.dim);
    const {settings, lines} = this.edits;
    const {rois, dim} = settings;
    if (!rois.some(({name}) => name === this.#selected)) this.#selected = null;
    this.controls.update(settings);
    this.files.update(rois.length > 0);
    this.empty.hidden = rois.length > 0;
    if (this.dims.length ? rois.length : lines.length) this.#openPlots();
    if (isChanged) this.layer.show(rois, this.#selected);
    this.curves.want(this.#series(rois), this.#measuredAt(), dim);
    this.#wantProfiles();
    if (isChanged) this.#showAll();
    else this.#showCurves();
  }

  /**
   * What is plotted of regions.
   * @param {Roi[]} rois
   * @param {number[]} at
   * @param {number | null} along
   */
  #series(rois, at = this.#measuredAt(), along = this.edits.settings.dim) {
    const colors = this.view.state.channels.map(({color}) => color);
    return seriesOf(rois, at, this.view.stack, {along, isAll: this.edits.settings.isAll, colors});
  }

  layout() {
    this.layer.layout();
  }

  onShown() {
    this.#wantProfiles();
  }

  /** A click beside the shapes clears the selection. */
  onClick() {
    if (this.#selected) this.#select(null);
  }

  /** Profiles have one frame, and no dim along which they are. */
  get #profileSeries() {
    const {shown} = this.view;
    return shown ? this.#series(this.edits.lines, this.#measuredAt(shown.position), null) : [];
  }

  /** Have the profiles of the frame that is on the screen. */
  #wantProfiles() {
    this.profiles.want(this.#profileSeries, this.#byHand);
  }

  #showAll() {
    this.#showLegend();
    this.#showCurves();
    this.#showProfiles();
  }

  /** Colors tell regions apart, or channels where there are several. */
  #showLegend() {
    const {stack, state} = this.view;
    const {rois, isAll} = this.edits.settings;
    const inPlot = this.dims.length ? rois : this.edits.lines;
    if (!isAll || !stack.canCompose)
      return this.plots.showLegend(inPlot.map((roi) => ({title: titleOf(roi), color: roi.color, dash: ""})));
    const regions = inPlot.map((roi) => ({title: titleOf(roi), color: "var(--soft)", dash: dashOf(roi)}));
    const channels = stack.channels.map(({name}, i) => {
      return {title: name, color: plotColor(state.channels[i].color), dash: ""};
    });
    this.plots.showLegend(inPlot.length ? [...regions, ...channels] : []);
  }

  #showCurves() {
    this.#showValues();
    const {rois} = this.edits.settings;
    if (!rois.length) return;
    const series = this.#series(rois);
    this.plots.showCurves(this.edits.settings, series, this.curves, this.#measuredAt(), this.controls.sample);
  }

  #showProfiles() {
    this.plots.showProfiles(this.edits.settings, this.#profileSeries, this.profiles, this.controls.sample);
  }

  /** @param {Roi} roi */
  #currentCurve({name}) {
    const {dim} = this.edits.settings;
    return this.curves.current(seriesName(name, this.#measuredAt(), this.view.stack.channelDim, dim));
  }

  /** Values where the view is now, and what is to be said of the regions. */
  #showValues() {
    const {rois, dim} = this.edits.settings;
    const {stack} = this.view;
    const at = dim === null ? 0 : this.#measuredAt()[dim];
    this.list.update(rois, this.#selected, (roi) => {
      const curve = this.#currentCurve(roi);
      const values = cellTexts(curve, at, this.controls.sample, stack.isInteger);
      return {size: regionSize(roi, curve, stack), values};
    });
    this.#showUsable();
    this.#say();
  }

  #showUsable() {
    this.buttons.updateUsable(this.#selected !== null, this.edits);
  }

  /** @param {string} error */
  #fail(error) {
    this.#problem = error;
    this.#say(error);
  }

  /** @param {number} done @param {number} total */
  #sayProgress(done, total) {
    this.#say(`Measuring ${done} of ${total} frames …`);
  }

  /**
   * Say something below the buttons.
   * @param {string} [text] without it, what there is to say of the regions
   */
  #say(text) {
    const {picked} = this.layer;
    const measured = this.edits.settings.rois.map((roi) => ({
      name: titleOf(roi),
      curve: this.#currentCurve(roi),
    }));
    const said = text ?? remarks(picked ? SHAPES[picked].hint : "", measured, this.#problem || this.#news);
    if (this.note.textContent !== said) this.note.textContent = said;
  }
}
