// @ts-nocheck
// The viewer in hosts that show Bokeh models but no components of Panel: those that speak ipywidgets.
//
// A callback of the figure brings all of this; messages travel as the data of two sources, one each way.
// `push.py` says why those to Python are numbered.

import {h} from "./dom.js";
import {liveView, tameComm, whenLaidOut} from "./hosts.js";

/** Bytes stand beside a message, whose JSON says where they belong. */
function restore(value, bytes) {
  if (value === null || typeof value !== "object") return value;
  if ("bytes" in value && Object.keys(value).length === 1) return bytes[value.bytes];
  if (Array.isArray(value)) return value.map((item) => restore(item, bytes));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, restore(item, bytes)]));
}

/** Builds the viewer around a figure that is on the page; `index` knows the views of all figures. */
export function pushView(figure, {inbox, outbox, css, height, ...description}, index) {
  if (figure.isTaken) return;
  figure.isTaken = true;
  tameComm(figure.document);
  inbox.properties.data.internal = true; // hosts would send back what has come from Python
  const page = crypto.getRandomValues(new Uint32Array(2)).join("-");
  let unheard = []; // what Python has not said to have: {number, text}
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
    const {
      message: [text],
      bytes,
    } = inbox.data;
    const {heard, message} = JSON.parse(text);
    unheard = unheard.filter((sent) => sent.number > (heard[page] ?? 0));
    receive(restore(message, bytes));
  });
  const view = index.find_one(figure);
  const host = h("div", {style: `width: 100%; height: ${height}px`});
  const shadow = host.attachShadow({mode: "open"});
  shadow.append(h("style", {}, css), jpkl.root);
  view.el.replaceWith(host);
  jpkl.figureSlot.append(view.el);
  // From here on it is the viewer that has a size, and the figure fills its place in it.
  figure.setv({sizing_mode: "stretch_both", height: null}, {sync: false});
  whenLaidOut(
    () => view,
    (figureView, picture) => jpkl.attach(figureView, picture),
  );
}
