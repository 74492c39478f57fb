// The still that a cell has beside the widget: it is seen while no view of the widget is on the page.

import {h} from "../base/dom.js";

/** Views of each widget on the page, and what hides its still. @type {Map<string, {views: number, style: Element}>} */
const shown = new Map();

/**
 * Count a view of a widget that has come, or gone. The still may come to the page later than the first of them.
 * @param {string} model
 * @param {1 | -1} change
 */
export function countViews(model, change) {
  const {views, style} = shown.get(model) ?? {
    views: 0,
    style: h("style", {}, `[data-jpkl-still="${model}"] {display: none !important}`),
  };
  if (views + change) {
    shown.set(model, {views: views + change, style});
    document.head.append(style);
  } else {
    shown.delete(model);
    style.remove();
  }
}
