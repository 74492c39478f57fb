// What the file does not say, or says wrong, set by hand: the view takes it at once, and a copy of the file can
// have it.

import {h} from "../../browser/base/dom.js";
import {section} from "../../browser/page/sidebar.js";
import {renameChoices, status} from "../../browser/page/fields.js";
import {addTool, scrubbableButChannel} from "../../browser/tool.js";
import {Fields} from "./fields.js";

/** @typedef {import("../../browser/frames/asks.js").Asks} Asks */
/** @typedef {import("../../browser/tool.js").ToolHost} ToolHost */

/**
 * What Python says of settings that it has checked.
 * @typedef {object} Checked
 * @property {[number, number] | null} pixelSize
 * @property {string} pixelUnit
 * @property {number} aspect
 * @property {import("../../browser/types.js").Dim[]} dims
 * @property {string[]} channelNames
 * @property {string} whyNotSaved "" where a copy can be saved
 */

/**
 * @param {ToolHost} view
 * @returns {import("../../browser/tool.js").Tool | null}
 */
export function infoTool(view) {
  return view.asks?.isPython ? new InfoTool(view, view.asks) : null;
}

addTool(infoTool);

/** A section of the sidebar. The settings are `ByHand`. */
class InfoTool {
  name = "info";
  /** What the view has been told of, as text. */
  #applied = "{}";

  /**
   * @param {ToolHost} view
   * @param {Asks} asks
   */
  constructor(view, asks) {
    this.view = view;
    this.asks = asks;
    const {dims, channels, canCompose} = view.stack;
    const settable = {
      dims: scrubbableButChannel(view.stack).map((d) => ({...dims[d]})),
      channels: canCompose ? channels.map(({name}) => name) : [],
    };
    this.fields = new Fields(settable, () => this.#set());
    this.note = status();
    this.save = h("button", {className: "text", onclick: () => this.#save()}, "Save metadata");
    this.save.title = "write a copy of the file with these metadata beside it";
    this.element = section("Set by hand", ...this.fields.rows, this.save, this.note);
    this.element.open = false;
  }

  /** @param {number} channel whose name is typed */
  renameChannel(channel) {
    this.element.open = true;
    const field = this.fields.channels[channel];
    // Where sections are tabs, its own is opened.
    const tabs = this.view.root.querySelectorAll("[role=tab]");
    [...tabs]
      .find(({textContent}) => textContent === this.element.dataset.section)
      ?.dispatchEvent(new Event("click"));
    field?.focus();
    field?.select();
  }

  /** A field was left with another text. */
  #set() {
    const {settings} = this.fields;
    this.view.setTool("info", Object.keys(settings).length ? settings : null);
  }

  /** @param {import("../../browser/types.js").State} state */
  update(state) {
    const settings = state.tools.info ?? {};
    const text = JSON.stringify(settings);
    if (text === this.#applied) return;
    this.#applied = text;
    this.fields.show(settings);
    this.asks.ask(
      "metadata",
      {what: "metadata", changes: settings},
      {
        replace: true,
        onAnswer: (checked) => this.#apply(checked),
        onError: (error) => this.#say(error),
      },
    );
  }

  /** @param {Checked} checked */
  #apply({pixelSize, pixelUnit, aspect, dims, channelNames, whyNotSaved}) {
    const {view} = this;
    Object.assign(view.stack, {pixelSize, pixelUnit, aspect});
    view.stack.dims.forEach((dim, d) => Object.assign(dim, dims[d]));
    view.stack.channels.forEach((channel, i) => Object.assign(channel, {name: channelNames[i]}));
    renameChoices(view.stack.dims);
    this.save.disabled = whyNotSaved !== "";
    this.#say(whyNotSaved);
    view.viewport.reshape(); // and the scale bar with it
    view.change({}); // whatever says where the view is
  }

  #save() {
    const colors = this.view.state.channels.map(({color}) => color);
    const changes = this.view.stack.canCompose
      ? {...this.fields.settings, channel_colors: colors}
      : this.fields.settings;
    this.#say("Saving …");
    this.asks.ask(
      "save metadata",
      {what: "save metadata", changes},
      {
        replace: true,
        onProgress: (done, total) => this.#say(`Saving … ${Math.round((100 * done) / total)} %`),
        onAnswer: ({name}) => this.#say(`Saved as ${name}`),
        onError: (error) => this.#say(error),
      },
    );
  }

  /** @param {string} text */
  #say(text) {
    this.note.textContent = text;
  }
}
