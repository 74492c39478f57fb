// Another stack, its picture, and the pane that shows it.

import {CanvasPainter} from "../../browser/pixels/canvas.js";
import {h} from "../../browser/base/dom.js";
import {Picture} from "../../browser/pixels/picture.js";
import {PixelReader} from "../../browser/pixels/pixels.js";
import {Stack} from "../../browser/state/stack.js";
import {usualContrast} from "./contrast.js";
import {follow, stateFor} from "./follow.js";
import {Marks} from "./marks.js";

/**
 * @typedef {import("../../browser/types.js").State} State
 * @typedef {import("../../browser/tool.js").ToolHost} ToolHost
 */

/** A stack that is compared with the view's. */
export class Side {
  /** Shows what there was no room for. @type {(() => void) | null} */
  #hidden = null;

  /**
   * @param {ToolHost} view
   * @param {import("../../browser/tool.js").OtherStack} other
   * @param {number} number by which Python knows it
   * @param {() => void} onShown called when its picture has come to the screen
   */
  constructor(view, {description, provider}, number, onShown) {
    this.view = view;
    this.stack = new Stack(description);
    const {title} = description;
    this.painter = new CanvasPainter(view.viewport, this.stack);
    this.marks = new Marks(view);
    this.pane = h(
      "div",
      {className: "pane", role: "img", "aria-label": title},
      this.painter.canvas,
      ...this.marks.elements,
    );
    this.caption = h("div", {className: "caption"}, title);
    this.position = this.stack.dims.map(() => 0);
    this.picture = new Picture({
      stack: this.stack,
      colormaps: view.colormaps,
      provider,
      onShown: (_shown, error) => {
        this.say(error ? error.message : title, Boolean(error));
        onShown();
      },
      onFrames() {},
      onProgress() {},
    });
    this.picture.painter = this.painter;
    this.pixels = new PixelReader(this.picture, view.asks, () => view.read(), number);
  }

  /**
   * Write below its picture.
   * @param {string} text
   * @param {boolean} isSentence and no name
   */
  say(text, isSentence) {
    this.caption.textContent = text;
    this.caption.classList.toggle("said", isSentence);
  }

  /**
   * Go where the view goes.
   * @param {State} state of the view
   * @param {number[][]} ahead where it likely goes next
   * @param {import("./contrast.js").Contrast | null} contrast null for the usual one
   */
  show(state, ahead, contrast) {
    const {view, stack, picture} = this;
    this.#hidden = view.viewport.isOpen ? null : () => this.show(state, ahead, contrast);
    if (this.#hidden) return;
    const own = stateFor(state, view.stack, stack, this.position, contrast);
    this.position = own.position;
    const next = ahead.map((position) => follow(position, view.stack, stack, own.position));
    picture.show(own, next, view.pace);
  }

  /** Its contrast where nobody has chosen. */
  get usualContrast() {
    return usualContrast(this.view.stack.span, this.stack.span);
  }

  /** Paint what it shows again, as the view shows another part. */
  repaint() {
    this.painter.place();
    if (this.#hidden) this.#hidden();
    else this.picture.repaint();
  }

  /** Whether what it shows belongs to what the view shows. */
  get isTogether() {
    const {view, stack, picture, position} = this;
    if (!view.shown || !picture.shown) return false;
    return picture.shown.position.join() === follow(view.shown.position, view.stack, stack, position).join();
  }

  /**
   * What it holds at a pixel.
   * @param {number} x
   * @param {number} y
   */
  read(x, y) {
    const {stack, picture, pixels} = this;
    const isInside = x < stack.width && y < stack.height;
    return {stack, shown: picture.shown, readings: isInside ? pixels.read(x, y) : []};
  }
}
