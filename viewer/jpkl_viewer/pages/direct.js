// The viewer as a page without Panel and Bokeh: `direct.py` says what is on the page, and what travels.

import {h} from "../browser/base/dom.js";
import {liveView} from "../browser/hosts.js";
import {unpack} from "../browser/base/packed.js";
import {takeDropped} from "./drop.js";
import {render as placeLine} from "./place.js";

/** What the page holds: `liveView` says of most what it is. */
const {css, place, placeCss, dropCss, takesFiles, known, ...options} = JSON.parse(
  document.querySelector("#view")?.textContent ?? "",
);

/**
 * An element with a tree of its own, into which no style of the page reaches.
 * @param {string} id
 * @param {string} styles
 * @param {Node} content
 * @param {"div" | "main"} tag
 */
function shadowed(id, styles, content, tag = "div") {
  const host = h(tag, {id});
  host.attachShadow({mode: "open"}).append(h("style", {}, styles), content);
  return host;
}

/** Opens the socket, and makes the viewer while that connects. */
function start() {
  const url = new URL("jpkl/frames", window.location.href);
  url.protocol = url.protocol.replace("http", "ws");
  url.search = window.location.search;
  url.searchParams.set("known", known);
  url.hash = "";
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  /** What waits for the connection. @type {string[]} */
  const waiting = [];
  const {jpkl, receive} = liveView({
    ...options,
    ownsUrl: true,
    send(message) {
      const text = JSON.stringify(message);
      if (socket.readyState === WebSocket.CONNECTING) waiting.push(text);
      else if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
  });
  socket.onopen = () => waiting.splice(0).forEach((text) => socket.send(text));
  socket.onmessage = ({data}) => receive(unpack(data));
  let isLeaving = false;
  window.addEventListener("pagehide", () => (isLeaving = true));
  socket.onclose = () => !isLeaving && jpkl.onLost();
  // A page that comes back out of the browser's cache has no connection any more.
  window.addEventListener("pageshow", ({persisted}) => persisted && window.location.reload());
  if (place) document.body.append(shadowed("place", placeCss, placeLine({model: {place}})));
  // The landmark is the page's: the viewer may be in others.
  document.body.append(shadowed("viewer", css, jpkl.root, "main"));
  const zone = takeDropped(options.description.title, takesFiles);
  document.body.append(shadowed("drop", css + dropCss, zone.root));
}

start();
