// Buttons beside the stage: what is drawn by hand, and what is done to the region that is selected.

import {h, setUsable} from "../../browser/base/dom.js";
import {commandButton, icon, iconButton} from "../../browser/base/icons.js";
import {titled} from "../../browser/base/keymap.js";
import {SHAPES} from "./shapes.js";

/** @typedef {import("./shapes.js").Shape} Shape */

const DELETE = "delete the selected region";
const UNDO = "undo";
const REDO = "redo";

/** What a shape is called after "draw". @type {Partial<Record<Shape, string>>} */
const CALLED = {ellipse: "an ellipse", freehand: "freehand"};

/**
 * @typedef {object} ButtonHandlers
 * @property {(shape: Shape | null) => void} onPick called with the kind to draw next; null for none
 * @property {(shape: Shape) => void} onPlace called with the kind to put into the middle: by the keyboard
 * @property {() => void} onDelete
 * @property {() => void} onUndo
 * @property {() => void} onRedo
 */

/** @param {ButtonHandlers} handlers */
export function shapeButtons({onPick, onPlace, onDelete, onUndo, onRedo}) {
  const pressed = {"aria-pressed": "true"};
  const select = commandButton("cursor", "select and pan", "select", () => onPick(null), pressed);
  const shapes = /** @type {Shape[]} */ (Object.keys(SHAPES));
  const buttons = shapes.map((shape) => {
    const label = `draw ${CALLED[shape] ?? `a ${shape}`}`;
    const properties = {title: titled(label, shape), "aria-label": label, "aria-pressed": "false"};
    const button = h("button", properties, icon(shape));
    button.onclick = (event) => {
      // A click that no pointer made came from the keyboard.
      const isKey = event.detail === 0 && /** @type {PointerEvent} */ (event).pointerType === "";
      (isKey ? onPlace : onPick)(shape);
    };
    button.dataset.shape = shape;
    return button;
  });
  /** @param {string} name @param {string} label @param {() => void} act */
  const actButton = (name, label, act) => {
    const button = iconButton(name, label, () => button.ariaDisabled === "true" || act());
    return button;
  };
  const undo = actButton("undo", UNDO, onUndo);
  const redo = actButton("redo", REDO, onRedo);
  const remove = actButton("trash", DELETE, onDelete);
  return {
    elements: [select, ...buttons, h("hr", {}), undo, redo, remove],
    /**
     * @param {boolean} isSelected whether a region is selected
     * @param {{canUndo: boolean, canRedo: boolean}} history
     */
    updateUsable(isSelected, {canUndo, canRedo}) {
      setUsable(undo, canUndo ? "" : "There is nothing to undo", titled(UNDO, "undo"));
      setUsable(redo, canRedo ? "" : "There is nothing to redo", titled(REDO, "redo"));
      setUsable(remove, isSelected ? "" : "No region is selected", titled(DELETE, "remove"));
    },
    /** @param {Shape | null} picked */
    update(picked) {
      select.setAttribute("aria-pressed", String(picked === null));
      for (const button of buttons)
        button.setAttribute("aria-pressed", String(button.dataset.shape === picked));
    },
  };
}
