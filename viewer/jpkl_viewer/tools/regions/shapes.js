// @ts-nocheck
// Regions of interest over the picture, in pixels of the frame: drawn, moved and reshaped by hand.

import {h} from "../../browser/dom.js";

/** How many points make a shape, and how it is drawn. */
export const SHAPES = {
  point: {least: 1, most: 1, hint: "Click a pixel"},
  line: {least: 2, most: 2, hint: "Drag from one end to the other"},
  rectangle: {least: 2, most: 2, hint: "Drag from corner to corner"},
  polygon: {least: 3, most: 1000, hint: "Click the corners; a double click or Enter closes it"},
};
/** Presses that are nearer than this to each other are at the same place, in screen pixels. */
const SAME_PLACE = 6;

/** An element of an SVG picture. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The corners of a shape in turn: of a rectangle, four. */
export function cornersOf({shape, points}) {
  if (shape !== "rectangle") return points;
  const [[x0, y0], [x1, y1]] = points;
  return [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ];
}

/** A point where shapes of a kind may have one: pixels' edges for rectangles, as they hold whole pixels. */
function snap(shape, [x, y]) {
  if (shape === "point") return [Math.round(x), Math.round(y)];
  if (shape === "rectangle") return [Math.round(x + 0.5) - 0.5, Math.round(y + 0.5) - 0.5];
  return [Math.round(10 * x) / 10, Math.round(10 * y) / 10];
}

/** The points of a shape after one of its corners was put elsewhere. */
export function reshaped({shape, points}, corner, to) {
  const [x, y] = snap(shape, to);
  if (shape !== "rectangle") return points.map((point, i) => (i === corner ? [x, y] : point));
  const [[x0, y0], [x1, y1]] = points;
  const moved = [
    [
      [x, y],
      [x1, y1],
    ],
    [
      [x0, y],
      [x, y1],
    ],
    [
      [x0, y0],
      [x, y],
    ],
    [
      [x, y0],
      [x1, y],
    ],
  ][corner];
  const [[left, top], [right, bottom]] = moved;
  return left === right || top === bottom ? points : moved; // it keeps a pixel at least
}

/** The points of a shape after it was moved: in steps that leave its pixels' pattern as it is. */
export function shifted({shape, points}, dx, dy, {width, height}) {
  const step = (value) =>
    shape === "point" || shape === "rectangle" ? Math.round(value) : Math.round(10 * value) / 10;
  const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
  // Its middle stays within the frame, where a hand can reach it.
  const within = (by, values, size) => {
    const middle = (Math.min(...values) + Math.max(...values)) / 2;
    return step(Math.min(size - 1 - middle, Math.max(-middle, by)));
  };
  const [sx, sy] = [within(dx, xs, width), within(dy, ys, height)];
  const round = (value) => Math.round(100 * value) / 100;
  return points.map(([x, y]) => [round(x + sx), round(y + sy)]);
}

/**
 * The shapes over the picture. `onAdd(shape, points, goesOn)` is called for a shape that is complete,
 * `onChange(name, points)` while one is moved or reshaped, `onSelect(name)`, and `onPick(shape)` when the
 * kind that is drawn changes; null for none.
 */
export class ShapeLayer {
  #rois = [];
  #selected = null;
  #picked = null; // the kind that is drawn
  #draft = null; // its points so far; the last one follows the pointer
  #drag = null; // {roi, corner, from}

  constructor(view, handlers) {
    this.view = view;
    this.handlers = handlers;
    this.element = svg("svg", {class: "rois", "aria-hidden": "true"});
    this.element.onpointerdown = (event) => this.#onDown(event);
    this.element.onpointermove = (event) => this.#onMove(event);
    this.element.onpointerup = (event) => this.#onUp(event);
    this.element.onpointercancel = () => this.cancel();
    this.element.onwheel = (event) => {
      event.preventDefault();
      view.viewport.zoomAt(1.2 ** -Math.sign(event.deltaY), ...this.#onStage(event));
    };
  }

  get picked() {
    return this.#picked;
  }

  /** Draw a kind of shape next; null to draw none. */
  pick(shape) {
    this.#draft = null;
    this.#picked = shape;
    this.element.classList.toggle("drawing", shape !== null);
    this.handlers.onPick(shape);
    this.layout();
  }

  show(rois, selected) {
    this.#rois = rois;
    this.#selected = selected;
    this.layout();
  }

  /** Give up what is being drawn or dragged; tells whether there was anything. */
  cancel() {
    const wasBusy = Boolean(this.#picked || this.#drag);
    if (this.#drag) this.handlers.onChange(this.#drag.roi.name, this.#drag.roi.points);
    this.#drag = null;
    if (this.#picked) this.pick(null);
    return wasBusy;
  }

  /** Close the polygon that is being drawn; tells whether there was one. */
  close(goesOn = false) {
    if (this.#picked !== "polygon" || !this.#draft || this.#draft.length <= SHAPES.polygon.least)
      return false;
    this.#add(this.#draft.slice(0, -1), goesOn);
    return true;
  }

  #add(points, goesOn) {
    const shape = this.#picked;
    if (goesOn) this.#draft = null;
    else this.pick(null);
    this.handlers.onAdd(shape, points);
  }

  // ---- the pointer

  #onStage(event) {
    const {left, top} = this.element.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  /** Where in the frame an event is; new corners lie in it. */
  #inFrame(event, isInside = false) {
    const {box, ranges, scale} = this.view.viewport;
    const {width, height} = this.view.stack;
    const [sx, sy] = this.#onStage(event);
    const [x, y] = [ranges[0].min + (sx - box.left) / scale, ranges[1].min + (sy - box.top) / scale];
    const within = (value, size) => (isInside ? Math.min(size - 0.501, Math.max(-0.499, value)) : value);
    return [within(x, width), within(y, height)];
  }

  #toStage([x, y]) {
    const {box, ranges, scale} = this.view.viewport;
    return [box.left + (x - ranges[0].min) * scale, box.top + (y - ranges[1].min) * scale];
  }

  #isSamePlace(a, b) {
    const [[ax, ay], [bx, by]] = [this.#toStage(a), this.#toStage(b)];
    return Math.hypot(ax - bx, ay - by) < SAME_PLACE;
  }

  #onDown(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.view.root.focus({preventScroll: true});
    this.element.setPointerCapture(event.pointerId);
    if (this.#picked) return this.#press(event);
    const name = event.target.closest("[data-roi]")?.dataset.roi;
    const roi = this.#rois.find((other) => other.name === name);
    if (!roi) return;
    const corner = event.target.dataset.corner;
    this.#drag = {roi, corner: corner === undefined ? null : Number(corner), from: this.#inFrame(event)};
    this.handlers.onSelect(name);
  }

  #press(event) {
    const at = snap(this.#picked, this.#inFrame(event, true));
    if (this.#picked === "point") return this.#add([at], event.shiftKey);
    if (this.#picked !== "polygon" || !this.#draft) this.#draft = [at, at];
    else {
      const fixed = this.#draft.slice(0, -1);
      const isClosing = this.#isSamePlace(at, fixed.at(-1)) || this.#isSamePlace(at, fixed[0]);
      if (isClosing) return void this.close(event.shiftKey);
      if (fixed.length < SHAPES.polygon.most) this.#draft = [...fixed, at, at];
    }
    this.layout();
  }

  #onMove(event) {
    if (this.#draft) {
      this.#draft = [...this.#draft.slice(0, -1), snap(this.#picked, this.#inFrame(event, true))];
      this.layout();
    } else if (this.#drag) {
      const {roi, corner, from} = this.#drag;
      const [x, y] = this.#inFrame(event, corner !== null);
      const points =
        corner === null
          ? shifted(roi, x - from[0], y - from[1], this.view.stack)
          : reshaped(roi, corner, [x, y]);
      this.handlers.onChange(roi.name, points);
    }
  }

  #onUp(event) {
    this.#drag = null;
    if (!this.#draft || this.#picked === "polygon") return;
    const [a, b] = this.#draft;
    this.#draft = null;
    const isFlat = this.#picked === "rectangle" ? a[0] === b[0] || a[1] === b[1] : this.#isSamePlace(a, b);
    if (isFlat)
      this.layout(); // a click is no drag
    else this.#add([a, b], event.shiftKey);
  }

  // ---- what is seen

  /** Draw all shapes where they are on the screen now. */
  layout() {
    if (!this.view.viewport) return;
    const {offsetWidth, offsetHeight} = this.view.figureSlot;
    Object.assign(this.element.style, {width: `${offsetWidth}px`, height: `${offsetHeight}px`});
    const groups = this.#rois.map((roi) => this.#draw(roi, roi.name === this.#selected));
    if (this.#draft)
      groups.push(this.#draw({shape: this.#picked, points: this.#draft, color: "#ffd54a"}, false));
    this.element.replaceChildren(...groups);
  }

  #draw(roi, isSelected) {
    const {shape, name, color} = roi;
    const corners = cornersOf(roi).map((point) => this.#toStage(point));
    const isArea = shape === "rectangle" || (shape === "polygon" && name);
    const path = (kind) =>
      svg("path", {class: kind, d: shape === "point" ? crossAt(corners[0]) : pathOf(corners, isArea)});
    const element = svg("g", {
      class: `roi${isSelected ? " selected" : ""}${isArea ? " area" : ""}`,
      style: `--roi: ${color}`,
    });
    element.append(path("halo"), path("outline"), path("hit"));
    if (!name) return element;
    element.dataset.roi = name;
    const [x, y] = corners.reduce((best, corner) => (corner[1] < best[1] ? corner : best));
    element.append(svg("text", {x: x + 7, y: y - 5}, name));
    if (isSelected && shape !== "point") {
      corners.forEach(([cx, cy], i) =>
        element.append(svg("circle", {class: "handle", cx, cy, r: 5, "data-corner": i})),
      );
    }
    return element;
  }
}

function pathOf(corners, isClosed) {
  return `M${corners.map((corner) => corner.map((value) => value.toFixed(1)).join(" ")).join("L")}${isClosed ? "Z" : ""}`;
}

function crossAt([x, y]) {
  return `M${x - 8} ${y}H${x - 2}M${x + 2} ${y}H${x + 8}M${x} ${y - 8}V${y - 2}M${x} ${y + 2}V${y + 8}`;
}

/** Buttons to pick a kind of shape. With the keyboard, `onPlace(shape)` puts one into the middle. */
export function shapeButtons({onPick, onPlace}) {
  const icons = {
    point: crossAt([10, 10]),
    line: "M3 16L17 4",
    rectangle: "M3 4.5H17V15.5H3Z",
    polygon: "M4 15L6.5 4.5L16.5 7L14 16Z",
  };
  const buttons = Object.entries(SHAPES).map(([shape]) => {
    const button = h("button", {
      className: "shape",
      title: `draw a ${shape}`,
      "aria-label": `draw a ${shape}`,
      "aria-pressed": "false",
    });
    button.append(
      svg(
        "svg",
        {viewBox: "0 0 20 20", width: 20, height: 20, "aria-hidden": "true"},
        svg("path", {d: icons[shape]}),
      ),
    );
    // A click that no pointer made came from the keyboard.
    button.onclick = (event) =>
      event.detail === 0 && event.pointerType === "" ? onPlace(shape) : onPick(shape);
    button.dataset.shape = shape;
    return button;
  });
  return {
    element: h("div", {className: "shapes", role: "group", "aria-label": "draw a region"}, ...buttons),
    update(picked) {
      for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.shape === picked);
    },
  };
}
