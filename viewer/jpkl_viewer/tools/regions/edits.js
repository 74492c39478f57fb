// What is done to regions: each act makes other settings, and can be undone. Nothing here touches the page.

import {REGIONS} from "../../browser/base/limits.js";
import {History} from "../../browser/state/history.js";
import {colored, nextName, plainSettings, readSettings, renamed} from "./settings.js";

/**
 * @typedef {import("./settings.js").RoiSettings} RoiSettings
 * @typedef {import("./shapes.js").Point} Point
 * @typedef {import("./shapes.js").Roi} Roi
 * @typedef {import("./shapes.js").Shape} Shape
 */

/** What is added to a region that has a name. @typedef {{shape: Shape, points: Point[], label?: string}} Unnamed */

/** @param {unknown} a @param {unknown} b */
const isSame = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** The settings of regions, and the acts that change them. */
export class Edits {
  /** @type {RoiSettings} */
  settings;
  /** @type {History<Roi[]>} */
  #history = new History();
  /** The settings as they are kept. @type {object | null} */
  #kept = null;
  #dims;
  #keep;

  /**
   * @param {number[]} dims those that can be measured along
   * @param {(settings: object | null) => void} keep takes settings as they are kept
   */
  constructor(dims, keep) {
    this.#dims = dims;
    this.#keep = keep;
    this.settings = readSettings(null, dims, null);
  }

  get rois() {
    return this.settings.rois;
  }

  get lines() {
    return this.rois.filter(({shape}) => shape === "line");
  }

  get canUndo() {
    return this.#history.canUndo;
  }

  get canRedo() {
    return this.#history.canRedo;
  }

  /**
   * Take settings as the state has them.
   * @param {any} kept
   * @param {number} played the dim that is played
   */
  take(kept, played) {
    if ((kept ?? null) !== this.#kept) this.#history.clear(); // they come from elsewhere
    this.#kept = kept ?? null;
    const defaultDim = this.#dims.includes(played) ? played : (this.#dims[0] ?? null);
    this.settings = readSettings(kept, this.#dims, defaultDim);
  }

  /** @param {Partial<RoiSettings>} values */
  set(values) {
    this.#kept = plainSettings({...this.settings, ...values});
    this.#keep(this.#kept);
  }

  /**
   * Have other regions.
   * @param {Roi[]} rois
   * @param {string | null} act of which this is a part: all of it is undone at once
   */
  #change(rois, act = null) {
    this.#history.keep(this.rois, act);
    this.set({rois});
  }

  /**
   * Add regions, as many as there can be.
   * @param {Unnamed[]} items
   * @returns {Roi[]} those that were added
   */
  add(items) {
    const rois = [...this.rois];
    for (const {shape, points, label} of items.slice(0, REGIONS.most - rois.length))
      rois.push(renamed(colored({name: nextName(rois), shape, points}), label, rois));
    const added = rois.slice(this.rois.length);
    if (added.length) this.#change(rois);
    return added;
  }

  /**
   * @param {string} name
   * @param {Point[]} points
   * @param {string} act
   */
  move(name, points, act) {
    const rois = this.rois.map((roi) => (roi.name === name ? {...roi, points} : roi));
    this.#change(rois, `${act} ${name}`);
  }

  /** What is moved next is another act. */
  endMove() {
    this.#history.end();
  }

  /** @param {string} name @param {string} text */
  rename(name, text) {
    const others = this.rois.filter((roi) => roi.name !== name);
    const rois = this.rois.map((roi) => (roi.name === name ? renamed(roi, text, others) : roi));
    if (!isSame(rois, this.rois)) this.#change(rois);
  }

  /** @param {string} name */
  remove(name) {
    this.#change(this.rois.filter((roi) => roi.name !== name));
  }

  clear() {
    if (this.rois.length) this.#change([]);
  }

  /**
   * Take an act back, or do it again.
   * @param {"undo" | "redo"} way
   * @returns {{changed: string | null} | null} name of a region that has changed by it; null where there is nothing to do
   */
  step(way) {
    const before = this.rois;
    let rois = this.#history[way](before);
    // A drag that was cancelled has changed nothing.
    while (rois && isSame(rois, before)) rois = this.#history[way](before);
    if (!rois) return null;
    this.set({rois});
    return {changed: rois.find((roi) => !before.some((old) => isSame(old, roi)))?.name ?? null};
  }
}
