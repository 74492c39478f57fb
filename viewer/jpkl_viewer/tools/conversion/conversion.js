// Beside the name of an original: how far it is encoded, and then the way to the stack that came of it.

import {h} from "../../browser/base/dom.js";
import {addTool} from "../../browser/tool.js";
import {describeProgress} from "./progress.js";

/** @typedef {import("./progress.js").Progress & {canCancel?: boolean}} Progress */

/** Between two looks at how far it is, in ms. */
const INTERVAL = 500;

const WHILE =
  "Frames are encoded as you look at them, and the rest in the background, so that the file opens faster next time.";
const ESTIMATED = " Until then, contrast limits and pixel values are those of a sample of the frames.";

/**
 * @param {import("../../browser/tool.js").ToolHost} view
 * @returns {import("../../browser/tool.js").Tool | null}
 */
export function conversionTool(view) {
  return view.asks?.isPython && view.stack.isOriginal ? new ConversionTool(view, view.asks) : null;
}

addTool(conversionTool);

class ConversionTool {
  name = "conversion";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #text = h("span");
  #bar = h("i");
  #cancel = h(
    "button",
    {hidden: true, title: "Stop encoding in the background; encode only what you look at"},
    "Cancel",
  );
  beside = h(
    "span",
    {className: "conversion"},
    h("span", {className: "rail"}, this.#bar),
    h("span", {role: "status"}, this.#text),
    this.#cancel,
  );

  /**
   * @param {import("../../browser/tool.js").ToolHost} view
   * @param {import("../../browser/frames/asks.js").Asks} asks
   */
  constructor(view, asks) {
    this.view = view;
    this.asks = asks;
    this.#cancel.onclick = () => {
      clearTimeout(this.#timer);
      this.#look(false, true);
    };
    this.#look(true);
  }

  /**
   * @param {boolean} begin also where it has failed before
   * @param {boolean} [cancel] whether it is to end
   */
  #look(begin, cancel = false) {
    this.asks.ask(
      "conversion",
      {what: "conversion", begin, cancel},
      {onAnswer: (progress) => this.#show(progress), onError: (problem) => this.#end("Not encoded", problem)},
    );
  }

  /** @param {Progress} progress */
  #show(progress) {
    const text = describeProgress(progress);
    if (!progress.what) return this.#end(text, progress.problem);
    this.#text.textContent = text;
    this.#bar.style.width = `${100 * progress.part}%`;
    this.#cancel.hidden = !progress.canCancel;
    this.#timer = setTimeout(() => this.#look(false), INTERVAL);
    this.beside.title = WHILE + (this.view.stack.isRangeExact ? "" : ESTIMATED);
  }

  /**
   * @param {string} text
   * @param {string} problem "" where there is none
   */
  #end(text, problem) {
    const {stack, ownsUrl} = this.view;
    this.beside.title = problem || "Next time, this file opens as it was encoded.";
    this.beside.replaceChildren(text);
    // What is on the screen has other pixel values than what was encoded.
    if (problem || stack.isRangeExact || !ownsUrl) return;
    const load = () => {
      window.location.replace(this.view.link); // which may not be in the address yet
      window.location.reload();
    };
    const show = h("button", {className: "text", onclick: load}, "Show it");
    show.title = "load the stack as it was encoded, with the exact display range";
    this.beside.append(show);
  }
}
