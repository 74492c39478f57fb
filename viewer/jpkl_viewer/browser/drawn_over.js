// What HoloViews draws over the picture of a widget: Bokeh embeds it, as soon as Python has sent its script.

import {attachOverlay} from "./hosts.js";

/** @typedef {import("./bokeh.js").FigureView & {remove: () => void}} FigureView */
/** @typedef {{version: string, embed: {embed_item(item: object, place: Element): Promise<FigureView[]>}}} BokehJS */
/** @typedef {{Bokeh?: BokehJS}} BokehPage */

/** The script is on its way to the page, or on it, by its version. @type {Map<string, Promise<BokehJS>>} */
const scripts = new Map();

/**
 * Run a script of BokehJS, which puts itself on the page.
 * @param {Uint8Array<ArrayBuffer>} packed
 * @returns {Promise<BokehJS>}
 */
async function run(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const text = await new Response(stream).text();
  const script = document.createElement("script");
  script.src = URL.createObjectURL(new Blob([text], {type: "text/javascript"}));
  await new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = () => reject(new Error("the script of Bokeh was not run"));
    document.head.append(script);
  });
  URL.revokeObjectURL(script.src);
  return /** @type {BokehJS} */ (/** @type {BokehPage} */ (window).Bokeh);
}

export class EmbeddedOverlay {
  #jpkl;
  #bokeh;
  /** @type {FigureView[]} */
  #views = [];
  /** One is drawn after the other. */
  #queue = Promise.resolve();
  /** @type {object | null} */
  #latest = null;

  /**
   * @param {import("./view.js").JPklView} jpkl
   * @param {string} version of Bokeh
   * @param {() => Promise<Uint8Array<ArrayBuffer>>} fetchScript
   */
  constructor(jpkl, version, fetchScript) {
    this.#jpkl = jpkl;
    const {Bokeh} = /** @type {BokehPage} */ (window);
    const bokeh = Bokeh?.version === version ? Promise.resolve(Bokeh) : scripts.get(version);
    this.#bokeh = bokeh ?? fetchScript().then(run);
    scripts.set(version, this.#bokeh);
  }

  /**
   * Draw, in place of what was drawn before.
   * @param {object} item what Bokeh embeds
   */
  draw(item) {
    this.#latest = item;
    this.#queue = this.#queue.then(() => this.#embed(item));
  }

  /** @param {object} item */
  async #embed(item) {
    if (item !== this.#latest) return; // there is a later one
    const {embed} = await this.#bokeh;
    const slot = this.#jpkl.figure.overlaySlot;
    const views = await embed.embed_item(item, slot);
    for (const view of this.#views) view.remove();
    this.#views = views;
    attachOverlay(this.#jpkl, () => views[0]);
  }

  /** Take it off the page. */
  close() {
    this.#latest = null;
    for (const view of this.#views) view.remove();
  }
}
