// Buttons that pick the kind of region that is drawn.

import {h} from "../../browser/dom.js";
import {SHAPES} from "./shapes.js";
import {crossAt, svg} from "../../browser/svg.js";

/** @typedef {import("./shapes.js").Shape} Shape */

/** @type {Record<Shape, string>} */
const ICONS = {
  point: crossAt([10, 10]),
  line: "M3 16L17 4",
  rectangle: "M3 4.5H17V15.5H3Z",
  polygon: "M4 15L6.5 4.5L16.5 7L14 16Z",
};

/** @param {Shape} shape */
function icon(shape) {
  const attributes = {viewBox: "0 0 20 20", width: 20, height: 20, "aria-hidden": "true"};
  return svg("svg", attributes, svg("path", {d: ICONS[shape]}));
}

/**
 * Buttons to pick a kind of shape. With the keyboard, `onPlace(shape)` puts one into the middle.
 * @param {{onPick: (shape: Shape) => void, onPlace: (shape: Shape) => void}} handlers
 */
export function shapeButtons({onPick, onPlace}) {
  const shapes = /** @type {Shape[]} */ (Object.keys(SHAPES));
  const buttons = shapes.map((shape) => {
    const label = `draw a ${shape}`;
    const properties = {className: "shape", title: label, "aria-label": label, "aria-pressed": "false"};
    const button = h("button", properties, icon(shape));
    button.onclick = (event) => {
      // A click that no pointer made came from the keyboard.
      const isKey = event.detail === 0 && /** @type {PointerEvent} */ (event).pointerType === "";
      (isKey ? onPlace : onPick)(shape);
    };
    button.dataset.shape = shape;
    return button;
  });
  return {
    element: h("div", {className: "shapes", role: "group", "aria-label": "draw a region"}, ...buttons),
    /** @param {Shape | null} picked */
    update(picked) {
      for (const button of buttons)
        button.setAttribute("aria-pressed", String(button.dataset.shape === picked));
    },
  };
}
