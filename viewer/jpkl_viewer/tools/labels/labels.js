// Label images over the picture: each object in its own color; one that is clicked is measured along a dim.

import {download, svg} from "../../browser/base/dom.js";
import {coalesced} from "../../browser/base/later.js";
import {section} from "../../browser/page/sidebar.js";
import {status} from "../../browser/page/fields.js";
import {addTool, scrubbable} from "../../browser/tool.js";
import {labelControls} from "./controls.js";
import {ObjectCurves} from "./curves.js";
import {LabelFrames} from "./frames.js";
import {labelColor, paintLabels} from "./painting.js";
import {valueAt} from "./payload.js";
import {ObjectPlots} from "./plots.js";
import {plainSettings, readSettings} from "./settings.js";

/**
 * @typedef {import("../../browser/frames/asks.js").Asks} Asks
 * @typedef {import("../../browser/tool.js").Tool} Tool
 * @typedef {import("../../browser/tool.js").ToolHost} ToolHost
 * @typedef {import("../../browser/types.js").LabelDescription} LabelDescription
 * @typedef {import("./settings.js").LabelSettings} LabelSettings
 * @typedef {import("./payload.js").Value} Value
 */

/** Views that show the frame itself, over which labels can be. */
const OVER = ["ortho"];

/**
 * Labels over the picture and a section of the sidebar; null for stacks without labels.
 * @param {ToolHost} view
 * @returns {Tool | null}
 */
export function labelsTool(view) {
  return view.stack.labels.length && view.asks?.has("label frames") ? new LabelsTool(view, view.asks) : null;
}

addTool(labelsTool);

/** @implements {Tool} */
class LabelsTool {
  name = "labels";
  /** What the canvas shows, as text. */
  #painted = "";
  #paintSoon = coalesced(
    () => this.#paint(),
    (run) => setTimeout(run, 0),
  );

  /**
   * @param {ToolHost} view
   * @param {Asks} asks
   */
  constructor(view, asks) {
    this.view = view;
    this.asks = asks;
    this.labels = view.stack.labels;
    this.names = this.labels.map(({name}) => name);
    this.dims = scrubbable(view.stack.dims);
    /** @type {LabelSettings} */
    this.settings = readSettings(null, this.names, this.dims);
    this.frames = new LabelFrames(asks, view.stack, () => {
      this.#paintSoon();
      view.read();
    });
    this.layer = view.figure.addLayer();
    this.layer.canvas.classList.add("labels");
    this.layer.canvas.hidden = true;
    this.curves = new ObjectCurves(asks, {
      onChange: () => this.#showCurve(),
      onError: (error) => this.#say(error),
    });
    this.plots = new ObjectPlots(view);
    this.below = this.plots.element;
    this.way = svg("path", {class: "way"});
    this.overlay = svg("svg", {class: "object-way"}, svg("path", {class: "halo"}), this.way);
    this.note = status();
    this.controls = labelControls(view.stack, this.dims, {
      onSet: (values) => this.#set(values),
      onShow: (name, isOn) => this.#showLabels(name, isOn),
      onSave: asks.has("object csv") ? () => this.#save() : null,
    });
    this.element = section("Labels", ...this.controls.elements, this.note);
  }

  // ---- what the user does

  /** @param {Partial<LabelSettings>} values */
  #set(values) {
    this.view.setTool("labels", plainSettings({...this.settings, ...values}, this.dims));
  }

  /** @param {string} name @param {boolean} isOn */
  #showLabels(name, isOn) {
    const others = this.settings.hidden.filter((other) => other !== name);
    const hidden = isOn ? others : [...others, name];
    const {selected} = this.settings;
    this.#set({hidden, selected: selected && hidden.includes(selected.name) ? null : selected});
  }

  /** @param {number} x @param {number} y */
  onClick(x, y) {
    const found = this.#at(x, y)[0];
    if (!found && !this.settings.selected) return;
    this.#set({selected: found ? {name: found.name, value: String(found.value)} : null});
  }

  escape() {
    if (!this.settings.selected) return false;
    this.#set({selected: null});
    return true;
  }

  #save() {
    const {selected, dim} = this.settings;
    if (!selected || dim === null) return;
    this.#say("Measuring …");
    const request = {...selected, dim, position: this.#measuredAt, by_hand: this.#byHand, all_channels: true};
    this.asks.ask(
      "object csv",
      {what: "object csv", ...request},
      {
        replace: true,
        onAnswer: ({text, file}) => download(file, text, "text/csv"),
        onDone: () => this.#say(""),
        onError: (error) => this.#say(error),
      },
    );
  }

  // ---- what is seen

  get #byHand() {
    return this.view.state.tools.info ?? null;
  }

  /** Of a composite, the frame of the channel whose contrast is set. */
  get #measuredAt() {
    const {stack, selected, state} = this.view;
    return stack.channelDim === null ? state.position : stack.at(state.position, stack.channelDim, selected);
  }

  /** What is shown in place of a frame, over which no labels can be; "" for a frame. */
  get #otherView() {
    const {openView, stack, state} = this.view;
    if (stack.projectionOf(state)) return "a projection";
    return openView && !OVER.includes(openView.name) ? "this view" : "";
  }

  /** Label images that are seen, the uppermost last. */
  get #visible() {
    if (this.#otherView) return [];
    return this.labels.filter(({name}) => !this.settings.hidden.includes(name));
  }

  /** @param {import("../../browser/types.js").State} state */
  update(state) {
    this.settings = readSettings(state.tools.labels, this.names, this.dims);
    const {selected, dim} = this.settings;
    this.controls.update(this.settings);
    this.frames.want(this.#visible, [state.position, ...this.view.ahead()]);
    const wanted = selected && dim !== null ? {...selected, dim, position: this.#measuredAt} : null;
    this.curves.want(wanted, dim === null ? 0 : this.view.stack.sizes[dim], this.#byHand);
    this.#showCurve();
    this.#paintSoon();
  }

  onShown() {
    this.#paintSoon();
  }

  layout() {
    this.#paintSoon();
    this.#drawWay();
  }

  /** Labels are painted after the picture, which does not wait for them. */
  #paint() {
    const {view} = this;
    const {shown} = view;
    const target = this.layer.target;
    const visible = this.#visible;
    const frames = visible.map((labels) => shown && this.frames.get(labels, shown.position));
    const error = frames.find((each) => each?.error)?.error;
    const other = this.#otherView;
    this.#say(other && `Labels are those of single frames: ${other} is without them.`);
    if (error) this.#say(`These labels cannot be shown: ${error}`);
    if (!shown?.target || !target || !visible.length || frames.some((each) => !each?.runs))
      return this.#hide();
    const names = visible.map(({name}) => name); // in reports, all frames are in the descriptions
    const key = JSON.stringify([names, shown.position, target.key, this.settings]);
    if (key === this.#painted) return;
    const colors = new Uint32Array(target.width * target.height);
    visible.forEach(({name}, i) => {
      const runs = frames[i]?.runs;
      if (runs)
        paintLabels(colors, runs, target, {...this.settings, selected: this.#valueIn(name, runs.values)});
    });
    this.layer.draw(colors, target);
    this.#painted = key;
  }

  #hide() {
    this.layer.canvas.hidden = true;
    this.#painted = "";
  }

  /**
   * The value of the selected object, as it is in a frame.
   * @param {string} name
   * @param {Value[]} values
   */
  #valueIn(name, values) {
    const {selected} = this.settings;
    if (selected?.name !== name) return null;
    return values.find((value) => String(value) === selected.value) ?? null;
  }

  /**
   * The labels of a pixel, the uppermost first.
   * @param {number} x
   * @param {number} y
   */
  #at(x, y) {
    const {shown} = this.view;
    if (!shown) return [];
    return this.#visible
      .flatMap((labels) => {
        const runs = this.frames.get(labels, shown.position)?.runs;
        const value = runs ? valueAt(runs, x, y) : 0;
        return Number(value) === 0 ? [] : [{name: labels.name, value}];
      })
      .reverse();
  }

  /** @param {number} x @param {number} y */
  read(x, y) {
    return this.#at(x, y).map(({name, value}) => `${name} ${value}`);
  }

  #showCurve() {
    const {selected, dim} = this.settings;
    const shown =
      selected && dim !== null
        ? {title: `${selected.name} ${selected.value}`, color: this.#color, dim, position: this.#measuredAt}
        : null;
    this.plots.show(shown, this.curves.curve);
    this.#drawWay();
  }

  get #color() {
    const {selected} = this.settings;
    return `rgb(${selected ? labelColor(BigInt(selected.value)).join(" ") : "0 0 0"})`;
  }

  /** The way of the center of the selected object along the dim, and where it is now. */
  #drawWay() {
    const {curve} = this.curves;
    const {track, dim} = this.settings;
    const isShown = track && curve && dim !== null && this.#visible.length > 0;
    this.overlay.toggleAttribute("hidden", !isShown);
    if (!isShown) return;
    const points = [...curve.x].flatMap((x, i) =>
      Number.isNaN(x) ? [] : [{i, at: this.view.viewport.toStage(x, curve.y[i])}],
    );
    const lines = points.map(({i, at}, k) => {
      const [sx, sy] = at.map((value) => value.toFixed(1));
      return `${k && points[k - 1].i === i - 1 ? "L" : "M"}${sx} ${sy}`;
    });
    const now = points.find(({i}) => i === this.view.state.position[dim]);
    const ring = now ? `M${now.at[0] - 4} ${now.at[1]}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0` : "";
    for (const path of this.overlay.children) path.setAttribute("d", lines.join("") + ring);
    this.overlay.style.setProperty("--roi", this.#color);
  }

  /** @param {string} text */
  #say(text) {
    if (this.note.textContent !== text) this.note.textContent = text;
  }
}
