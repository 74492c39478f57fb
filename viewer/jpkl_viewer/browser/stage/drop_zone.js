// Files that are dropped onto the window: where they are dropped says what becomes of them.

import {h} from "../base/dom.js";
import {commandWith} from "../base/shell.js";

/** What becomes of files, depending on where they are dropped. @typedef {"open" | "compare"} Choice */

/**
 * Takes files; an error that it throws as `RefusedError` is said on the page.
 * @typedef {(files: File[], choice: Choice, taking: Taking) => Promise<void>} Take
 */

/**
 * What a `Take` has: the signal that the user cancels by, and where to say how far it is, as a part of 1.
 * @typedef {{signal: AbortSignal, say: (text: string, part: number) => void}} Taking
 */

/** Why files are not taken. */
export class RefusedError extends Error {}

/**
 * Why files are taken nowhere, "" if they may be.
 * @param {Pick<File, "name" | "size">[]} files
 * @param {string[]} folders names of folders among them
 */
export function whyNotTaken(files, folders) {
  if (folders.length)
    return `${folders[0]} is a folder, which browsers do not give to pages. Where it is: ${commandWith("jpkl view", folders[0])}`;
  if (!files.length) return "No file was dropped.";
  const empty = files.find(({size}) => !size);
  return empty ? `${empty.name} is empty.` : "";
}

/**
 * Where stacks are taken, and nothing else: refuse other files, and say what makes stacks of them.
 * @param {Pick<File, "name">[]} files
 */
export function refuseOriginals(files) {
  const other = files.find(({name}) => !name.toLowerCase().endsWith(".jpkl"));
  if (!other) return;
  const command = commandWith("jpkl encode", other.name);
  throw new RefusedError(`${other.name} is not a .jpkl file. To make one of an image file: ${command}`);
}

/**
 * On pages that take no files: say of one that is dropped where it can be looked at, where browsers would leave the page for it.
 * @param {string} why
 */
export function zoneThatRefuses(why) {
  return new DropZone(
    "",
    (files) => {
      throw new RefusedError(`${why} ${commandWith("jpkl view", files[0].name)}`);
    },
    "",
  );
}

/** Covers the window while something is dragged over it, and says what happens to it. */
export class DropZone {
  /** Ends the taking. @type {AbortController | null} */
  #taking = null;

  #take;
  #what;

  /**
   * @param {string} title of the stack that is shown; "" where there is none
   * @param {Take} take
   * @param {string} what can be dropped; "" where nothing can, which is said of what is dropped all the same
   */
  constructor(title, take, what) {
    this.#take = take;
    this.#what = what;
    const target = (/** @type {Choice} */ choice) =>
      h(
        "div",
        {className: "target", "data-choice": choice},
        h("b", {}, choice === "open" ? "Open" : "Compare"),
        h("span"),
      );
    this.open = target("open");
    this.compare = target("compare");
    this.targets = h("div", {className: "targets", hidden: true}, this.open, this.compare);
    this.text = h("p", {role: "status"});
    this.bar = h("progress", {max: 1, value: 0, "aria-label": "taken"});
    this.close = h("button", {className: "text", onclick: () => this.#end()}, "Close");
    this.card = h("div", {className: "card"}, this.text, this.bar, this.close);
    this.root = h("div", {className: "drop", hidden: true}, this.targets, this.card);
    this.show(title);
  }

  /** Another stack is shown. @param {string} title "" where there is none */
  show(title) {
    const [open, compare] = [this.open, this.compare].map(({lastElementChild}) => lastElementChild);
    if (open) open.textContent = title ? "instead of the current stack" : this.#what;
    if (compare) compare.textContent = `with ${title}`;
    this.compare.hidden = title === "";
  }

  /** @param {Window} window */
  listen(window) {
    window.addEventListener("dragenter", (event) => this.#onDrag(event));
    window.addEventListener("dragover", (event) => this.#onDrag(event));
    window.addEventListener("dragleave", ({relatedTarget}) => {
      if (!relatedTarget) this.#leave(); // it is out of the window
    });
    // The pointer is not heard while something is dragged: a drag that has ended elsewhere is seen by it.
    window.addEventListener("pointermove", () => this.#leave());
    window.addEventListener("drop", (event) => this.#onDrop(event));
    window.addEventListener(
      "keydown",
      (event) => {
        if (event.key !== "Escape" || this.root.hidden) return;
        event.stopImmediatePropagation();
        this.#end();
      },
      {capture: true},
    );
  }

  /** @param {DragEvent} event */
  #onDrag(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = this.#taking ? "none" : "copy";
    if (this.#taking || !this.#what) return;
    this.#show(true);
    const choice = this.#choiceAt(event);
    for (const target of [this.open, this.compare])
      target.toggleAttribute("data-over", target.dataset.choice === choice);
  }

  /** @param {DragEvent} event @returns {Choice} */
  #choiceAt({clientX}) {
    return !this.compare.hidden && clientX > window.innerWidth / 2 ? "compare" : "open";
  }

  /** Nothing is dragged any more. */
  #leave() {
    if (!this.targets.hidden) this.root.hidden = true;
  }

  /** @param {boolean} isDragged */
  #show(isDragged) {
    this.root.hidden = false;
    this.targets.hidden = !isDragged;
    this.card.hidden = isDragged;
  }

  /** @param {DragEvent} event */
  #onDrop(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (this.#taking) return;
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.());
    const folders = entries.flatMap((entry) => (entry?.isDirectory ? [entry.name] : []));
    void this.take([...event.dataTransfer.files], this.#choiceAt(event), folders);
  }

  /**
   * @param {File[]} files
   * @param {Choice} choice
   * @param {string[]} [folders] names of folders among them
   */
  async take(files, choice, folders = []) {
    const taking = (this.#taking = new AbortController());
    const {signal} = taking;
    const say = (/** @type {string} */ text, /** @type {number} */ part) => {
      if (signal.aborted) return;
      this.#show(false);
      this.#say(text, "Cancel");
      this.bar.hidden = false;
      this.bar.value = part;
    };
    try {
      const why = whyNotTaken(files, folders);
      if (why) throw new RefusedError(why);
      await this.#take(files, choice, {signal, say});
      if (!signal.aborted) this.root.hidden = true;
    } catch (error) {
      if (signal.aborted) return; // the page may be taking others by now
      if (!(error instanceof RefusedError)) throw error;
      this.#show(false);
      this.#say(error.message, "Close");
    } finally {
      if (this.#taking === taking) this.#taking = null;
    }
  }

  /**
   * @param {string} text
   * @param {string} button
   */
  #say(text, button) {
    this.text.textContent = text;
    this.bar.hidden = true;
    this.close.textContent = button;
  }

  #end() {
    this.#taking?.abort();
    this.#taking = null;
    this.root.hidden = true;
  }
}
