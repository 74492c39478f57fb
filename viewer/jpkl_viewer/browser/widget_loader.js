// What notebooks keep of the widget, and so is small: it has Python send the viewer, once to each page.

/** @typedef {typeof import("./widget.js")} Viewer */
/** @typedef {import("./widget.js").WidgetModel & {get: (name: string) => string}} Model */
/** @typedef {{views: string[], opening?: object}} Message */

/** @type {{jpklViewers?: Record<string, Promise<Viewer>>}} */
const page = /** @type {any} */ (window);
/** The viewer by the hash of its modules: several versions may be on a page. */
const viewers = (page.jpklViewers ??= {});

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
 * What anywidget calls for each view.
 * @param {{model: Model, el: HTMLElement}} host
 */
function render({model, el}) {
  const view = crypto.getRandomValues(new Uint32Array(2)).join("-");
  const hash = model.get("_script");
  let end = () => {};
  let isOver = false;
  const open = async (
    /** @type {Message} */ {views, opening},
    /** @type {DataView<ArrayBuffer>[]} */ buffers,
  ) => {
    if (!opening || !views.includes(view)) return;
    model.off("msg:custom", open);
    viewers[hash] ??= load(buffers[0]);
    const {mount} = await viewers[hash];
    if (!isOver) end = mount({model, el, view, opening, buffers});
  };
  model.on("msg:custom", open);
  model.send({type: "open", view, script: !(hash in viewers)});
  return () => {
    isOver = true;
    end();
    model.send({type: "close", view});
  };
}

export default {render};
