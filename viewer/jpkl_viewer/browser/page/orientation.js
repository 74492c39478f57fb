// How frames are turned on the screen: what the settings mean, and what commands make of them.

import {iconButton} from "../base/icons.js";
import {titled} from "../base/keymap.js";
import {h, setUsable} from "../base/dom.js";

/** @typedef {import("../state/viewport.js").Orientation} Orientation */
/** @typedef {Pick<import("../types.js").State, "rotation" | "flip">} Turned */

const QUARTER = 90;

/**
 * @param {Turned} state that may come from a link
 * @returns {Orientation}
 */
export function orientationOf({rotation, flip}) {
  const turns = Number(rotation) / QUARTER;
  return {turns: [0, 1, 2, 3].includes(turns) ? turns : 0, isFlipped: flip};
}

/** @param {number} turns @param {boolean} flip @returns {Turned} */
const settingsOf = (turns, flip) => ({rotation: String(QUARTER * (((turns % 4) + 4) % 4)), flip});

/**
 * Turned by a quarter more.
 * @param {Turned} state
 * @param {1 | -1} way clockwise, or the other way
 */
export function rotated(state, way) {
  const {turns, isFlipped} = orientationOf(state);
  return settingsOf(turns + way, isFlipped);
}

/**
 * Mirrored from left to right as it is seen: what was turned one way is turned the other way now.
 * @param {Turned} state
 */
export function flipped(state) {
  const {turns, isFlipped} = orientationOf(state);
  return settingsOf(-turns, !isFlipped);
}

/**
 * What is used of the viewer.
 * @typedef {object} Turnable
 * @property {Turned} state
 * @property {string} whyUpright why frames are shown as they are stored; "" where they can be turned
 * @property {(values: Turned) => void} change
 */

/**
 * Commands that turn the picture.
 * @param {Turnable} view
 * @returns {Record<string, import("../input/commands.js").Command>}
 */
export function turns(view) {
  /** @param {(state: Turned) => Turned} make */
  const turn = (make) => () => (view.whyUpright ? false : view.change(make(view.state)));
  return {
    turnRight: turn((state) => rotated(state, 1)),
    turnLeft: turn((state) => rotated(state, -1)),
    flip: turn(flipped),
  };
}

/** Their buttons. */
export class TurnButtons {
  #buttons;

  /** @param {Turnable} view */
  constructor(view) {
    const commands = turns(view);
    this.#buttons = [
      {name: "turnLeft", image: "turnLeft", text: "Rotate to the left"},
      {name: "turnRight", image: "turnRight", text: "Rotate to the right"},
      {name: "flip", image: "flip", text: "Flip left and right"},
    ].map(({name, image, text}) => ({
      element: iconButton(image, text, () => void commands[name]()),
      title: titled(text, name),
    }));
    this.element = h("div", {className: "row"}, ...this.#buttons.map(({element}) => element));
  }

  /** @param {string} whyNot why the picture cannot be turned; "" where it can */
  update(whyNot) {
    for (const {element, title} of this.#buttons) setUsable(element, whyNot, title);
  }
}
