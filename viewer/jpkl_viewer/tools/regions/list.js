// The list of regions of interest beside the picture: values at the current position, selection, keys.

import {h} from "../../browser/base/dom.js";
import {titleOf} from "./settings.js";

/** @typedef {import("./shapes.js").Roi} Roi */

/**
 * @typedef {object} ListHandlers
 * @property {(name: string) => void} onSelect
 * @property {(name: string, text: string) => void} onRename
 * @property {(name: string) => void} onDelete
 * @property {(name: string, dx: number, dy: number, isResize: boolean) => void} onNudge called for arrow keys;
 *   with Shift, they move the last corner alone
 */

/**
 * @typedef {object} Row
 * @property {HTMLTableRowElement} element
 * @property {HTMLTableCellElement} head that has the button, or a field for another name
 * @property {HTMLButtonElement} select
 * @property {HTMLElement} title
 * @property {HTMLElement} size
 * @property {HTMLTableCellElement[]} cells
 * @property {HTMLButtonElement} remove
 */

/** @type {Record<string, [dx: number, dy: number]>} */
const STEPS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
const COLUMNS = ["mean", "min", "max"];

/**
 * A button that selects a region, and has the keys that move it.
 * @param {Roi} roi
 * @param {ListHandlers} handlers
 * @param {Node[]} children
 */
function selectButton({name, color}, {onSelect, onNudge}, children) {
  // The second click of two is on a region that was selected by the first, and stays so.
  const onclick = (/** @type {MouseEvent} */ event) => event.detail < 2 && onSelect(name);
  const button = h("button", {className: "region", "data-arrows": "", onclick}, h("i", {}), ...children);
  button.style.setProperty("--roi", color);
  button.title = "double-click or F2 renames, arrow keys move, Shift + arrow keys resize, Delete removes";
  button.onkeydown = (event) => {
    const step = STEPS[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    onNudge(name, ...step, event.shiftKey);
  };
  return button;
}

/**
 * @param {Roi} roi
 * @param {ListHandlers} handlers
 * @returns {Row}
 */
function makeRow(roi, handlers) {
  const [title, size] = [h("span", {}), h("small", {})];
  const select = selectButton(roi, handlers, [title, new Text(" "), size]);
  const cells = COLUMNS.map(() => h("td", {}));
  const onclick = () => handlers.onDelete(roi.name);
  const remove = h("button", {className: "step", onclick}, "×");
  const head = h("th", {scope: "row"}, select);
  const element = h("tr", {}, head, ...cells, h("td", {}, remove));
  const row = {element, head, select, title, size, cells, remove};
  select.ondblclick = () => rename(row, (text) => handlers.onRename(roi.name, text));
  return row;
}

/**
 * Have the user type another name in place of the one in a row.
 * @param {Row} row
 * @param {(text: string) => void} onRename
 */
function rename({head, select, title}, onRename) {
  if (!select.isConnected) return;
  const field = h("input", {type: "text", value: title.textContent, "aria-label": "name of the region"});
  let isCancelled = false;
  field.addEventListener("cancel", () => (isCancelled = true));
  field.onblur = () => {
    head.replaceChildren(select);
    if (!isCancelled) onRename(field.value);
  };
  head.replaceChildren(field);
  field.select();
  field.focus();
}

/**
 * A table with a row for each region.
 * @param {ListHandlers} handlers
 */
export function regionList(handlers) {
  /** @type {Map<string, Row>} by the name of the region */
  let rows = new Map();
  const body = h("tbody", {});
  const heads = ["Name", ...COLUMNS].map((text) => h("th", {scope: "col"}, text));
  const head = h("thead", {}, h("tr", {}, ...heads, h("td", {})));
  const element = h("table", {className: "regions", hidden: true}, head, body);

  /** @param {Roi[]} rois */
  function setRows(rois) {
    if (rois.map(({name}) => name).join() === [...rows.keys()].join()) return;
    rows = new Map(rois.map((roi) => [roi.name, rows.get(roi.name) ?? makeRow(roi, handlers)]));
    body.replaceChildren(...[...rows.values()].map((row) => row.element));
  }

  return {
    element,
    /** @param {string} name */
    focus: (name) => rows.get(name)?.select.focus(),
    /** @param {string} name */
    rename(name) {
      const row = rows.get(name);
      if (row) rename(row, (text) => handlers.onRename(name, text));
    },
    /**
     * @param {Roi[]} rois
     * @param {string | null} selected
     * @param {(roi: Roi) => {size: string, values: string[]}} textsOf what is said of a region
     */
    update(rois, selected, textsOf) {
      element.hidden = !rois.length;
      setRows(rois);
      for (const roi of rois) {
        const {select, title, size, cells, remove} = /** @type {Row} */ (rows.get(roi.name));
        const texts = textsOf(roi);
        setText(title, titleOf(roi));
        setText(size, texts.size);
        cells.forEach((cell, i) => setText(cell, texts.values[i]));
        select.setAttribute("aria-label", `${titleOf(roi)} ${texts.size}, ${roi.shape}`);
        select.setAttribute("aria-pressed", String(roi.name === selected));
        remove.title = remove.ariaLabel = `delete ${titleOf(roi)}`;
      }
    },
  };
}

/**
 * @param {HTMLElement} element
 * @param {string} text
 */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
