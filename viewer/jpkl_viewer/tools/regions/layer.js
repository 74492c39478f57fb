// Regions of interest over the picture: drawn, moved and reshaped by hand.

import {placeAt, svg} from "../../browser/base/dom.js";
import {withMinus} from "../../browser/base/numbers.js";
import {Draft} from "./draft.js";
import {lineText} from "./geometry.js";
import {titleOf} from "./settings.js";
import {cornersOf, insideFrame, isArea, reshaped, shifted} from "./shapes.js";
import {crossAt, ellipseIn, pathThrough} from "./svg.js";

/**
 * @typedef {import("../../browser/tool.js").ToolHost} ToolHost
 * @typedef {import("./shapes.js").Point} Point
 * @typedef {import("./shapes.js").Roi} Roi
 * @typedef {import("./shapes.js").Shape} Shape
 */

/**
 * @typedef {object} LayerHandlers
 * @property {(shape: Shape, points: Point[]) => void} onAdd called for a shape that is complete
 * @property {(name: string, points: Point[]) => void} onChange called while one is moved or reshaped
 * @property {() => void} onEnd called when it has been
 * @property {(name: string) => void} onSelect called when one is pressed
 * @property {(shape: Shape | null) => void} onPick called when the kind that is drawn changes; null for none
 */

/** Presses that are nearer than this to each other are at the same place, in screen pixels. */
const SAME_PLACE = 6;

const DRAFT_COLOR = "#ffd54a";

/** The shapes over the picture. */
export class ShapeLayer {
  /** @type {Roi[]} */
  #rois = [];
  /** @type {string | null} */
  #selected = null;
  /** @type {Draft | null} of the kind that is picked */
  #draft = null;
  /** @type {{roi: Roi, corner: number | null, from: Point} | null} what is moved; a corner or all of it */
  #drag = null;
  /** That presses: other fingers neither draw nor drag. @type {number | null} */
  #pointer = null;

  /**
   * @param {ToolHost} view
   * @param {LayerHandlers} handlers
   */
  constructor(view, handlers) {
    this.view = view;
    this.handlers = handlers;
    this.element = svg("svg", {class: "rois", "aria-hidden": "true"});
    this.element.onpointerdown = (event) => this.#onDown(event);
    this.element.onpointermove = (event) => this.#onMove(event);
    this.element.onpointerup = (event) => this.#onUp(event);
    this.element.onpointercancel = ({pointerId}) => pointerId === this.#pointer && this.cancel();
  }

  /** The kind that is drawn; null for none. */
  get picked() {
    return this.#draft?.shape ?? null;
  }

  /**
   * Draw a kind of shape next; null to draw none.
   * @param {Shape | null} shape
   */
  pick(shape) {
    this.#draft = shape && new Draft(shape, (a, b) => this.#isSamePlace(a, b));
    this.element.classList.toggle("drawing", shape !== null);
    this.handlers.onPick(shape);
    this.layout();
  }

  /**
   * @param {Roi[]} rois
   * @param {string | null} selected
   */
  show(rois, selected) {
    this.#rois = rois;
    this.#selected = selected;
    this.layout();
  }

  /** Cancel what is being drawn or dragged. @returns {boolean} whether there was anything */
  cancel() {
    const wasBusy = Boolean(this.#draft || this.#drag);
    this.#pointer = null;
    if (this.#drag) this.handlers.onChange(this.#drag.roi.name, this.#drag.roi.points);
    this.#endDrag();
    if (this.#draft) this.pick(null);
    return wasBusy;
  }

  /** The kind that is drawn next, of which nothing is there yet. @returns {Shape | null} */
  get awaited() {
    return this.#draft && !this.#draft.points.length ? this.#draft.shape : null;
  }

  /** Close the polygon that is being drawn. @returns {boolean} whether there was one */
  close() {
    return this.#add(this.#draft?.close() ?? null, false);
  }

  /**
   * @param {Point[] | null} points of a shape that is complete; null while it is not
   * @param {boolean} goesOn whether another one of the kind follows
   */
  #add(points, goesOn) {
    if (!this.#draft || !points) return false;
    const {shape} = this.#draft;
    if (!goesOn) this.pick(null);
    this.handlers.onAdd(shape, points);
    return true;
  }

  // ---- the pointer

  /**
   * @param {MouseEvent} event
   * @returns {[sx: number, sy: number]}
   */
  #onStage(event) {
    const {left, top} = this.element.getBoundingClientRect();
    const {offsetLeft, offsetTop} = this.view.figureSlot;
    return [event.clientX - left + offsetLeft, event.clientY - top + offsetTop];
  }

  /**
   * Where in the frame an event is; maybe outside of it.
   * @param {MouseEvent} event
   * @returns {Point}
   */
  #inFrame(event) {
    return this.view.viewport.toFrame(...this.#onStage(event));
  }

  /**
   * The same for a new corner, which is always inside the frame.
   * @param {MouseEvent} event
   */
  #cornerAt(event) {
    return insideFrame(this.#inFrame(event), this.view.stack);
  }

  /**
   * @param {Point} point
   * @returns {Point} in screen pixels
   */
  #toStage([x, y]) {
    return this.view.viewport.toStage(x, y);
  }

  /** @param {Point} a @param {Point} b */
  #isSamePlace(a, b) {
    const [[ax, ay], [bx, by]] = [this.#toStage(a), this.#toStage(b)];
    return Math.hypot(ax - bx, ay - by) < SAME_PLACE;
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    if (this.#pointer !== null && !event.isPrimary) return;
    this.#pointer = event.pointerId;
    this.view.root.focus({preventScroll: true});
    this.element.setPointerCapture(event.pointerId);
    if (!this.#draft) this.#grab(event);
    else if (!this.#add(this.#draft.press(this.#cornerAt(event)), event.shiftKey)) this.layout();
  }

  /** Begin to move or reshape the region under the pointer. @param {PointerEvent} event */
  #grab(event) {
    const target = /** @type {SVGElement} */ (event.target);
    const name = /** @type {SVGElement | null} */ (target.closest("[data-roi]"))?.dataset.roi;
    const roi = this.#rois.find((other) => other.name === name);
    if (!roi) return;
    const {corner} = target.dataset;
    this.#drag = {roi, corner: corner === undefined ? null : Number(corner), from: this.#inFrame(event)};
    this.handlers.onSelect(roi.name);
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    if (this.#pointer !== null && this.#pointer !== event.pointerId) return;
    if (this.#draft?.points.length) {
      this.#draft.move(this.#cornerAt(event));
      this.layout();
    } else if (this.#drag) {
      const {roi, corner, from} = this.#drag;
      const [x, y] = this.#inFrame(event);
      const points =
        corner === null
          ? shifted(roi, x - from[0], y - from[1], this.view.stack)
          : reshaped(roi, corner, this.#cornerAt(event));
      this.handlers.onChange(roi.name, points);
    }
  }

  /** @param {PointerEvent} event */
  #onUp(event) {
    if (this.#pointer !== event.pointerId) return;
    this.#pointer = null;
    this.#endDrag();
    if (this.#draft && !this.#add(this.#draft.release(), event.shiftKey)) this.layout();
  }

  #endDrag() {
    if (this.#drag) this.handlers.onEnd();
    this.#drag = null;
  }

  // ---- what is seen

  /** Draw all shapes where they are on the screen now. */
  layout() {
    if (!this.view.viewport.isOpen) return;
    // It covers the figure, which may begin beside other pictures; places in it are those of the stage.
    const {offsetLeft: left, offsetTop: top, offsetWidth: width, offsetHeight: height} = this.view.figureSlot;
    placeAt(this.element, left, top, width, height);
    this.element.setAttribute("viewBox", [left, top, width, height].join(" "));
    const shapes = this.#rois.map((roi) => this.#draw(roi));
    if (this.#draft?.points.length) shapes.push(this.#drawDraft(this.#draft));
    this.element.replaceChildren(...shapes);
  }

  /** @param {Roi} roi */
  #draw(roi) {
    const {shape, name, points} = roi;
    const isSelected = name === this.#selected;
    const corners = cornersOf(roi).map((point) => this.#toStage(point));
    const element = outlined(shape, corners, roi.color, isArea(shape));
    element.classList.toggle("selected", isSelected);
    element.dataset.roi = name;
    const said = [
      ...(this.view.state.names ? [titleOf(roi)] : []),
      ...(shape === "line" ? [withMinus(lineText(points, this.view.stack))] : []),
    ];
    element.append(textAbove(corners, said.join(" · ")));
    if (isSelected && shape !== "point" && shape !== "freehand") {
      const handles = corners.map(([cx, cy], i) =>
        svg("circle", {class: "handle", cx, cy, r: 5, "data-corner": i}),
      );
      element.append(...handles);
    }
    return element;
  }

  /** @param {Draft} draft */
  #drawDraft(draft) {
    const {shape, points} = draft;
    const corners = cornersOf(draft).map((point) => this.#toStage(point));
    const isClosed = shape === "rectangle" || shape === "ellipse";
    const element = outlined(shape, corners, DRAFT_COLOR, isClosed);
    if (shape === "line") element.append(textAbove(corners, withMinus(lineText(points, this.view.stack))));
    return element;
  }
}

/**
 * A text at the uppermost corner of a shape.
 * @param {Point[]} corners in screen pixels
 * @param {string} text
 */
function textAbove(corners, text) {
  const [x, y] = corners.reduce((best, corner) => (corner[1] < best[1] ? corner : best));
  return svg("text", {x: x + 7, y: y - 5}, text);
}

/**
 * A shape with what the pointer can hit of it.
 * @param {Shape} shape
 * @param {Point[]} corners in screen pixels
 * @param {string} color
 * @param {boolean} isClosed
 */
function outlined(shape, corners, color, isClosed) {
  const d = pathOf(shape, corners, isClosed);
  const paths = ["halo", "outline", "hit"].map((kind) => svg("path", {class: kind, d}));
  return svg("g", {class: isClosed ? "roi area" : "roi", style: `--roi: ${color}`}, ...paths);
}

/**
 * @param {Shape} shape
 * @param {Point[]} corners in screen pixels
 * @param {boolean} isClosed
 */
function pathOf(shape, corners, isClosed) {
  if (shape === "point") return crossAt(corners[0]);
  return shape === "ellipse" ? ellipseIn(corners) : pathThrough(corners, isClosed);
}
