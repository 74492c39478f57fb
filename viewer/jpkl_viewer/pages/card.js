// One stack of the list of a folder: a thumbnail with what is known of the stack, and the link to it.

import {h} from "../browser/base/dom.js";
import {icon} from "../browser/base/icons.js";
import {describeProgress} from "../tools/conversion/progress.js";
import {describeExtent, formatBytes, formatName, linkTo, splitName, problemOf} from "./listing.js";

/** @typedef {import("./listing.js").Details} Details */
/** @typedef {import("./listing.js").StackFile} StackFile */

/** Longer side of a thumbnail in pixels below which its pixels are shown as squares. */
const SMALL = 120;

const day = new Intl.DateTimeFormat(undefined, {dateStyle: "medium"});
const moment = new Intl.DateTimeFormat(undefined, {dateStyle: "medium", timeStyle: "medium"});

/**
 * What can be done with the stacks of a folder by who runs the server; null for visitors.
 * @typedef {object} Deeds
 * @property {(card: Card) => void} convert encodes an original into a file beside it
 * @property {(card: Card) => void} cancel ends that
 * @property {(card: Card) => void} recover brings back what a broken file still holds
 */

/** Names of files are set as text: they may hold anything. */
export class Card {
  /** Whether it has been looked into, with or without success. */
  isKnown = false;
  /** What that has shown. @type {Details | null} */
  details = null;
  /** @type {string | null} of the thumbnail */
  #url = null;
  #about = h("span", {className: "file"});
  #problem = h("span", {className: "problem", role: "status"});
  /** Buttons below what is known of it. */
  #ways = h("div", {className: "ways", hidden: true});
  #bar = h("i");
  #deeds;

  /**
   * @param {StackFile} file
   * @param {() => void} onPick called when it was picked, or no longer is
   * @param {Deeds | null} deeds
   */
  constructor(file, onPick, deeds) {
    const {name, bytes, modified, isOriginal, error} = file;
    const {title, within} = splitName(name);
    this.file = file;
    this.#deeds = deeds;
    this.thumbnail = h("div", {className: "thumbnail"}, h("span", {className: "wait"}));
    this.extent = h("span", {className: "extent"});
    const about = [h("bdi", {className: "title"}, title), h("bdi", {className: "within"}, within)];
    this.link = h(
      "a",
      {title: `${name}\n${bytes.toLocaleString()} bytes, ${moment.format(modified)}`},
      this.thumbnail,
      h("div", {className: "about"}, ...about, this.#problem, this.extent, this.#about),
    );
    this.#about.textContent = `${bytes ? `${formatBytes(bytes)} · ` : ""}${day.format(modified)}`;
    if (isOriginal) this.thumbnail.dataset.format = formatName(name);
    this.pick = h("input", {type: "checkbox", "aria-label": `pick ${name} to compare`, onchange: onPick});
    const label = h("label", {className: "pick", title: "Pick to compare"}, this.pick);
    this.element = h("li", {}, this.link, error ? null : label, this.#ways);
    if (error) this.show({error});
    else this.link.href = linkTo(name);
    if (isOriginal && !error) this.#offerBoth();
  }

  /**
   * Whether it shows the file as it is now, or may do so once it is asked for again.
   * @param {StackFile} file
   */
  shows({name, bytes, modified}) {
    const isSame = this.file.name === name && this.file.bytes === bytes && this.file.modified === modified;
    return isSame && !(this.isFolder && this.details?.error);
  }

  /** What is in a folder changes without changing that. */
  get isFolder() {
    return this.file.bytes === 0;
  }

  /** @param {Details} details */
  show(details) {
    const {thumbnail, width, error, install, canRecover} = details;
    this.isKnown = true;
    this.details = details;
    this.thumbnail.replaceChildren(...(thumbnail?.byteLength ? [this.#image(thumbnail)] : []));
    if (width !== undefined) {
      const {text, title} = describeExtent(details);
      this.extent.textContent = text;
      this.extent.title = title;
    }
    if (!error) return;
    this.element.classList.add("broken");
    this.element.classList.toggle("unreadable", Boolean(install));
    this.thumbnail.append(icon(install ? "frame" : "warning"));
    this.#say(problemOf(error, this.file.name));
    if (install) this.#explain(install);
    else if (canRecover && this.#deeds) this.#offer(this.#deed("recover", "Recover a copy"));
    else this.#offer();
  }

  /** @param {string} problem what is wrong with it */
  #say(problem) {
    this.#problem.textContent = problem;
    this.#problem.title = problem;
  }

  /** @param {...HTMLElement} ways */
  #offer(...ways) {
    this.#ways.hidden = ways.length === 0;
    this.#ways.replaceChildren(...ways);
  }

  /** An original is opened as it is, or encoded into a file beside it. */
  #offerBoth() {
    const open = h(
      "a",
      {className: "primary", href: linkTo(this.file.name), title: "Look at it without converting it"},
      "Open",
    );
    this.#offer(open, ...(this.#deeds ? [this.#deed("convert", "Convert")] : []));
  }

  /**
   * @param {keyof Deeds} name
   * @param {string} text
   */
  #deed(name, text) {
    const titles = {
      convert: "Encode it into a .jpkl file beside it",
      cancel: "End it",
      recover: "Save its complete frames beside it",
    };
    const label = `${text}: ${this.file.name}`; // with what is read on it
    const button = h("button", {className: "text", title: titles[name], "aria-label": label}, text);
    button.onclick = () => {
      button.disabled = true;
      this.#deeds?.[name](this);
    };
    return button;
  }

  /** @param {string} command that installs what reads it */
  #explain(command) {
    const how = h("code", {hidden: true}, command);
    const button = h("button", {className: "text", "aria-expanded": "false"}, "How to install it");
    button.onclick = () => {
      how.hidden = !how.hidden;
      button.setAttribute("aria-expanded", String(!how.hidden));
    };
    this.#offer(button, how);
  }

  /**
   * Say how far it is encoded.
   * @param {import("../tools/conversion/progress.js").Progress & {isCancelled?: boolean}} progress
   */
  showConversion(progress) {
    const {what, part, problem, isCancelled} = progress;
    this.#say(isCancelled ? "" : problem && `${describeProgress(progress)}: ${problem}`);
    if (!what || problem) return this.#offerBoth();
    if (!this.#bar.isConnected) {
      const text = h("span", {className: "progress", role: "status"});
      this.#offer(h("span", {className: "rail"}, this.#bar), text, this.#deed("cancel", "Cancel"));
    }
    this.#bar.style.width = `${100 * part}%`;
    /** @type {HTMLElement} */ (this.#ways.children[1]).textContent = describeProgress(progress);
  }

  /**
   * Say what has come of a broken file.
   * @param {{saved: string, problem: string}} recovered
   */
  showRecovered({saved, problem}) {
    this.#say(problem);
    this.#offer(...(saved ? [h("span", {className: "progress", role: "status"}, `Saved as ${saved}`)] : []));
  }

  remove() {
    this.element.remove();
    if (this.#url) URL.revokeObjectURL(this.#url);
  }

  /** @param {ArrayBuffer} jpeg */
  #image(jpeg) {
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = URL.createObjectURL(new Blob([jpeg], {type: "image/jpeg"}));
    const image = h("img", {alt: "", src: this.#url});
    image.onload = () =>
      image.classList.toggle("small", Math.max(image.naturalWidth, image.naturalHeight) < SMALL);
    return image;
  }
}
