// Beside the name of a stack that is being written: how far it is, and a switch by which the view follows it.

import {h} from "../../browser/base/dom.js";
import {addTool} from "../../browser/tool.js";
import {describeProgress, nextPosition} from "./progress.js";

/** @typedef {import("./progress.js").Progress} Progress */

/** Between two looks at how far it is, in ms. */
const INTERVAL = 500;
/** Looks after the end: the last frames may have come since they were asked for in vain. */
const LAST_LOOKS = 3;

/**
 * @param {import("../../browser/tool.js").ToolHost} view
 * @returns {import("../../browser/tool.js").Tool | null}
 */
export function liveTool(view) {
  return view.asks && view.stack.isLive ? new LiveTool(view, view.asks) : null;
}

addTool(liveTool);

class LiveTool {
  name = "live";
  #text = h("span");
  #follow = h("input", {type: "checkbox"});
  #label = h("label", {title: "always go to the newest frame"}, this.#follow, " Follow");
  beside = h("span", {className: "live"}, this.#text, this.#label);
  #looksLeft = LAST_LOOKS;

  /**
   * @param {import("../../browser/tool.js").ToolHost} view
   * @param {import("../../browser/frames/asks.js").Asks} asks
   */
  constructor(view, asks) {
    this.view = view;
    this.asks = asks;
    this.#follow.onchange = () => this.#look();
    // The state is there when all tools are.
    queueMicrotask(() => this.#look());
  }

  #look() {
    const {position, composite} = this.view.state;
    this.asks.ask(
      "live",
      {what: "live", position, allChannels: composite},
      {
        onAnswer: (progress) => this.#show(progress),
        onDone: () => this.#later(),
        onError: () => {
          this.#looksLeft--; // the disk may be back
          this.#later();
        },
      },
    );
  }

  #timer = 0;

  #later() {
    clearTimeout(this.#timer);
    if (this.#looksLeft > 0) this.#timer = window.setTimeout(() => this.#look(), INTERVAL);
  }

  /** @param {Progress} progress */
  #show(progress) {
    const {state, shown} = this.view;
    this.#looksLeft = progress.isGrowing ? LAST_LOOKS : this.#looksLeft - 1;
    this.#text.textContent = describeProgress(progress);
    this.#label.hidden = !progress.isGrowing || progress.dim === null;
    const position = nextPosition(progress, state.position, this.#follow.checked);
    if (position) this.view.change({position});
    // What could not be shown, as it had not been written yet, is asked for again.
    else if (progress.isThere && shown?.layers.length === 0)
      this.view.change({position: [...state.position]});
  }
}
