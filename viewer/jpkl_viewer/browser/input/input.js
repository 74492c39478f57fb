// Where the pointer is over the picture.

/**
 * What is called when the user does something.
 * @typedef {object} InputHandlers
 * @property {() => void} onPoint the pointer is at another pixel, or at none
 */

/**
 * Where a pointer is on the screen, and the pane that it is over, if any.
 * @typedef {{clientX: number, clientY: number, pane: Element | null}} Place
 */

/**
 * Where an event is. It has to be asked at once: later, in a shadow tree, events do not know what they were at.
 * @param {PointerEvent} event
 * @returns {Place}
 */
function placeOf({target, clientX, clientY}) {
  return {clientX, clientY, pane: /** @type {Element} */ (target).closest(".pane")};
}

/** Listens to the viewer. */
export class Input {
  /** The pixel of the frame under the pointer. @type {[x: number, y: number] | null} */
  pixel = null;
  #view;
  #onPoint;
  /** Where the pointer was last; null while it is not over the viewer. @type {Place | null} */
  #last = null;

  /**
   * @param {{root: HTMLElement, stage: HTMLElement, viewport: import("../state/viewport.js").Viewport}} view
   * @param {InputHandlers} handlers
   */
  constructor(view, {onPoint}) {
    this.#view = view;
    this.#onPoint = onPoint;
    const {root} = view;
    root.addEventListener("pointermove", (event) => this.#point(placeOf(event)));
    root.addEventListener("pointerleave", () => this.#point(null));
  }

  /** The picture has moved below the pointer. */
  follow() {
    if (this.#last) this.#point(this.#last);
  }

  /**
   * The pixel of the frame that a pointer is at, in the picture or in a pane; null outside of their room.
   * @param {Place} place
   * @returns {[x: number, y: number] | null}
   */
  #pixelAt({clientX, clientY, pane}) {
    const {stage, viewport} = this.#view;
    const {left, top, width, height} = viewport.box;
    const rect = (pane ?? stage).getBoundingClientRect();
    const [sx, sy] = [clientX - rect.left + (pane ? left : 0), clientY - rect.top + (pane ? top : 0)];
    if (!(sx >= left && sx < left + width && sy >= top && sy < top + height)) return null;
    const [x, y] = viewport.toFrame(sx, sy);
    return [Math.round(x), Math.round(y)];
  }

  /** @param {Place | null} place */
  #point(place) {
    this.#last = place;
    this.pixel = place && this.#pixelAt(place);
    this.#onPoint();
  }
}
