// What the user does to the viewer as a whole: keys, and where the pointer is.

/** @typedef {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">} Key */

/**
 * What has the focus: the viewer or its picture; a slider, which goes by arrows itself; a button or switch, which
 * space presses; or a field, which both mean something to.
 * @typedef {"viewer" | "slider" | "button" | "field"} Focus
 */

/**
 * What a key asks for: to play or stop, or an index along the dim that was moved last; null if nothing.
 * @param {Key} key
 * @param {Focus} focus
 * @param {number} index along that dim
 * @param {number} size of the dim
 * @returns {"play" | number | null}
 */
export function meaningOf({key, ctrlKey, metaKey, altKey}, focus, index, size) {
  if (ctrlKey || metaKey || altKey) return null;
  if (key === " ") return focus === "viewer" || focus === "slider" ? "play" : null;
  if (focus === "slider" || focus === "field") return null;
  if (key === "ArrowLeft") return index - 1;
  if (key === "ArrowRight") return index + 1;
  if (key === "Home") return 0;
  return key === "End" ? size - 1 : null;
}

/** Elements that keep the keys to themselves, unless they are listed after. */
const FIELDS = "input, select, textarea, [contenteditable], [role=slider]";
const BUTTONS = "button, summary, a, input:is([type=checkbox], [type=radio], [type=button])";

/**
 * What a key means something to first: of what is not a control, as the picture, it is the viewer.
 * @param {EventTarget} target
 * @returns {Focus}
 */
function focusOf(target) {
  const element = /** @type {HTMLElement} */ (target);
  if (element.matches("input[type=range]")) return "slider";
  if (element.matches(BUTTONS)) return "button";
  return element.matches(FIELDS) ? "field" : "viewer";
}

/**
 * What is called when the user does something.
 * @typedef {object} InputHandlers
 * @property {(key: Key, focus: Focus) => boolean} onKey returns whether the key meant something
 * @property {() => void} onPoint the pointer is at another pixel, or at none
 */

/** Listens to the viewer. */
export class Input {
  /** The pixel of the frame under the pointer. @type {[x: number, y: number] | null} */
  pixel = null;
  #view;
  #onPoint;

  /**
   * @param {{root: HTMLElement, stage: HTMLElement, viewport: import("./viewport.js").Viewport}} view
   * @param {InputHandlers} handlers
   */
  constructor(view, {onKey, onPoint}) {
    this.#view = view;
    this.#onPoint = onPoint;
    const {root} = view;
    root.addEventListener("keydown", (event) => {
      if (onKey(event, focusOf(event.composedPath()[0]))) event.preventDefault();
    });
    root.addEventListener("pointermove", (event) => this.#point(this.#pixelAt(event)));
    root.addEventListener("pointerleave", () => this.#point(null));
  }

  /**
   * The pixel of the frame at a place of the page; null outside of the picture's room.
   * @param {{clientX: number, clientY: number}} place
   * @returns {[x: number, y: number] | null}
   */
  #pixelAt({clientX, clientY}) {
    const {stage, viewport} = this.#view;
    const rect = stage.getBoundingClientRect();
    const {left, top, width, height} = viewport.box;
    const [sx, sy] = [clientX - rect.left, clientY - rect.top];
    if (!(sx >= left && sx < left + width && sy >= top && sy < top + height)) return null;
    const [x, y] = viewport.toFrame(sx, sy);
    return [Math.round(x), Math.round(y)];
  }

  /** @param {[x: number, y: number] | null} pixel */
  #point(pixel) {
    this.pixel = pixel;
    this.#onPoint();
  }
}
