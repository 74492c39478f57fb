// The viewer as a widget of a notebook, once `widget_loader.js` has it from Python.

import {h} from "./base/dom.js";
import {EmbeddedOverlay} from "./drawn_over.js";
import {liveView, makeReady} from "./hosts.js";
import {restore} from "./base/packed.js";
import {countViews} from "./stage/still.js";

/**
 * What is used of a model of anywidget.
 * @typedef {object} WidgetModel
 * @property {(message: object) => void} send to Python
 * @property {(name: string) => any} get
 * @property {(name: string, value: unknown) => void} set
 * @property {() => void} save_changes
 * @property {(event: string, handle: (...values: any[]) => void) => void} on
 * @property {(event: string, handle: (...values: any[]) => void) => void} off
 * @property {{get_model?: (id: string) => Promise<{comm_live?: boolean}>}} [widget_manager] of Jupyter
 */

/**
 * What Python says of a view that opens.
 * @typedef {object} Opening
 * @property {string} css
 * @property {number} height in CSS pixels
 * @property {string} model the widget's id
 * @property {import("./types.js").Description} description
 * @property {import("./types.js").Description[]} others
 * @property {import("./types.js").Settings} settings
 * @property {import("./types.js").Settings} first
 * @property {Record<string, string>} colormaps
 * @property {import("./hosts.js").FrameMessage[]} frames of the first picture
 * @property {{item: object, version: string} | null} overlay what HoloViews draws over the picture, for Bokeh
 * @property {boolean} [setsTraits] whether the host has to see the browser set traitlets
 */

/** @typedef {{views: string[], message?: any, bokeh?: true}} Content */

const LOST = "The connection to the kernel is lost. Run the cell again to go on.";

makeReady();

/**
 * Bytes that came beside a message.
 * @param {DataView<ArrayBuffer>[]} buffers
 */
const bytesOf = (buffers) =>
  buffers.map(({buffer, byteOffset, byteLength}) => new Uint8Array(buffer, byteOffset, byteLength));

/**
 * Send a message to Python, if there is one: Jupyter throws where the kernel was restarted, and pictures that are
 * here already are to be shown all the same.
 * @param {WidgetModel} model
 * @param {object} message
 */
function post(model, message) {
  try {
    model.send(message);
  } catch {
    // `watchKernel` says so.
  }
}

/**
 * Say where Jupyter has lost the kernel, and go on when it is back.
 * @param {WidgetModel} model
 * @param {string} id
 * @param {{onFound: () => void, onLost: () => void}} handlers
 * @returns {() => void} ends it
 */
function watchKernel(model, id, {onFound, onLost}) {
  let isOver = false;
  const look = async () => {
    const isLive = (await model.widget_manager?.get_model?.(id))?.comm_live ?? true;
    if (!isOver) (isLive ? onFound : onLost)();
  };
  model.on("comm_live_update", look);
  return () => {
    isOver = true;
    model.off("comm_live_update", look);
  };
}

/**
 * What fetches the script of Bokeh from Python.
 * @param {WidgetModel} model
 * @param {string} view
 * @returns {() => Promise<Uint8Array<ArrayBuffer>>}
 */
function bokehFrom(model, view) {
  return () =>
    new Promise((done) => {
      const take = (
        /** @type {Content} */ {views, bokeh},
        /** @type {DataView<ArrayBuffer>[]} */ buffers,
      ) => {
        if (!bokeh || !views.includes(view)) return;
        model.off("msg:custom", take);
        done(bytesOf(buffers)[0]);
      };
      model.on("msg:custom", take);
      model.send({type: "bokeh", view});
    });
}

/**
 * Set the traitlets that have changed. Python knows their values by a message already; marimo runs the cells that
 * depend on the widget for those alone that the browser sets.
 * @param {WidgetModel} model
 * @param {import("./types.js").Settings} settings
 */
function setTraits(model, settings) {
  for (const [name, value] of Object.entries(settings))
    if (JSON.stringify(model.get(name)) !== JSON.stringify(value)) model.set(name, value);
  model.save_changes();
}

/**
 * Build a view of the widget; returns what ends it.
 * @param {{model: WidgetModel, el: HTMLElement, view: string, opening: object, buffers: DataView<ArrayBuffer>[]}} options
 */
export function mount({model, el, view, opening, buffers}) {
  const {
    css,
    height,
    model: id,
    overlay,
    setsTraits,
    ...options
  } = /** @type {Opening} */ (restore(opening, bytesOf(buffers)));
  const {jpkl, receive, onFound} = liveView({
    ...options,
    ownsUrl: false,
    send(message) {
      post(model, {...message, view});
      const {type, settings} = /** @type {{type: string, settings?: any}} */ (message);
      if (setsTraits && type === "state") setTraits(model, settings);
    },
  });
  const host = h("div", {style: `width: 100%; height: ${height}px`});
  host.attachShadow({mode: "open"}).append(h("style", {}, css), jpkl.root);
  const drawn = overlay && new EmbeddedOverlay(jpkl, overlay.version, bokehFrom(model, view));
  drawn?.draw(overlay?.item ?? {});
  const hear = (/** @type {Content} */ {views, message}, /** @type {DataView<ArrayBuffer>[]} */ parts) => {
    if (!message || !views.includes(view)) return;
    if (message.type === "overlay") drawn?.draw(message.item);
    else receive(restore(message, bytesOf(parts)));
  };
  model.on("msg:custom", hear);
  const endWatch = watchKernel(model, id, {onFound, onLost: () => jpkl.onLost(LOST)});
  el.append(host);
  countViews(id, 1);
  return () => {
    model.off("msg:custom", hear);
    endWatch();
    drawn?.close();
    jpkl.close();
    host.remove();
    countViews(id, -1);
  };
}
