// A report: viewers on one page, without Python and without a network.

import {unpacked} from "../browser/base/base64.js";
import {h} from "../browser/base/dom.js";
import {zoneThatRefuses} from "../browser/stage/drop_zone.js";
import {attachOverlay} from "../browser/hosts.js";
import {JPklView} from "../browser/view.js";
import {LocalHost} from "../local/host.js";
import {follow} from "../tools/compare/follow.js";
import {EmbeddedFrames, EmbeddedStack, isComplete} from "./embedded_frames.js";

/**
 * One stack of the page, as `report/page.py` writes it.
 * @typedef {object} ReportedStack
 * @property {import("../browser/types.js").Description} description
 * @property {import("../browser/types.js").Settings} settings
 * @property {object} [overlay] what HoloViews draws over the picture, as Bokeh embeds it
 * @property {import("../tools/bookmarks/marks.js").Bookmark[]} [bookmarks]
 * @property {number[]} [others] numbers of the stacks that it is compared with
 */

/** @typedef {{stacks: ReportedStack[], colormaps: Record<string, string>, css: string, dropCss: string}} ReportData */

/** @typedef {import("../browser/stage/bokeh.js").FigureView} FigureView */

/**
 * What is used of BokehJS, which the page brings along where something is drawn over a picture.
 * @typedef {{embed: {embed_item(item: object, place: Element): Promise<Iterable<FigureView>>}}} BokehJS
 */

/**
 * An element that is on the page for sure.
 * @param {string} selector
 * @param {ParentNode} parent
 * @returns {HTMLElement}
 */
function find(selector, parent = document) {
  const element = parent.querySelector(selector);
  if (element instanceof HTMLElement) return element;
  throw new Error(`the page has no ${selector}`);
}

/**
 * Parts of stacks are taken from the page as it is read.
 * @param {EmbeddedStack[]} stacks
 */
function readFrames(stacks) {
  const isRead = () => document.readyState !== "loading";
  const take = () => {
    const parts = /** @type {NodeListOf<HTMLScriptElement>} */ (
      document.querySelectorAll("body > script.frames")
    );
    for (const element of parts) {
      const {stack, ...table} = JSON.parse(element.dataset.frames ?? "");
      // Not `textContent`, which would copy megabytes.
      const text = element.firstChild instanceof Text ? element.firstChild.data : "";
      const part = {...table, text};
      if (!isRead() && !isComplete(part)) break;
      element.className = "";
      stacks[stack].add(part);
    }
  };
  const observer = new MutationObserver(take);
  observer.observe(document.body, {childList: true});
  const finish = () => {
    observer.disconnect();
    take();
    for (const stack of stacks) stack.finish();
  };
  if (isRead()) finish();
  else document.addEventListener("DOMContentLoaded", finish);
}

class Report {
  /** @type {JPklView[]} */
  #views = [];
  /** @type {JPklView | null} the viewer that the user's hand is on */
  #leader = null;

  /** @param {ReportData} data */
  constructor({stacks, colormaps, css, dropCss}) {
    this.colormaps = colormaps;
    this.sheet = new CSSStyleSheet();
    this.sheet.replaceSync(css);
    this.stacks = stacks;
    this.embedded = stacks.map(() => new EmbeddedStack());
    readFrames(this.embedded);
    this.local = new LocalHost({script: () => unpacked("computer"), colormaps});
    this.link = /** @type {HTMLInputElement | null} */ (document.querySelector("#link"));
    const label = this.link?.closest("label");
    if (label) label.hidden = false;
    this.#openInSight([...document.querySelectorAll("section.stack")]);
    this.#refuseDropped(dropCss);
  }

  /** @param {string} css */
  #refuseDropped(css) {
    const zone = zoneThatRefuses("A report cannot open other files. On the computer that has the file:");
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    const host = h("div");
    const shadow = host.attachShadow({mode: "open"});
    shadow.adoptedStyleSheets = [this.sheet, sheet];
    shadow.append(zone.root);
    document.body.append(host);
    zone.listen(window);
  }

  /**
   * A viewer costs memory and a moment: those further down the page wait until they come near.
   * @param {Element[]} sections
   */
  #openInSight(sections) {
    const observer = new IntersectionObserver(
      (entries) => {
        for (const {isIntersecting, target} of entries) {
          if (!isIntersecting) continue;
          observer.unobserve(target);
          this.#open(target, sections.indexOf(target));
        }
      },
      {rootMargin: "300px"},
    );
    for (const section of sections) observer.observe(section);
  }

  /** @param {number} i */
  #source(i) {
    const source = this.embedded[i];
    return {description: this.stacks[i].description, source, provider: new EmbeddedFrames(source)};
  }

  /**
   * @param {Element} section
   * @param {number} number of its stack
   */
  async #open(section, number) {
    const {settings, overlay, others = [], bookmarks = []} = this.stacks[number];
    const host = find(".live", section);
    const shadow = host.attachShadow({mode: "open"});
    shadow.adoptedStyleSheets = [this.sheet];
    const sources = [number, ...others].map((i) => this.#source(i));
    const {asks, providers} = this.local.open(sources);
    const [own, ...compared] = sources.map(({description}, i) => ({description, provider: providers[i]}));
    const view = new JPklView({
      ...own,
      others: compared,
      asks,
      settings,
      bookmarks,
      colormaps: this.colormaps,
      ownsUrl: false,
      report: () => false,
    });
    shadow.append(view.root);
    section.classList.add("is-live");
    this.#connect(view, host);
    this.local.startSoon();
    if (!overlay) return;
    const {embed} = /** @type {{Bokeh: BokehJS}} */ (/** @type {unknown} */ (window)).Bokeh;
    const [figureView] = await embed.embed_item(overlay, view.figure.overlaySlot);
    attachOverlay(view, () => figureView);
  }

  /**
   * @param {JPklView} view
   * @param {HTMLElement} host
   */
  #connect(view, host) {
    this.#views.push(view);
    const {link} = this;
    if (!link) return;
    for (const type of ["pointerdown", "keydown"])
      host.addEventListener(type, () => (this.#leader = view), true);
    const lead = () => link.checked && view === this.#leader && this.#lead(view);
    new MutationObserver(lead).observe(view.root, {attributeFilter: ["data-shown"]});
  }

  /**
   * Have the other viewers go where one is.
   * @param {JPklView} leader
   */
  #lead({state, stack}) {
    for (const other of this.#views) {
      if (other.stack === stack) continue;
      const position = follow(state.position, stack, other.stack, other.state.position);
      position.forEach((/** @type {number} */ index, /** @type {number} */ d) => other.move(d, index));
    }
  }
}

new Report(JSON.parse(find("#report").textContent ?? ""));
