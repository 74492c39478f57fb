// What the user does to the picture with the pointer.

/** A press that moves further than so many CSS pixels is a drag. */
const CLICK_RADIUS = 4;

/** @typedef {import("./bokeh.js").FigureView} FigureView */

/**
 * The pixel of the frame at a place of the page; null outside of the figure's frame.
 * @param {FigureView} figureView
 * @param {{clientX: number, clientY: number}} place
 * @returns {[x: number, y: number] | null}
 */
export function pixelAt({el, frame}, {clientX, clientY}) {
  const rect = el.getBoundingClientRect();
  const {left, top, width, height} = frame.bbox;
  const [sx, sy] = [clientX - rect.left, clientY - rect.top];
  const isInside = sx >= left && sx < left + width && sy >= top && sy < top + height;
  return isInside ? [Math.round(frame.x_scale.invert(sx)), Math.round(frame.y_scale.invert(sy))] : null;
}

/**
 * What is called when the user does something.
 * @typedef {object} InputHandlers
 * @property {() => void} onPoint the pointer is at another pixel, or at none
 * @property {(x: number, y: number) => void} onClick
 */

/** Listens to the viewer. */
export class Input {
  /** The pixel of the frame under the pointer. @type {[x: number, y: number] | null} */
  pixel = null;
  #pressed = {x: 0, y: 0};
  #root;
  #handlers;

  /**
   * @param {HTMLElement} root
   * @param {InputHandlers} handlers
   */
  constructor(root, handlers) {
    this.#root = root;
    this.#handlers = handlers;
  }

  /**
   * Listen to the picture, too, once the figure is on the page.
   * @param {FigureView} figureView
   * @param {HTMLElement} figureSlot
   */
  attach(figureView, figureSlot) {
    const root = this.#root;
    const note = (/** @type {PointerEvent} */ event) => {
      this.#pressed = {x: event.clientX, y: event.clientY};
    };
    root.addEventListener("pointerdown", note, true);
    root.addEventListener("pointermove", (event) => this.#point(pixelAt(figureView, event)));
    root.addEventListener("pointerleave", () => this.#point(null));
    figureSlot.addEventListener("click", (event) => {
      if (this.pixel && !this.#isDrag(event)) this.#handlers.onClick(...this.pixel);
    });
  }

  /** @param {[x: number, y: number] | null} pixel */
  #point(pixel) {
    this.pixel = pixel;
    this.#handlers.onPoint();
  }

  /** @param {MouseEvent} event */
  #isDrag({clientX, clientY}) {
    return Math.hypot(clientX - this.#pressed.x, clientY - this.#pressed.y) > CLICK_RADIUS;
  }
}
