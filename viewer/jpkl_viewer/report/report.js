// @ts-nocheck
// A report: viewers on a page of their own, without Python and without a network.

import {whenLaidOut} from "../browser/hosts.js";
import {JPklView} from "../browser/view.js";
import {follow} from "../tools/compare/compare.js";
import {FrameStore, Table} from "./embedded_frames.js";

/** Parts of stacks are taken from the page as it is read. */
function readFrames(stores) {
  const isRead = () => document.readyState !== "loading";
  const take = () => {
    for (const part of document.querySelectorAll("body > script.frames")) {
      if (!isRead() && part.nextElementSibling === null) break; // its text is not complete
      part.className = "";
      const {stack, numbers, lengths, errors} = JSON.parse(part.dataset.frames);
      stores[stack].add({numbers, lengths, errors, text: part.firstChild?.data ?? ""});
    }
  };
  const observer = new MutationObserver(take);
  observer.observe(document.body, {childList: true});
  const finish = () => {
    observer.disconnect();
    take();
    for (const store of stores) store.finish();
  };
  if (isRead()) finish();
  else document.addEventListener("DOMContentLoaded", finish);
}

class Report {
  #views = [];
  #leader = null; // the viewer that the user's hand is on

  constructor({stacks, colormaps, css}) {
    this.colormaps = colormaps;
    this.sheet = new CSSStyleSheet();
    this.sheet.replaceSync(css);
    this.stacks = stacks;
    this.stores = stacks.map(() => new FrameStore());
    readFrames(this.stores);
    this.link = document.querySelector("#link");
    if (this.link) this.link.closest("label").hidden = false;
    this.#openInSight([...document.querySelectorAll("section.stack")]);
  }

  /** A viewer costs memory and a moment: those further down the page wait until they come near. */
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

  #source(i) {
    return {description: this.stacks[i].description, provider: new Table(this.stores[i])};
  }

  async #open(section, number) {
    const {settings, figure, others} = this.stacks[number];
    const host = section.querySelector(".live");
    const shadow = host.attachShadow({mode: "open"});
    shadow.adoptedStyleSheets = [this.sheet];
    const view = new JPklView({
      ...this.#source(number),
      others: others.map((i) => this.#source(i)),
      settings,
      colormaps: this.colormaps,
      ownsUrl: false,
      report: () => false,
    });
    view.root.jpkl = view; // for tests and measurements
    shadow.append(view.root);
    section.classList.add("is-live");
    const [figureView] = await window.Bokeh.embed.embed_item(figure, view.figureSlot);
    whenLaidOut(
      () => figureView,
      (_, picture) => {
        view.attach(figureView, picture);
        this.#connect(view, host);
      },
    );
  }

  #connect(view, host) {
    this.#views.push(view);
    if (!this.link) return;
    for (const type of ["pointerdown", "keydown"])
      host.addEventListener(type, () => (this.#leader = view), true);
    const lead = () => this.link.checked && view === this.#leader && this.#lead(view);
    new MutationObserver(lead).observe(view.root, {attributeFilter: ["data-shown"]});
  }

  /** Have the other viewers go where one is. */
  #lead({state, stack}) {
    for (const other of this.#views) {
      if (other.stack === stack) continue;
      const position = follow(state.position, stack, other.stack, other.state.position);
      position.forEach((index, d) => other.move(d, index));
    }
  }
}

new Report(JSON.parse(document.querySelector("#report").textContent));
