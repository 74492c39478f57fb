// Export of the view: as a picture, a movie along a dim, a link, or Python code.

import {copyField, copyText} from "../../browser/base/clipboard.js";
import {download, h} from "../../browser/base/dom.js";
import {status} from "../../browser/page/fields.js";
import {addTool} from "../../browser/tool.js";
import {copyPicture, frameSeen, pictureSeen} from "./copying.js";
import {ExportForm} from "./form.js";
import {MIME_TYPES, describeFile, forecast} from "./request.js";

/** @typedef {import("../../browser/frames/asks.js").Asks} Asks */
/** @typedef {import("../../browser/tool.js").ToolHost} ToolHost */

const DEFAULT_FPS = 10;
/** What was copied is said for so many ms. */
const SAID_FOR = 4000;

/**
 * @param {ToolHost} view
 * @returns {import("../../browser/tool.js").Tool | null}
 */
export function exportTool(view) {
  return view.asks
    ? new Export(view, view.asks)
    : {name: "export", commands: {copy: copying(view, frameSeen)}};
}

addTool(exportTool);

/** A sheet of controls. */
class Export {
  name = "export";

  /**
   * @param {ToolHost} view
   * @param {Asks} asks
   */
  constructor(view, asks) {
    this.view = view;
    this.asks = asks;
    this.form = new ExportForm(view, () => this.layout());
    this.start = button("Save", () => this.#run());
    this.start.className = "primary";
    this.commands = {copy: copying(view, () => this.#ask(pictureSeen(view)))};
    this.stop = button("Cancel", () => this.#cancel());
    this.stop.hidden = true;
    this.progress = h("progress", {hidden: true, max: 1, "aria-label": "progress of the export"});
    this.forecast = h("div", {className: "note"});
    this.note = status();
    this.text = copyField();
    this.content = h(
      "div",
      {className: "export"},
      ...this.form.rows,
      this.forecast,
      h("div", {className: "row"}, this.start, this.stop, this.progress),
      this.note,
      h(
        "div",
        {className: "row"},
        button("Copy picture", () => this.#copyPicture()),
        view.ownsUrl ? button("Copy link", () => this.#copy(view.link)) : null,
        asks.has("snippet") ? button("Copy Python", () => this.#copySnippet()) : null,
      ),
      this.text,
    );
    this.sheet = {text: "Export", icon: "export", element: this.content, onOpen: () => this.#forecast()};
  }

  /** @param {import("../../browser/types.js").State} state */
  update(state) {
    this.form.update(state);
  }

  /** Another part of the frame is on the screen, or the form has changed. */
  layout() {
    // While it is closed, nobody sees it.
    if (this.content.parentElement && !this.content.parentElement.hidden) this.#forecast();
  }

  #forecast() {
    const {request, layout, isSideways} = this.form;
    this.forecast.textContent = forecast(request, this.view.stack, {layout, isSideways});
  }

  #run() {
    this.#show(true, "Making the file …");
    this.progress.removeAttribute("value");
    const {request} = this.form;
    this.asks.ask(
      "export",
      {...request, settings: this.view.settings, fps: request.fps || DEFAULT_FPS},
      {
        replace: true,
        onProgress: (done, total) => {
          this.progress.value = done / total;
        },
        /** @param {{name: string, data: ArrayBuffer}} file */
        onAnswer: ({name, data}) => {
          download(name, data, MIME_TYPES[request.format]);
          this.#say(describeFile(name, data.byteLength));
        },
        onDone: () => this.#show(false, this.note.textContent),
        onError: (error) => this.#show(false, error),
      },
    );
  }

  #cancel() {
    this.asks.cancel("export");
    this.#show(false, "Cancelled; nothing was written");
  }

  /** @param {string | null} text */
  #say(text) {
    this.note.textContent = text;
  }

  /**
   * @param {boolean} isRunning
   * @param {string | null} message
   */
  #show(isRunning, message) {
    this.start.disabled = isRunning;
    this.stop.hidden = this.progress.hidden = !isRunning;
    this.#say(message);
    this.note.scrollIntoView({block: "nearest"});
  }

  async #copyPicture() {
    this.#say("Making the picture …");
    this.#say(await copyPicture(this.#ask({...this.form.request, format: "png"})));
  }

  /**
   * Have Python make a picture.
   * @param {{what: string} & Record<string, unknown>} request
   * @returns {Promise<Blob>}
   */
  #ask(request) {
    return new Promise((resolve, reject) =>
      this.asks.ask(
        "copy",
        {...request, settings: this.view.settings},
        {
          replace: true,
          /** @param {{data: ArrayBuffer}} file */
          onAnswer: ({data}) => resolve(new Blob([data], {type: MIME_TYPES.png})),
          onError: (error) => reject(new Error(error)),
        },
      ),
    );
  }

  #copySnippet() {
    this.asks.ask(
      "snippet",
      {what: "snippet", settings: this.view.settings},
      {
        replace: true,
        /** @param {{text: string}} answer */
        onAnswer: ({text}) => this.#copy(text),
        onError: (error) => this.#say(error),
      },
    );
  }

  /** @param {string} value */
  async #copy(value) {
    this.#say((await copyText(value, this.text)) ? "Copied" : "Copy the text below");
  }
}

/**
 * @param {string} text
 * @param {() => void} onclick
 */
function button(text, onclick) {
  return h("button", {className: "text", onclick}, text);
}

/**
 * The command that copies what is seen. Where text is selected, the key is the browser's.
 * @param {ToolHost} view
 * @param {(view: ToolHost) => Promise<Blob>} make
 */
function copying(view, make) {
  return () => {
    if (String(getSelection())) return false;
    copyPicture(make(view)).then((said) => {
      view.hint(said);
      setTimeout(() => view.hint(""), SAID_FOR);
    });
  };
}
