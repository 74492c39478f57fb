// The way back from a stack to the list of its folder, and the stack's name as the title of the page.

import {h} from "../browser/base/dom.js";

/** @param {{model: {place: string}}} component `place` is the name of the stack, with its folders */
export function render({model: {place}}) {
  document.title = place.slice(place.lastIndexOf("/") + 1);
  const list = h("a", {href: window.location.pathname}, "All stacks");
  return h("nav", {"aria-label": "place"}, list, "/", h("bdi", {}, place));
}
