// The legend of a difference: its colors, and what their ends stand for.

import {h} from "../../browser/base/dom.js";
import {INSET} from "../../browser/state/scale_bar.js";
import {DIVERGING, ZERO, limitTexts} from "./difference.js";

/** Colors at the stops of a gradient, from the ends to the middle and on. */
const STOPS = [255, 223, 191, 159, ZERO, 97, 65, 33, 1].map((i) => {
  const [red, green, blue] = [0, 8, 16].map((shift) => (DIVERGING[i] >> shift) & 255);
  return `rgb(${red}, ${green}, ${blue})`;
});

export class Legend {
  #high = h("span", {});
  #low = h("span", {});
  element = h(
    "div",
    {className: "color-key", hidden: true},
    h("div", {}, this.#high, h("span", {className: "zero"}, "0"), this.#low),
    h("div", {className: "ramp", style: `background: linear-gradient(${STOPS.join()})`}),
  );

  /** @param {import("./difference.js").Differences} differences */
  update(differences) {
    this.element.hidden = false;
    [this.#high.textContent, this.#low.textContent] = limitTexts(differences);
  }

  /**
   * Put it into the upper right corner of what is seen of the picture.
   * @param {{right: number, top: number}} picture
   * @param {{width: number}} stage
   * @param {number} above CSS pixels that something takes of the corner
   */
  place({right, top}, {width}, above) {
    Object.assign(this.element.style, {right: `${width - right + INSET}px`, top: `${top + INSET + above}px`});
  }
}
