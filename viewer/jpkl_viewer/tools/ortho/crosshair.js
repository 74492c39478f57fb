// The crosshair through all three views: its lines move one way, the rings where they cross both ways.

import {h, placeAt} from "../../browser/base/dom.js";
import {onScreen} from "./pane.js";

/** @typedef {import("./layout.js").Layout} Layout */

/** What is dragged, and which part of a place on the stage counts. @typedef {"x" | "y" | "index"} Way */

/** Ways of the lines, in the order of `Layout.lines`. @type {[name: string, ways: Way[]][]} */
const LINES = [
  ["x", ["x"]],
  ["y", ["y"]],
  ["dim-x", ["index"]],
  ["dim-y", ["index"]],
];

/** Ways of the rings, in the order of `Layout.crossings`. @type {[name: string, ways: Way[]][]} */
const RINGS = [
  ["xy", ["x", "y"]],
  ["x-dim", ["x", "index"]],
  ["y-dim", ["y", "index"]],
];

/** Which way the index of the dim goes on the stage. @type {Record<string, 0 | 1>} */
const INDEX_AXIS = {"dim-x": 1, "dim-y": 0, "x-dim": 1, "y-dim": 0};

/** Where the crosshair is dragged to: places on the stage. @typedef {Partial<Record<Way, number>>} Places */

export class Crosshair {
  #lines;
  #rings;
  /** Where each ring and line is on the stage. @type {Map<HTMLElement, number[]>} */
  #places = new Map();

  /**
   * @param {(places: Places, isBelow: boolean) => void} onMove called with where it is dragged to, and whether the
   *   index is that in the view against x
   */
  constructor(onMove) {
    const part =
      (/** @type {string} */ kind) =>
      (/** @type {[string, Way[]]} */ [name, ways]) => {
        const element = h("div", {className: `crosshair ${kind} ${name}`});
        const axis = INDEX_AXIS[name] ?? 1;
        /** @type {(x: number, y: number) => void} */
        const use = (x, y) => {
          const at = {x, y, index: [x, y][axis]};
          onMove(Object.fromEntries(ways.map((way) => [way, at[way]])), axis === 1);
        };
        onDrag(element, use, () => this.#places.get(element) ?? [0, 0]);
        return element;
      };
    this.#lines = LINES.map(part("line"));
    this.#rings = RINGS.map(part("ring"));
    this.elements = [...this.#lines, ...this.#rings];
  }

  /** @param {Layout} layout */
  place({lines, crossings}) {
    const pixel = 1 / window.devicePixelRatio;
    this.#lines.forEach((line, i) => {
      const box = lines[i];
      line.hidden = box === null;
      if (!box) return;
      const [left, top, width, height] = box;
      const isUpright = width === 1;
      this.#places.set(line, [left, top]);
      // The pixel of the screen that the middle of the frame's pixel is in.
      const x = isUpright ? onScreen(left - pixel / 2) : left;
      const y = isUpright ? top : onScreen(top - pixel / 2);
      placeAt(line, x, y, isUpright ? pixel : width, isUpright ? height : pixel);
    });
    this.#rings.forEach((ring, i) => {
      const crossing = crossings[i];
      ring.hidden = crossing === null;
      if (!crossing) return;
      this.#places.set(ring, crossing);
      const [x, y] = crossing.map((at) => onScreen(at - pixel / 2) + pixel / 2);
      Object.assign(ring.style, {left: `${x}px`, top: `${y}px`});
    });
  }
}

/**
 * Calls `use(x, y)`, a place on the stage, while an element on it is dragged or pressed.
 * @param {HTMLElement} element
 * @param {(x: number, y: number) => void} use
 * @param {() => number[]} [anchor] where it is: it keeps its distance to the pointer
 */
export function onDrag(element, use, anchor) {
  let [dx, dy] = [0, 0];
  /** @param {PointerEvent} event */
  const placeOf = (event) => {
    const {left = 0, top = 0} = element.offsetParent?.getBoundingClientRect() ?? {};
    return [event.clientX - left, event.clientY - top];
  };
  element.onpointerdown = (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    const [x, y] = placeOf(event);
    if (anchor) {
      const [ax, ay] = anchor();
      [dx, dy] = [ax - x, ay - y];
    } else use(x, y);
    event.preventDefault();
  };
  element.onpointermove = (event) => {
    if (!element.hasPointerCapture(event.pointerId)) return;
    const [x, y] = placeOf(event);
    use(x + dx, y + dy);
  };
}
