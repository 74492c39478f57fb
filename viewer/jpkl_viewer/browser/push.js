// The viewer in hosts that show Bokeh models but no components of Panel: those that speak ipywidgets.
//
// A callback of the figure brings all of this; messages travel as the data of two sources, one each way.
// `push.py` says why those to Python are numbered.

import {h} from "./dom.js";
import {attachOverlay, liveView, tameComm} from "./hosts.js";
import {restore} from "./packed.js";

/** @typedef {import("./bokeh.js").DataSource} DataSource */

/**
 * What `PushView` gives.
 * @typedef {object} PushOptions
 * @property {DataSource} inbox
 * @property {{data: {message: string[]}}} outbox
 * @property {string} css
 * @property {number} height
 * @property {boolean} hasOverlay whether the figure draws something over the picture
 * @property {import("./types.js").Description} description
 * @property {import("./types.js").Description[]} others
 * @property {import("./types.js").Settings} settings
 * @property {import("./types.js").Settings} first
 * @property {Record<string, string>} colormaps
 */

/**
 * Builds the viewer in place of a figure that is on the page; `index` knows the views of all figures.
 * @param {import("./bokeh.js").Figure & {isTaken?: boolean}} figure
 * @param {PushOptions} options
 * @param {{find_one: (model: object) => import("./bokeh.js").FigureView}} index
 */
export function pushView(figure, {inbox, outbox, css, height, hasOverlay, ...description}, index) {
  if (figure.isTaken) return;
  figure.isTaken = true;
  tameComm(figure.document);
  inbox.properties.data.internal = true; // hosts would send back what has come from Python
  const page = crypto.getRandomValues(new Uint32Array(2)).join("-");
  /** What Python has not said to have. @type {{number: number, text: string}[]} */
  let unheard = [];
  let number = 0;
  const {jpkl, receive} = liveView({
    ...description,
    ownsUrl: false,
    send(message) {
      unheard.push({number: ++number, text: JSON.stringify([page, number, message])});
      outbox.data = {message: unheard.map(({text}) => text)};
    },
  });
  inbox.properties.data.change.connect(() => {
    const {message: texts, bytes} = inbox.data;
    const {heard, message} = JSON.parse(texts[0]);
    unheard = unheard.filter((sent) => sent.number > (heard[page] ?? 0));
    receive(restore(message, bytes));
  });
  const view = index.find_one(figure);
  const host = h("div", {style: `width: 100%; height: ${height}px`});
  const shadow = host.attachShadow({mode: "open"});
  shadow.append(h("style", {}, css), jpkl.root);
  view.el.replaceWith(host);
  if (!hasOverlay) return;
  jpkl.figure.overlaySlot.append(view.el);
  // From here on it is the viewer that has a size, and the figure fills its place in it.
  figure.setv({sizing_mode: "stretch_both", height: null}, {sync: false});
  attachOverlay(jpkl, () => view);
}
