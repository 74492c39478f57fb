// The list of regions of interest beside the picture: values at the current position, selection, keys.

import {h} from "../../browser/dom.js";

/** @typedef {import("./shapes.js").Roi} Roi */

/**
 * @typedef {object} ListHandlers
 * @property {(name: string) => void} onSelect
 * @property {(name: string) => void} onDelete
 * @property {(name: string, dx: number, dy: number, isResize: boolean) => void} onNudge called for arrow keys;
 *   with Shift, they move the last corner alone
 */

/** @typedef {{element: HTMLTableRowElement, select: HTMLButtonElement, cells: HTMLTableCellElement[]}} Row */

/** @type {Record<string, [dx: number, dy: number]>} */
const STEPS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
const COLUMNS = ["mean", "min", "max", "px"];

/**
 * A button that selects a region, and has the keys that move it.
 * @param {Roi} roi
 * @param {ListHandlers} handlers
 */
function selectButton({name, shape, color}, {onSelect, onNudge}) {
  const label = {
    className: "region",
    "data-arrows": "",
    "aria-label": `${name}, ${shape}`,
    onclick: () => onSelect(name),
  };
  const button = h("button", label, h("i", {}), name);
  button.style.setProperty("--roi", color);
  button.title = "arrow keys move, Shift + arrow keys resize, Delete removes";
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
  const select = selectButton(roi, handlers);
  const cells = COLUMNS.map(() => h("td", {}));
  const title = `delete ${roi.name}`;
  const onclick = () => handlers.onDelete(roi.name);
  const remove = h("button", {className: "step", title, "aria-label": title, onclick}, "×");
  const element = h("tr", {}, h("th", {scope: "row"}, select), ...cells, h("td", {}, remove));
  return {element, select, cells};
}

/**
 * A table with a row for each region.
 * @param {ListHandlers} handlers
 */
export function regionList(handlers) {
  /** @type {Map<string, Row>} by the name of the region */
  let rows = new Map();
  const body = h("tbody", {});
  const heads = ["ROI", ...COLUMNS].map((text) => h("th", {scope: "col"}, text));
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
    /**
     * @param {Roi[]} rois
     * @param {string | null} selected
     * @param {(name: string) => string[]} textsOf what the cells of a region say
     */
    update(rois, selected, textsOf) {
      element.hidden = !rois.length;
      setRows(rois);
      for (const [name, {cells, select}] of rows) {
        textsOf(name).forEach((text, i) => {
          if (cells[i].textContent !== text) cells[i].textContent = text;
        });
        select.setAttribute("aria-pressed", String(name === selected));
      }
    },
  };
}
