// A report of the stacks that are picked in the list of a folder: what is to be in it, and how far it is.

import {h} from "../browser/base/dom.js";

/** What Python is asked for. @typedef {{what: "begin", kind: string, title: string, scale: number} | {what: "look" | "cancel"}} ReportMessage */

/**
 * How far a report is.
 * @typedef {object} ReportProgress
 * @property {boolean} isRunning
 * @property {number} part of it that is done, 0 to 1
 * @property {string} saved name of the file, "" where there is none
 * @property {string} size of the file
 * @property {string} problem why there is none
 */

/** @type {[string, string][]} */
const KINDS = [
  ["page", "HTML page, with the whole viewer"],
  ["bundle", "ZIP: page, movies and pictures"],
  ["slides", "PowerPoint slides"],
];
/** @type {[string, string][]} */
const SCALES = [
  ["1", "as they are"],
  ["0.5", "of half the size"],
  ["0.25", "of a quarter of the size"],
];

/** Between two looks at how far it is, in ms. */
const INTERVAL = 300;

/** @param {[string, string][]} choices @param {string} label */
function select(choices, label) {
  const options = choices.map(([value, text]) => h("option", {value}, text));
  return h("select", {"aria-label": label}, ...options);
}

/** What is said of a report that is, or is not, there. @param {ReportProgress} progress */
export function describeReport({isRunning, part, saved, size, problem}) {
  if (problem) return `No report: ${problem}`;
  if (isRunning) return `Writing the report, ${Math.floor(100 * part)} %`;
  return saved ? `Saved as ${saved}, ${size}, beside the stacks` : "";
}

export class ReportForm {
  #send;
  #kind = select(KINDS, "kind of report");
  #scale = select(SCALES, "size of the frames");
  #title = h("input", {
    type: "text",
    maxLength: 200,
    placeholder: "names of the stacks",
    "aria-label": "title",
  });
  #bar = h("i");
  #said = h("span", {className: "progress", role: "status"});
  #cancel = h("button", {className: "text", type: "button"}, "Cancel");
  #make = h("button", {className: "primary", type: "submit"}, "Make");
  #rail = h("span", {className: "rail", hidden: true}, this.#bar);
  /** Opens the form. */
  button = h("button", {className: "text report", "aria-expanded": "false"}, "Report …");
  form = h(
    "form",
    {className: "report-form", hidden: true},
    h("label", {}, h("span", {}, "Report"), this.#kind),
    h("label", {}, h("span", {}, "Title"), this.#title),
    h("label", {}, h("span", {}, "Frames"), this.#scale),
    this.#rail,
    h("div", {className: "row"}, this.#said, this.#cancel, this.#make),
  );

  /** @param {(message: ReportMessage) => void} send */
  constructor(send) {
    this.#send = send;
    this.button.onclick = () => this.#open(this.form.hidden);
    this.#cancel.onclick = () => (this.#make.disabled ? send({what: "cancel"}) : this.#open(false));
    this.form.onsubmit = (event) => {
      event.preventDefault();
      this.show({isRunning: true, part: 0, saved: "", size: "", problem: ""}, false);
      send({
        what: "begin",
        kind: this.#kind.value,
        title: this.#title.value,
        scale: Number(this.#scale.value),
      });
    };
  }

  /** @param {boolean} isOpen */
  #open(isOpen) {
    this.form.hidden = !isOpen;
    this.button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.#kind.focus();
    if (!this.#make.disabled) this.#said.textContent = "";
  }

  /**
   * @param {ReportProgress} progress
   * @param {boolean} [looksAgain] whether Python is asked again while it is not there
   */
  show(progress, looksAgain = true) {
    const {isRunning, part} = progress;
    this.#make.disabled = isRunning;
    this.#rail.hidden = !isRunning;
    this.#bar.style.width = `${100 * part}%`;
    this.#said.textContent = describeReport(progress);
    this.#cancel.textContent = isRunning ? "Cancel" : "Close";
    if (isRunning && looksAgain) setTimeout(() => this.#send({what: "look"}), INTERVAL);
  }
}
