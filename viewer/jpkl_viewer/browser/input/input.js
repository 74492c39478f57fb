// Where the pointer is over the picture.

/**
 * What is called when the user does something.
 * @typedef {object} InputHandlers
 * @property {() => void} onPoint the pointer is at another pixel, or at none
 */

/** Listens to the viewer. */
export class Input {
  /** The pixel of the frame under the pointer. @type {[x: number, y: number] | null} */
  pixel = null;
  #view;
  #onPoint;
  /** Where the pointer was last; null while it is not over the viewer. @type {PointerEvent | null} */
  #last = null;

  /**
   * @param {{root: HTMLElement, stage: HTMLElement, viewport: import("../state/viewport.js").Viewport}} view
   * @param {InputHandlers} handlers
   */
  constructor(view, {onPoint}) {
    this.#view = view;
    this.#onPoint = onPoint;
    const {root} = view;
    root.addEventListener("pointermove", (event) => this.#point(event));
    root.addEventListener("pointerleave", () => this.#point(null));
  }

  /** The picture has moved below the pointer. */
  follow() {
    if (this.#last) this.#point(this.#last);
  }

  /**
   * The pixel of the frame that an event is at, in the picture or in a pane; null outside of their room.
   * @param {PointerEvent} event
   * @returns {[x: number, y: number] | null}
   */
  #pixelAt({target, clientX, clientY}) {
    const {stage, viewport} = this.#view;
    const {left, top, width, height} = viewport.box;
    const pane = /** @type {Element} */ (target).closest(".pane");
    const rect = (pane ?? stage).getBoundingClientRect();
    const [sx, sy] = [clientX - rect.left + (pane ? left : 0), clientY - rect.top + (pane ? top : 0)];
    if (!(sx >= left && sx < left + width && sy >= top && sy < top + height)) return null;
    const [x, y] = viewport.toFrame(sx, sy);
    return [Math.round(x), Math.round(y)];
  }

  /** @param {PointerEvent | null} event */
  #point(event) {
    this.#last = event;
    this.pixel = event && this.#pixelAt(event);
    this.#onPoint();
  }
}
