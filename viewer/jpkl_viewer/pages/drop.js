// Stacks that are dropped onto the window: copied to the server, then opened or compared with what is shown.

import {h} from "../browser/dom.js";

/** What becomes of files, depending on where they are dropped. @typedef {"open" | "compare"} Choice */

/** Where copies go; the page is at `.`. */
const COPIES = "jpkl/dropped";

/** Why a copy was not made. */
class CopyError extends Error {}

/**
 * The page that shows stacks which were dropped.
 * @param {Choice} choice
 * @param {string[]} keys of the copies
 * @param {string} search what the page shows now
 */
export function linkToDropped(choice, keys, search) {
  const query = new URLSearchParams(choice === "compare" ? search : "");
  for (const key of keys) query.append(choice === "compare" ? "with" : "dropped", key);
  return `?${query}`;
}

/**
 * Why files are not taken, "" if they are.
 * @param {Pick<File, "name">[]} files
 */
export function whyNotTaken(files) {
  const [other] = files.filter(({name}) => !name.toLowerCase().endsWith(".jpkl"));
  if (!files.length) return "No file was dropped. Folders cannot be; files that end in .jpkl can.";
  return other
    ? `${other.name} is not a .jpkl file. To make one of an image file: jpkl encode ${other.name}`
    : "";
}

/**
 * How far a copy is.
 * @param {string} name
 * @param {number} done
 * @param {number} total
 */
export function describeCopy(name, done, total) {
  return `Copying ${name} … ${total ? Math.floor((100 * done) / total) : 0} %`;
}

/**
 * Send something to the server; gives the key that it answers.
 * @param {string} method
 * @param {Record<string, string | number>} query
 * @param {{body?: File, signal: AbortSignal, onProgress?: (event: ProgressEvent) => void}} options
 * @returns {Promise<string>}
 */
function send(method, query, {body, signal, onProgress}) {
  const {promise, resolve, reject} = withResolvers();
  const request = new XMLHttpRequest(); // fetch does not say how much was sent
  request.open(
    method,
    `${COPIES}?${new URLSearchParams(Object.entries(query).map(([k, v]) => [k, String(v)]))}`,
  );
  request.responseType = "json";
  request.onload = () => {
    const {key, error} = request.response ?? {};
    if (key) resolve(key);
    else reject(new CopyError(error ?? `The server refused the file (${request.status}).`));
  };
  request.onerror = () => reject(new CopyError("The connection to the server was lost."));
  if (onProgress) request.upload.onprogress = onProgress;
  signal.addEventListener("abort", () => request.abort());
  request.send(body);
  return promise;
}

/** A promise, and what settles it. */
function withResolvers() {
  /** @type {(key: string) => void} */
  let resolve = () => {};
  /** @type {(error: Error) => void} */
  let reject = () => {};
  /** @type {Promise<string>} */
  const promise = new Promise((...settle) => ([resolve, reject] = settle));
  return {promise, resolve, reject};
}

/** Covers the window while something is dragged over it, and says what happens to it. */
class DropZone {
  /** Ends the copy. @type {AbortController | null} */
  #copying = null;

  /** @param {string} title of the stack that is shown; "" where there is none */
  constructor(title) {
    const target = (/** @type {Choice} */ choice, /** @type {string} */ name, /** @type {string} */ text) =>
      h("div", {className: "target", "data-choice": choice}, h("b", {}, name), h("span", {}, text));
    this.open = target("open", "Open", title ? "in place of what is shown" : "a .jpkl file");
    this.compare = target("compare", "Compare", `with ${title}`);
    this.targets = h("div", {className: "targets", hidden: true}, this.open, title ? this.compare : null);
    this.text = h("p", {role: "status"});
    this.bar = h("progress", {max: 1, value: 0, "aria-label": "copied"});
    this.close = h("button", {className: "text", onclick: () => this.#end()}, "Close");
    this.card = h("div", {className: "card"}, this.text, this.bar, this.close);
    this.root = h("div", {className: "drop", hidden: true}, this.targets, this.card);
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
    event.dataTransfer.dropEffect = this.#copying ? "none" : "copy";
    if (this.#copying) return;
    this.#show(true);
    const choice = this.#choiceAt(event);
    for (const target of [this.open, this.compare])
      target.toggleAttribute("data-over", target.dataset.choice === choice);
  }

  /** @param {DragEvent} event @returns {Choice} */
  #choiceAt({clientX}) {
    return this.compare.isConnected && clientX > window.innerWidth / 2 ? "compare" : "open";
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
    if (!this.#copying) void this.#take([...event.dataTransfer.files], this.#choiceAt(event));
  }

  /**
   * @param {File[]} files
   * @param {Choice} choice
   */
  async #take(files, choice) {
    const copying = (this.#copying = new AbortController());
    this.#show(false);
    try {
      const why = whyNotTaken(files);
      if (why) throw new CopyError(why);
      const keys = [];
      for (const file of files) keys.push(await this.#copy(file, copying.signal));
      window.location.assign(linkToDropped(choice, keys, window.location.search));
    } catch (error) {
      if (!(error instanceof CopyError)) throw error;
      this.#say(error.message, "Close");
    }
  }

  /**
   * @param {File} file
   * @param {AbortSignal} signal
   */
  async #copy(file, signal) {
    const {name, size} = file;
    const onProgress = (/** @type {{loaded: number}} */ {loaded}) => {
      this.#say(describeCopy(name, loaded, size), "Cancel");
      this.bar.hidden = false;
      this.bar.value = loaded / (size || 1);
    };
    onProgress({loaded: 0});
    const key = await send("POST", {name, nbytes: size}, {signal});
    return send("PUT", {key}, {body: file, signal, onProgress});
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
    this.#copying?.abort();
    this.#copying = null;
    this.root.hidden = true;
  }
}

/**
 * Take what is dropped onto the window; gives the element that covers it meanwhile.
 * @param {string} title of the stack that is shown; "" where there is none
 */
export function takeDropped(title) {
  const zone = new DropZone(title);
  zone.listen(window);
  return zone.root;
}
