// One stack of the list of a folder: a thumbnail with what is known of the stack, and the link to it.

import {h} from "../browser/dom.js";
import {describeProgress} from "../tools/conversion/progress.js";
import {describeExtent, formatBytes, formatName, linkTo, splitName} from "./listing.js";

/** @typedef {import("./listing.js").Details} Details */
/** @typedef {import("./listing.js").StackFile} StackFile */

/** Longer side of a thumbnail in pixels below which its pixels are shown as squares. */
const SMALL = 120;

const day = new Intl.DateTimeFormat(undefined, {dateStyle: "medium"});
const moment = new Intl.DateTimeFormat(undefined, {dateStyle: "medium", timeStyle: "medium"});

/** Names of files are set as text: they may hold anything. */
export class Card {
  /** Whether it has been looked into, with or without success. */
  isKnown = false;
  /** @type {string | null} of the thumbnail */
  #url = null;
  #about = h("span", {className: "file"});

  /**
   * @param {StackFile} file
   * @param {() => void} onPick called when it was picked, or no longer is
   * @param {((card: Card) => void) | null} onConvert called when it is to be encoded; null where it cannot be
   */
  constructor(file, onPick, onConvert) {
    const {name, bytes, modified, isOriginal, error} = file;
    const {title, within} = splitName(name);
    this.file = file;
    this.thumbnail = h("div", {className: "thumbnail"}, h("span", {className: "wait"}));
    this.extent = h("span", {className: "extent"});
    this.link = h(
      "a",
      {title: `${name}\n${bytes.toLocaleString()} bytes, ${moment.format(modified)}`},
      this.thumbnail,
      h(
        "div",
        {className: "about"},
        h("bdi", {className: "title"}, title),
        h("bdi", {className: "within"}, within),
        this.extent,
        this.#about,
      ),
    );
    this.#about.textContent = `${bytes ? `${formatBytes(bytes)} · ` : ""}${day.format(modified)}`;
    if (isOriginal) this.thumbnail.dataset.format = formatName(name);
    this.pick = h("input", {type: "checkbox", "aria-label": `pick ${name} to compare`, onchange: onPick});
    const label = h("label", {className: "pick", title: "Pick to compare"}, this.pick);
    this.element = h("li", {}, this.link, error ? null : label);
    if (isOriginal && onConvert && !error) this.#convertBy(onConvert);
    if (error) this.show({error});
    else this.link.href = linkTo(name);
  }

  /**
   * Whether it shows the file as it is now.
   * @param {StackFile} file
   */
  shows({name, bytes, modified}) {
    return this.file.name === name && this.file.bytes === bytes && this.file.modified === modified;
  }

  /** @param {Details} details */
  show(details) {
    const {thumbnail, width, error} = details;
    this.isKnown = true;
    this.thumbnail.replaceChildren(...(thumbnail?.byteLength ? [this.#image(thumbnail)] : []));
    if (width !== undefined) {
      const {text, title} = describeExtent(details);
      this.extent.textContent = text;
      this.extent.title = title;
    }
    if (error) {
      this.element.classList.add("broken");
      const reason = error[0].toUpperCase() + error.slice(1);
      this.thumbnail.append(h("span", {className: "reason"}, reason));
    }
  }

  /** @param {(card: Card) => void} onConvert */
  #convertBy(onConvert) {
    const title = "Encode it into a .jpkl beside it";
    const button = h(
      "button",
      {className: "convert", title, "aria-label": `${title}: ${this.file.name}`},
      "Encode",
    );
    button.onclick = () => {
      button.remove();
      onConvert(this);
    };
    this.element.append(button);
  }

  /**
   * Say how far it is encoded.
   * @param {import("../tools/conversion/progress.js").Progress} progress
   */
  showConversion(progress) {
    this.#about.textContent = describeProgress(progress) + (progress.problem && `: ${progress.problem}`);
    this.#about.title = progress.problem;
  }

  remove() {
    this.element.remove();
    if (this.#url) URL.revokeObjectURL(this.#url);
  }

  /** @param {ArrayBuffer} jpeg */
  #image(jpeg) {
    this.#url = URL.createObjectURL(new Blob([jpeg], {type: "image/jpeg"}));
    const image = h("img", {alt: "", src: this.#url});
    image.onload = () =>
      image.classList.toggle("small", Math.max(image.naturalWidth, image.naturalHeight) < SMALL);
    return image;
  }
}
