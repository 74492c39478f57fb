// What HoloViews draws over the picture of a widget: Bokeh embeds it, as soon as Python has sent its script.

import {h} from "./base/dom.js";
import {isLaidOut} from "./hosts.js";

/** @typedef {import("./stage/bokeh.js").FigureView & {remove: () => void}} FigureView */
/** @typedef {{embed_item(item: object, place: Element): Promise<Iterable<FigureView>>}} Embed */
/** @typedef {{version: string, embed: Embed}} BokehJS */
/** @typedef {{Bokeh?: BokehJS}} BokehPage */

/** The script is on its way to the page, or on it, by its version. @type {Map<string, Promise<BokehJS>>} */
const scripts = new Map();

/**
 * Run a script of BokehJS, which makes itself a property of its `this`. That is not the page: Panel takes what it
 * finds there for its own.
 * @param {Uint8Array<ArrayBuffer>} packed
 * @returns {Promise<BokehJS>}
 */
async function run(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const text = await new Response(stream).text();
  const module = `const host = {};\n(function () {${text}\n}).call(host);\nexport default host.Bokeh;`;
  const url = URL.createObjectURL(new Blob([module], {type: "text/javascript"}));
  try {
    return (await import(url)).default;
  } finally {
    URL.revokeObjectURL(url);
  }
}

export class EmbeddedOverlay {
  #jpkl;
  #bokeh;
  /** Takes what is drawn off the page. */
  #remove = () => {};
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
    const known = Bokeh?.version === version ? Promise.resolve(Bokeh) : scripts.get(version);
    const bokeh = known ?? fetchScript().then(run);
    this.#bokeh = bokeh;
    scripts.set(version, bokeh);
    // The kernel may have gone meanwhile: the next viewer asks for it again.
    bokeh.catch(() => scripts.get(version) === bokeh && scripts.delete(version));
  }

  /**
   * Draw, in place of what was drawn before.
   * @param {object} item what Bokeh embeds
   * @returns {Promise<void>} resolves once that is drawn, or something later is
   */
  draw(item) {
    this.#latest = item;
    const drawn = this.#queue.then(() => this.#embed(item));
    this.#queue = drawn.catch(() => {}); // what is drawn later does not fail with it
    return drawn;
  }

  /**
   * What was drawn before stays until this can take its place.
   * @param {object} item
   */
  async #embed(item) {
    if (item !== this.#latest) return; // there is a later one
    const {embed} = await this.#bokeh;
    const {figure} = this.#jpkl;
    const place = h("div", {className: "drawn-over", style: "visibility: hidden"});
    figure.overlaySlot.append(place);
    const [view] = await embed.embed_item(item, place).catch((error) => {
      place.remove();
      throw error;
    });
    const remove = () => {
      view.remove();
      place.remove();
    };
    while (!isLaidOut(view)) {
      if (item !== this.#latest) return remove();
      await new Promise(requestAnimationFrame);
    }
    figure.attach(view);
    place.style.visibility = "";
    this.#remove();
    this.#remove = remove;
  }

  /** Take it off the page. */
  close() {
    this.#latest = null;
    this.#queue = this.#queue.then(() => this.#remove());
  }
}
