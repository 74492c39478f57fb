// Regions of interest: drawn on the picture, measured along a dim, with profiles of lines.

import {h} from "../../browser/dom.js";
import {REGIONS} from "../../browser/limits.js";
import {section} from "../../browser/sidebar.js";
import {addTool, choice, dimChoice, download, scrubbable, status} from "../../browser/tool.js";
import {shapeButtons} from "./buttons.js";
import {RGB} from "./charts.js";
import {Curves} from "./curves.js";
import {ShapeLayer} from "./layer.js";
import {regionList} from "./list.js";
import {RegionPlots} from "./plots.js";
import {Profiles} from "./profiles.js";
import {colored, nextName, plainRois, readSettings} from "./settings.js";
import {SHAPES, nudged, placed} from "./shapes.js";
import {cellTexts, remarks} from "./texts.js";

/**
 * @typedef {import("../../browser/asks.js").Asks} Asks
 * @typedef {import("../../browser/tool.js").Tool} Tool
 * @typedef {import("../../browser/types.js").State} State
 * @typedef {import("../../browser/tool.js").ToolHost} ToolHost
 * @typedef {import("./settings.js").RoiSettings} RoiSettings
 * @typedef {import("./shapes.js").Point} Point
 * @typedef {import("./shapes.js").Roi} Roi
 * @typedef {import("./shapes.js").Shape} Shape
 */

/**
 * Buttons beside the stage, shapes over it, plots below it, and a list in the sidebar; null where there is nothing along which to
 * measure. The settings are `{dim, rois}`.
 * @param {ToolHost} view
 * @returns {Tool | null}
 */
export function roiTool(view) {
  return view.asks && view.stack.dims.length ? new RoiTool(view, view.asks) : null;
}

addTool(roiTool);

/** @implements {Tool} */
class RoiTool {
  name = "rois";

  /** @type {RoiSettings} */
  #settings;
  /** @type {unknown} the settings as they are in the state */
  #raw = null;
  /** @type {State["projection"]} as of the last update */
  #projection = null;
  /** @type {string | null} name of the region that is selected */
  #selected = null;
  /** Whether the plots have been opened for the user: this is done once, before anything is drawn. */
  #hasOpened = false;
  /** Why the last computation failed. */
  #problem = "";

  /**
   * @param {ToolHost} view
   * @param {Asks} asks
   */
  constructor(view, asks) {
    this.view = view;
    this.asks = asks;
    this.dims = scrubbable(view.stack.dims);
    this.#settings = {dim: view.state.playback.dim, rois: []};
    this.layer = new ShapeLayer(view, {
      onAdd: (shape, points) => this.#add(shape, points),
      onChange: (name, points) => this.#change(name, points),
      onSelect: (name) => this.#select(name),
      onPick: (shape) => this.#onPick(shape),
    });
    this.buttons = shapeButtons({
      onPick: (shape) => this.layer.pick(this.layer.picked === shape ? null : shape),
      onPlace: (shape) => this.#place(shape),
      onDelete: () => this.#removeSelected(),
    });
    this.strip = this.buttons.elements;
    this.commands = this.#makeCommands();
    this.list = regionList({
      onSelect: (name) => this.#select(name === this.#selected ? null : name),
      onDelete: (name) => this.#remove(name),
      onNudge: (name, dx, dy, isResize) => this.#nudge(name, dx, dy, isResize),
    });
    this.controls = this.#makeControls();
    this.note = status();
    this.plots = new RegionPlots(view);
    this.curves = this.#makeCurves();
    this.profiles = new Profiles(asks, {
      onChange: () => this.#showProfiles(),
      onError: (error) => this.#fail(error),
    });
    this.empty = h("p", {className: "note"}, "No regions yet. Pick a tool, then draw on the picture.");
    this.element = section("Regions", this.empty, this.note, this.list.element, this.controls.element);
    this.overlay = this.layer.element;
    this.below = this.plots.element;
  }

  /** What can be chosen once there are regions. */
  #makeControls() {
    const {stack} = this.view;
    const along = dimChoice("measure along", stack.dims, this.dims, (dim) => this.#set({dim}));
    const colors = RGB.map((name, i) => /** @type {[number, string]} */ ([i, name]));
    const sample = choice("color to plot", colors, () => this.#showAll());
    sample.value = "1";
    /** @param {string} text @param {string} title @param {() => void} onclick */
    const button = (text, title, onclick) => h("button", {className: "text", title, onclick}, text);
    const saveCurves = button("Save CSV", "values along the dim, as CSV", () =>
      this.#save("statistics csv", this.#settings.rois),
    );
    const saveProfiles = button("Save profile CSV", "values along the lines in this frame, as CSV", () =>
      this.#save("profile csv", this.#lines),
    );
    const element = h(
      "div",
      {hidden: true},
      this.dims.length ? h("label", {className: "row"}, "along", along) : null,
      stack.color ? h("label", {className: "row"}, "plot", sample) : null,
      h("div", {className: "buttons"}, saveCurves, saveProfiles),
    );
    return {element, along, sample, saveProfiles};
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

  get #lines() {
    return this.#settings.rois.filter(({shape}) => shape === "line");
  }

  /** The color of RGB that is plotted. */
  get #sample() {
    return this.view.stack.color ? Number(this.controls.sample.value) : 0;
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

  /** @param {Partial<RoiSettings>} values */
  #set(values) {
    const {dim, rois} = {...this.#settings, ...values};
    this.view.setTool("rois", rois.length ? {dim, rois: plainRois(rois)} : null);
  }

  /** @param {Shape} shape @param {Point[]} points */
  #add(shape, points) {
    const {rois} = this.#settings;
    if (rois.length >= REGIONS.most) return this.#say(`There are ${REGIONS.most} regions at most`);
    const roi = colored({name: nextName(rois), shape, points});
    this.#selected = roi.name;
    this.#set({rois: [...rois, roi]});
    this.element.scrollIntoView({block: "nearest"}); // its values are there
  }

  /** @param {string} name @param {Point[]} points */
  #change(name, points) {
    this.#set({rois: this.#settings.rois.map((roi) => (roi.name === name ? {...roi, points} : roi))});
  }

  /** @param {Shape | null} shape that is drawn next */
  #onPick(shape) {
    if (shape) this.#openPlots();
    this.buttons.update(shape);
    this.view.hint(shape ? `${SHAPES[shape].hint} · Shift draws several · Esc ends` : "");
    this.#say();
  }

  /** The picture gives way to the plots before a pointer draws on it, not under it. */
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
    this.#set({rois: this.#settings.rois.filter((roi) => roi.name !== name)});
    this.view.root.focus({preventScroll: true});
  }

  /** @param {string | null} name */
  #select(name) {
    this.#selected = name;
    this.layer.show(this.#settings.rois, name);
    this.#showValues();
  }

  /** @param {string} name @param {number} dx @param {number} dy @param {boolean} isResize */
  #nudge(name, dx, dy, isResize) {
    const roi = this.#settings.rois.find((other) => other.name === name);
    if (!roi) return;
    this.#select(name);
    this.#change(name, nudged(roi, dx, dy, isResize, this.view.stack));
  }

  /** Put a shape into the middle of what is seen. @param {Shape} shape */
  #place(shape) {
    const {viewport, stack} = this.view;
    this.#openPlots();
    this.#add(shape, placed(shape, viewport.ranges, stack));
    if (this.#selected) this.list.focus(this.#selected);
  }

  /** What its keys do. @returns {Record<string, import("../../browser/commands.js").Command>} */
  #makeCommands() {
    const shapes = /** @type {Shape[]} */ (Object.keys(SHAPES));
    const picks = shapes.map((shape) => [shape, () => this.layer.pick(shape)]);
    return {
      ...Object.fromEntries(picks),
      select: () => this.layer.pick(null),
      closeShape: () => this.layer.close(),
      remove: () => (this.#selected && !this.layer.picked ? this.#remove(this.#selected) : false),
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

  /** @param {string} what @param {Roi[]} rois */
  #save(what, rois) {
    this.#say("Measuring …");
    const request = {what, rois: plainRois(rois), position: this.#measuredAt(), dim: this.#settings.dim};
    this.asks.ask(what, request, {
      replace: true,
      onAnswer: ({text, file}) => download(file, text, "text/csv"),
      onDone: () => this.#say(),
      onError: (error) => this.#fail(error),
      onProgress: (done, total) => this.#sayProgress(done, total),
    });
  }

  // ---- what is seen

  /** @param {State} state */
  update(state) {
    const isChanged = this.#raw !== state.tools.rois || this.#projection !== state.projection;
    this.#raw = state.tools.rois;
    this.#projection = state.projection;
    const played = state.playback.dim;
    const defaultDim = this.dims.includes(played) ? played : (this.dims[0] ?? 0);
    this.#settings = readSettings(this.#raw, this.dims, defaultDim);
    const {rois, dim} = this.#settings;
    if (!rois.some(({name}) => name === this.#selected)) this.#selected = null;
    const {element, along, saveProfiles} = this.controls;
    element.hidden = !rois.length;
    this.empty.hidden = !element.hidden;
    if (rois.length) this.#openPlots();
    along.value = String(dim);
    saveProfiles.hidden = !this.#lines.length;
    if (isChanged) this.layer.show(rois, this.#selected);
    this.curves.want(rois, this.#measuredAt(), dim);
    this.#wantProfiles();
    if (isChanged) this.#showAll();
    else this.#showCurves();
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

  /** Have the profiles of the frame that is on the screen. */
  #wantProfiles() {
    const {shown} = this.view;
    this.profiles.want(this.#lines, shown && this.#measuredAt(shown.position));
  }

  #showAll() {
    this.plots.showLegend(this.#settings.rois);
    this.#showCurves();
    this.#showProfiles();
  }

  #showCurves() {
    this.#showValues();
    if (this.#settings.rois.length)
      this.plots.showCurves(this.#settings, this.curves, this.#measuredAt(), this.#sample);
  }

  #showProfiles() {
    this.plots.showProfiles(this.#lines, this.profiles, this.#sample);
  }

  /** Values where the view is now, and what is to be said of the regions. */
  #showValues() {
    const {rois, dim} = this.#settings;
    const at = this.view.state.position[dim];
    this.buttons.updateSelected(this.#selected !== null);
    this.list.update(rois, this.#selected, (name) =>
      cellTexts(this.curves.current(name), at, this.#sample, this.view.stack.isInteger),
    );
    this.#say();
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
    const measured = this.#settings.rois.map(({name}) => ({name, curve: this.curves.current(name)}));
    const said = text ?? remarks(picked ? SHAPES[picked].hint : "", measured, this.#problem);
    if (this.note.textContent !== said) this.note.textContent = said;
  }
}
