// The viewer in hosts that show Bokeh models but no components of Panel: those that speak ipywidgets.
//
// A callback of the figure brings all of this; messages travel as the data of two sources, one each way.

import { h } from "./controls.js";
import { liveView, whenLaidOut } from "./hosts.js";

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
  const {jpkl, receive} = liveView({
    ...description,
    ownsUrl: false,
    send(message) {
      outbox.data = {message: [JSON.stringify(message)]};
    },
  });
  inbox.properties.data.change.connect(() => {
    const {message, bytes} = inbox.data;
    receive(restore(JSON.parse(message[0]), bytes));
  });
  const view = index.find_one(figure);
  const host = h("div", {style: `width: 100%; height: ${height}px`});
  const shadow = host.attachShadow({mode: "open"});
  shadow.append(h("style", {}, css), jpkl.root);
  view.el.replaceWith(host);
  jpkl.figureSlot.append(view.el);
  // From here on it is the viewer that has a size, and the figure fills its place in it.
  figure.setv({sizing_mode: "stretch_both", height: null}, {sync: false});
  whenLaidOut(() => view, (figureView, picture) => jpkl.attach(figureView, picture));
}
