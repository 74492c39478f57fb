// What notebooks keep of the widget, and so is small: Python sends the viewer, once to each page.

/** @typedef {typeof import("./widget.js")} Viewer */
/** @typedef {import("./widget.js").WidgetModel & {get: (name: string) => string}} Model */
/** @typedef {{views: string[], opening?: {version: number}, script?: boolean}} Message */
/** @typedef {DataView<ArrayBuffer>[]} Buffers */
/** @typedef {{opening: {version: number}, buffers: Buffers}} Ahead */

/** @type {{jpklViewers?: Record<string, Promise<Viewer>>}} */
const page = /** @type {any} */ (window);
/** The viewer by the hash of its modules: several versions may be on a page. */
const viewers = (page.jpklViewers ??= {});
/** What came for the next view of a widget, by its key. @type {Map<string, Ahead>} */
const ahead = new Map();

/** @param {DataView<ArrayBuffer>} packed the viewer's modules, joined and compressed */
async function load(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = new Blob([await new Response(stream).text()], {type: "text/javascript"});
  const url = URL.createObjectURL(script);
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/**
 * Load the viewer where the page has none of that hash; says whether it has it then.
 * @param {string} hash
 * @param {Message} message
 * @param {Buffers} buffers
 */
function take(hash, {script}, buffers) {
  if (script) viewers[hash] ??= load(/** @type {DataView<ArrayBuffer>} */ (buffers.at(-1)));
  return hash in viewers;
}

/**
 * What anywidget calls for each widget, where it hears Python before it has a view.
 * @param {{model: Model}} host
 */
function initialize({model}) {
  const [hash, key] = [model.get("_script"), model.get("_key")];
  model.on("msg:custom", (/** @type {Message} */ message, /** @type {Buffers} */ buffers) => {
    const {opening, views} = message;
    if (!views.length && take(hash, message, buffers) && opening) ahead.set(key, {opening, buffers});
  });
  return () => ahead.delete(key);
}

/**
 * What anywidget calls for each view.
 * @param {{model: Model, el: HTMLElement}} host
 */
function render({model, el}) {
  const view = crypto.getRandomValues(new Uint32Array(2)).join("-");
  const [hash, key] = [model.get("_script"), model.get("_key")];
  let end = () => {};
  let isOver = false;
  const mount = async (/** @type {Ahead} */ {opening, buffers}) => {
    const viewer = await viewers[hash];
    if (!isOver) end = viewer.mount({model, el, view, opening, buffers});
  };
  const open = (/** @type {Message} */ message, /** @type {Buffers} */ buffers) => {
    const {views, opening} = message;
    if (!opening || !views.includes(view)) return undefined;
    model.off("msg:custom", open);
    take(hash, message, buffers);
    return mount({opening, buffers});
  };
  const known = ahead.get(key);
  ahead.delete(key);
  if (known) {
    model.send({type: "opened", view, version: known.opening.version});
    mount(known);
  } else {
    model.on("msg:custom", open);
    model.send({type: "open", view, script: !(hash in viewers)});
  }
  return () => {
    isOver = true;
    model.off("msg:custom", open);
    end();
    model.send({type: "close", view});
  };
}

export default {initialize, render};
