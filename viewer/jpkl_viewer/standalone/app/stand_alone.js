// The stand-alone page: opens stacks that are dropped on it, picked, or named in its address, and shows them.

import {unpacked} from "../../browser/base/base64.js";
import {decodeColormaps} from "../../browser/pixels/colormap.js";
import {h} from "../../browser/base/dom.js";
import {DropZone, RefusedError, refuseOriginals} from "../../browser/stage/drop_zone.js";
import {JPklView} from "../../browser/view.js";
import {LocalHost} from "../../local/host.js";
import {distinctNames} from "../describe/names.js";
import {LocalFile} from "../sources/file.js";
import {SourceFrames} from "../sources/frames_of.js";
import {openStack} from "../sources/open_stack.js";
import {StackError, connectPage, messageOf, nameOf, namedIn, openNamed, shortName} from "./opening.js";
import {walk} from "./walk.js";

/** @typedef {import("../sources/open_stack.js").OpenedStack} OpenedStack */

/** @typedef {import("./opening.js").PageData} PageData */

/**
 * An element that is on the page for sure.
 * @param {string} id
 */
function find(id) {
  return /** @type {HTMLElement} */ (document.querySelector(`#${id}`));
}

/** What is said after these ms of a file that is being opened: most are there before. */
const PATIENCE = 300;

class StandAlone {
  #data;
  #colormaps;
  /** The stacks that are shown, the first one and those that it is compared with. @type {OpenedStack[]} */
  #shown = [];
  /** @type {HTMLElement | null} */
  #place = null;
  /** What computes for the viewer. @type {LocalHost | null} */
  #host = null;
  /** @type {JPklView | null} */
  #view = null;
  #zone;

  /** @param {PageData} data */
  constructor(data) {
    this.#data = data;
    this.#colormaps = decodeColormaps(data.colormaps);
    this.#zone = new DropZone(
      "",
      (files, choice, taking) => this.#take(files, choice === "compare", taking),
      "a .jpkl file",
    );
    this.#zone.listen(window);
    document.body.append(this.#shadowed("drop", data.css + data.dropCss, this.#zone.root));
    this.#listen();
    void this.#openAddress();
  }

  /**
   * An element with a tree of its own, into which no style of the page reaches.
   * @param {string} id
   * @param {string} styles
   * @param {Node} content
   * @param {"div" | "main"} tag
   */
  #shadowed(id, styles, content, tag = "div") {
    const host = h(tag, {id});
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    const shadow = host.attachShadow({mode: "open"});
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(content);
    return host;
  }

  // ---- the start page

  #listen() {
    const files = /** @type {HTMLInputElement} */ (find("files"));
    find("pick").onclick = () => files.click();
    files.onchange = () => {
      if (files.files?.length) void this.#zone.take([...files.files], "open");
      files.value = "";
    };
    find("by-url").hidden = this.#data.files.length > 0;
    find("by-url").onsubmit = (event) => {
      event.preventDefault();
      const address = new URL(window.location.href);
      address.search = String(
        new URLSearchParams({url: /** @type {HTMLInputElement} */ (find("url")).value.trim()}),
      );
      address.hash = "";
      window.location.assign(address);
    };
  }

  /**
   * @param {string} text what is being done; "" where nothing is
   */
  #say(text) {
    find("status").hidden = text === "";
    find("status").textContent = text;
    if (text) find("start").hidden = false;
  }

  /**
   * @param {string} title
   * @param {string} why
   */
  #sayError(title, why) {
    this.#say("");
    find("start").hidden = find("error").hidden = false;
    const [head, text] = find("error").children;
    head.textContent = title;
    text.textContent = why;
  }

  // ---- opening

  /** Open what the address of the page names, or show the start page. */
  async #openAddress() {
    const named = namedIn(this.#data);
    if (!named.length) return (find("start").hidden = this.#place !== null);
    const soon = setTimeout(() => this.#say(`Opening ${named.join(", ")} …`), PATIENCE);
    const say = (/** @type {string} */ text, /** @type {number} */ part) =>
      this.#say(`${text} ${Math.floor(100 * part)} %`);
    const {signal} = new AbortController();
    const before = this.#shown;
    connectPage({
      onProgress: (url, done, total) => total && say(`Loading all of ${shortName(url)} …`, done / total),
      walk: async (file) => walk(await unpacked("walker"), file, say, signal),
    });
    try {
      /** @type {HTMLInputElement} */ (find("url")).value = new URL(named[0], document.baseURI).href;
      const {stacks, settings} = await openNamed(this.#data);
      // Whoever has dropped another file meanwhile looks at that.
      if (this.#shown === before) this.#show(stacks, settings);
      else for (const stack of stacks) stack.close();
    } catch (error) {
      if (this.#shown === before) this.#sayError("This stack could not be opened", messageOf(error));
    } finally {
      clearTimeout(soon);
    }
  }

  /**
   * Open files that were dropped or picked.
   * @param {File[]} files
   * @param {boolean} isCompared
   * @param {import("../../browser/stage/drop_zone.js").Taking} taking
   */
  async #take(files, isCompared, {signal, say}) {
    refuseOriginals(files);
    const stacks = files.map(async (file) => {
      const stack = openStack(new LocalFile(file, file.name), async (walked) =>
        walk(await unpacked("walker"), walked, say, signal),
      );
      return stack.catch((error) => {
        throw signal.aborted ? error : new StackError(file.name, error);
      });
    });
    try {
      const opened = await Promise.all(stacks);
      const shown = isCompared ? [...this.#shown, ...opened] : opened;
      const settings = await shown[0].settings(this.#colormaps);
      signal.throwIfAborted(); // cancelled while it was opened: others may have been dropped since
      this.#show(shown, settings);
      // What was in the address is not what is shown.
      window.history.replaceState(null, "", window.location.pathname + window.location.hash);
    } catch (error) {
      for (const stack of stacks) void stack.then((opened) => opened.close()).catch(() => {});
      if (!signal.aborted) throw new RefusedError(messageOf(error));
    }
  }

  // ---- the viewer

  /**
   * @param {OpenedStack[]} stacks
   * @param {import("../../browser/types.js").Settings} settings of the first view
   */
  #show(stacks, settings) {
    const titles = distinctNames(stacks.map(({file}) => nameOf(file.name)));
    const sources = stacks.map((stack, i) => {
      const provider = new SourceFrames(stack.frames);
      for (const [key, data] of stack.takeSampled()) provider.receive({key, data});
      const {labels, dtype} = stack;
      return {description: stack.description(titles[i]), source: provider, provider, labels, dtype};
    });
    this.#close();
    for (const stack of this.#shown) if (!stacks.includes(stack)) stack.close();
    // What the tools compute comes from a worker.
    this.#host = new LocalHost({script: () => unpacked("computer"), colormaps: this.#data.colormaps});
    const {asks, providers} = this.#host.open(sources);
    const [first, ...others] = sources.map(({description}, i) => ({description, provider: providers[i]}));
    if (this.#shown.length)
      window.history.replaceState(null, "", window.location.pathname + window.location.search);
    this.#shown = stacks;
    const view = new JPklView({
      ...first,
      others,
      asks,
      settings,
      colormaps: this.#data.colormaps,
      ownsUrl: true,
      report: () => false,
    });
    this.#view = view;
    this.#place = this.#shadowed("viewer", this.#data.css, view.root, "main");
    this.#zone.show(titles[0]);
    document.title = titles[0];
    find("start").hidden = true;
    document.body.append(...this.#wayBack(titles[0]), this.#place);
    this.#host.startSoon();
  }

  /** The way back, where visitors say what is shown. @param {string} title */
  #wayBack(title) {
    document.querySelector("nav")?.remove();
    if (this.#data.files.length) return [];
    const start = h("a", {href: window.location.pathname}, "Open another stack");
    return [h("nav", {"aria-label": "place"}, start, "/", h("bdi", {}, title))];
  }

  /** The viewer that is shown goes. */
  #close() {
    this.#view?.close();
    this.#host?.close();
    this.#place?.remove();
    this.#host = this.#place = this.#view = null;
  }
}

new StandAlone(JSON.parse(find("data").textContent ?? ""));
