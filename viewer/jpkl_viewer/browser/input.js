// What the user does to the picture and to the viewer as a whole: keys, pointer, clicks.

/** A press that moves further than so many CSS pixels is a drag. */
const CLICK_RADIUS = 4;

/** @typedef {import("./bokeh.js").FigureView} FigureView */

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
 * @property {(key: Key, focus: Focus) => boolean} onKey returns whether the key meant something
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
    root.addEventListener("keydown", (event) => {
      if (handlers.onKey(event, focusOf(event.composedPath()[0]))) event.preventDefault();
    });
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
