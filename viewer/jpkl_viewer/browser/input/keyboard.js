// Which keys are the viewer's: those pressed while the focus or the pointer is in it.

/** @typedef {import("../base/keymap.js").Focus} Focus */

const FIELDS = "input, select, textarea, [contenteditable]:not([contenteditable=false])";
const BUTTONS = "button, summary, a, input:is([type=checkbox], [type=radio], [type=button], [type=color])";
/** What goes by arrow keys. */
const SLIDERS = "input[type=range], [role=slider], [role=separator]";
/** Buttons that arrow keys mean something to. */
const ITEMS = "button[data-arrows]";
const DIM_SLIDERS = ".dim input[type=range]";

/**
 * What keys mean something to first: of what is not a control, as the picture, it is the viewer.
 * @param {Element} element that has the focus
 * @returns {Focus}
 */
function focusOf(element) {
  if (element.matches(DIM_SLIDERS)) return "dim";
  if (element.matches(SLIDERS)) return "slider";
  if (element.matches(ITEMS)) return "item";
  if (element.matches(BUTTONS)) return "button";
  return element.matches(FIELDS) ? "field" : "viewer";
}

/** What has the focus, in whatever shadow root it is. */
function activeElement() {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}

/** Whether what has the focus can be seen. @param {Element | null} active */
function isSeen(active) {
  return active !== null && active !== document.body && active.checkVisibility?.() !== false;
}

/**
 * The element of the page itself that a viewer is in.
 * @param {HTMLElement} root of the viewer
 */
function outermostHost(root) {
  let host = /** @type {HTMLElement} */ (root);
  for (let tree = host.getRootNode(); tree instanceof ShadowRoot; tree = host.getRootNode())
    host = /** @type {HTMLElement} */ (tree.host);
  return host;
}

/**
 * Whether something is a field for text.
 * @param {EventTarget | null} target
 * @returns {target is HTMLInputElement | HTMLTextAreaElement}
 */
function isTyped(target) {
  if (target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLInputElement && focusOf(target) === "field";
}

/**
 * Whether a key is a character, and no shortcut: where it means nothing to the viewer that is pointed at, it is still
 * not the notebook's, whose letters delete and paste cells.
 * @param {KeyboardEvent} event
 */
function isCharacter({key, ctrlKey, metaKey, altKey}) {
  return key.length === 1 && !ctrlKey && !metaKey && !altKey;
}

/** JupyterLab leaves the keys to what has this attribute. */
const KEEPS_KEYS = "data-lm-suppress-shortcuts";

/** Takes the keys of a viewer, before the page around hears of them. */
export class Keyboard {
  #root;
  #ownsPage;
  #onKey;
  #isPointed = false;
  /** Whether the hand was on the pointer last, not on the keys. */
  #isByPointer = false;
  /** @type {HTMLElement | null} */
  #host = null;
  /** What the field that has the focus said before something was typed. */
  #before = "";
  /** Whether something was typed since. */
  #isEdited = false;

  /**
   * @param {HTMLElement} root
   * @param {boolean} ownsPage whether keys that nothing on the page has the focus for are the viewer's
   * @param {(event: KeyboardEvent, focus: Focus) => boolean} onKey returns whether the key meant something
   */
  constructor(root, ownsPage, onKey) {
    this.#root = root;
    this.#ownsPage = ownsPage;
    this.#onKey = onKey;
    this.#isPointed = root.matches(":hover"); // it may have come under the pointer before
    root.addEventListener("pointerenter", () => this.#point(true));
    root.addEventListener("pointerleave", () => this.#point(false));
    root.addEventListener("pointerdown", () => (this.#isByPointer = true), true);
    root.addEventListener("click", ({detail}) => {
      if (detail > 0) this.#giveBack(["button"]);
      else if (!isSeen(activeElement())) this.focus(); // a key has pressed what has gone by that
    });
    root.addEventListener("change", () => this.#isByPointer && this.#giveBack(["button", "field"]));
    root.addEventListener("focusin", () => this.#keepKeys(true));
    for (const type of ["focusin", "change"])
      root.addEventListener(type, ({target}) => this.#remember(target));
    root.addEventListener("input", ({target}) => (this.#isEdited ||= isTyped(target)));
    root.addEventListener("focusout", () => this.#keepKeys(false));
  }

  /** Hear keys; called once the viewer is on the page. */
  listen() {
    window.addEventListener("keydown", this.#hear, true); // again is once
  }

  /** @param {KeyboardEvent} event */
  #hear = (event) => {
    if (!this.#root.isConnected) return window.removeEventListener("keydown", this.#hear, true);
    if (event.defaultPrevented || event.isComposing) return;
    const focus = this.#focusFor(event);
    if (focus === null) return;
    this.#isByPointer = false;
    if (!this.#isEdited) this.#remember(event.composedPath()[0]); // fields may have been written since, as of a zoom
    if (focus === "field" && event.key === "Enter") this.#leaveField(event);
    if (focus === "field" && event.key === "Escape") this.#restore(event);
    const isTaken = this.#onKey(event, focus);
    if (isTaken) event.preventDefault();
    if (isTaken || (focus === "viewer" && isCharacter(event))) event.stopImmediatePropagation();
  };

  /**
   * What has the focus; null where the key is not the viewer's.
   * @param {KeyboardEvent} event
   * @returns {Focus | null}
   */
  #focusFor(event) {
    const path = event.composedPath();
    const target = /** @type {Element} */ (path[0]);
    if (path.includes(this.#root)) return focusOf(target);
    if (target instanceof Element && focusOf(target) === "field") return null;
    return this.#isPointed || (this.#ownsPage && target === document.body) ? "viewer" : null;
  }

  /** Enter takes what was typed, and gives the keys back. @param {KeyboardEvent} event */
  #leaveField(event) {
    const target = /** @type {Element} */ (event.composedPath()[0]);
    if (target.matches("input")) this.focus();
  }

  /** Remember what a field says that nothing is typed into yet. @param {EventTarget | null} target */
  #remember(target) {
    if (!isTyped(target)) return;
    this.#before = target.value;
    this.#isEdited = false;
  }

  /** What was typed is not wanted: fields take what they say when they are left. @param {KeyboardEvent} event */
  #restore(event) {
    const [target] = event.composedPath();
    if (!isTyped(target) || target.value === this.#before) return;
    target.value = this.#before;
    this.#isEdited = false;
    target.dispatchEvent(new Event("input")); // for what follows the keys
  }

  /** @param {boolean} isInside */
  #point(isInside) {
    this.#isPointed = isInside;
    if (!isInside) return;
    this.listen();
    const active = activeElement();
    const other = active?.closest(".viewer");
    // With two viewers on a page, keys are for the one that is pointed at.
    if (active && other && other !== this.#root && focusOf(active) !== "field") this.focus();
  }

  /**
   * What was clicked does not keep the keys that the viewer has.
   * @param {Focus[]} kinds
   */
  #giveBack(kinds) {
    const active = activeElement();
    if (active && this.#root.contains(active) && kinds.includes(focusOf(active))) this.focus();
  }

  /** @param {boolean} isInside whether the focus is in the viewer */
  #keepKeys(isInside) {
    if (isInside) this.listen();
    this.#host?.removeAttribute(KEEPS_KEYS);
    this.#host = isInside ? outermostHost(this.#root) : null;
    this.#host?.setAttribute(KEEPS_KEYS, "true");
  }

  /** Take the keys. */
  focus() {
    this.#root.focus({preventScroll: true});
  }
}
