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

/** Most stacks of a folder that are taken at once: they are compared. */
const MOST_STACKS = 8;

/**
 * The files of a folder that are meant: its stacks, or else those of the format that most have. What systems hide in
 * folders is not.
 * @template {Pick<File, "name">} Item
 * @param {string} folder its name
 * @param {Item[]} files
 * @returns {Item[]} in the order of the numbers in their names
 */
export function meantOf(folder, files) {
  const suffix = (/** @type {Item} */ {name}) => name.toLowerCase().split(".").at(-1) ?? "";
  const seen = files.filter(({name}) => !name.startsWith(".") && name.includes("."));
  const counts = /** @type {Record<string, number>} */ ({});
  for (const file of seen) counts[suffix(file)] = (counts[suffix(file)] ?? 0) + 1;
  const [most] = Object.keys(counts).sort((a, b) => counts[b] - counts[a]);
  const wanted = counts.jpkl ? "jpkl" : most;
  const where = commandWith("jpkl view", folder);
  if (!most)
    throw new RefusedError(`${folder} has no files that can be opened here. Open it where it is: ${where}`);
  if (wanted === "jpkl" && counts.jpkl > MOST_STACKS)
    throw new RefusedError(`${folder} has ${counts.jpkl} stacks. For a list of them: ${where}`);
  const order = new Intl.Collator("en", {numeric: true});
  return seen.filter((file) => suffix(file) === wanted).sort((a, b) => order.compare(a.name, b.name));
}

/**
 * What is dropped: files, and those of folders.
 * @param {DataTransfer} transfer read while the event is handled, as it is empty later
 * @returns {Promise<File[]>}
 */
async function filesOf({items, files}) {
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  if (!entries.some(({isDirectory}) => isDirectory)) return [...files];
  const found = entries.map((entry) =>
    entry.isDirectory
      ? filesIn(/** @type {FileSystemDirectoryEntry} */ (entry))
      : fileOf(/** @type {FileSystemFileEntry} */ (entry)),
  );
  return (await Promise.all(found)).flat();
}

/**
 * @param {FileSystemFileEntry} entry
 * @returns {Promise<File>}
 */
const fileOf = (entry) => new Promise((done, fail) => entry.file(done, fail));

/** @param {FileSystemDirectoryEntry} folder */
async function filesIn(folder) {
  const entries = await entriesOf(folder).catch(() => {
    // Chromium gives folders to pages of a server alone.
    const where = commandWith("jpkl view", folder.name);
    throw new RefusedError(
      `${folder.name} is a folder, which the browser does not let this page read. Open it where it is: ${where}`,
    );
  });
  const files = /** @type {FileSystemFileEntry[]} */ (entries.filter(({isFile}) => isFile));
  return Promise.all(meantOf(folder.name, files).map(fileOf));
}

/** @param {FileSystemDirectoryEntry} folder */
async function entriesOf(folder) {
  const reader = folder.createReader();
  const entries = /** @type {FileSystemEntry[]} */ ([]);
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!some.length) return entries; // browsers give some at a time
    entries.push(...some);
  }
}

/**
 * Why files are taken nowhere, "" if they may be.
 * @param {Pick<File, "name" | "size">[]} files
 */
export function whyNotTaken(files) {
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
    void this.take(filesOf(event.dataTransfer), this.#choiceAt(event));
  }

  /**
   * @param {File[] | Promise<File[]>} given
   * @param {Choice} choice
   */
  async take(given, choice) {
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
      const files = await given;
      const why = whyNotTaken(files);
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
