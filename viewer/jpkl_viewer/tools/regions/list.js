// @ts-nocheck
// The list of regions of interest beside the picture: values at the current position, selection, keys.

import {h} from "../../browser/dom.js";
import {format} from "../../browser/numbers.js";

const STEPS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
const COLUMNS = ["mean", "min", "max", "px"];

/**
 * A table with a row for each region. `onSelect(name)`, `onDelete(name)`; `onNudge(name, dx, dy, isResize)`
 * for arrow keys, with Shift to move its last corner.
 */
export function regionTable({onSelect, onDelete, onNudge}) {
  const rows = new Map(); // name -> {element, select, cells}
  const body = h("tbody", {});
  const heads = ["ROI", ...COLUMNS].map((text) => h("th", {scope: "col"}, text));
  const element = h(
    "table",
    {className: "regions", hidden: true},
    h("thead", {}, h("tr", {}, ...heads, h("td", {}))),
    body,
  );

  function makeRow({name, shape, color}) {
    const select = h(
      "button",
      {className: "region", "aria-label": `${name}, ${shape}`, onclick: () => onSelect(name)},
      h("i", {}),
      name,
    );
    select.style.setProperty("--roi", color);
    select.title = "arrow keys move, Shift + arrow keys resize, Delete removes";
    select.onkeydown = (event) => {
      const step = STEPS[event.key];
      if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      onNudge(name, ...step, event.shiftKey);
    };
    const cells = COLUMNS.map(() => h("td", {}));
    const remove = h(
      "button",
      {
        className: "step",
        title: `delete ${name}`,
        "aria-label": `delete ${name}`,
        onclick: () => onDelete(name),
      },
      "×",
    );
    return {
      select,
      cells,
      element: h("tr", {}, h("th", {scope: "row"}, select), ...cells, h("td", {}, remove)),
    };
  }

  return {
    element,
    focus: (name) => rows.get(name)?.select.focus(),
    /** `valuesOf(name)` gives mean, min and max (or null), the number of pixels, and whether it is clipped. */
    update(rois, selected, valuesOf) {
      element.hidden = !rois.length;
      const names = rois.map(({name}) => name);
      if (names.join() !== [...rows.keys()].join()) {
        const kept = new Map(rows);
        rows.clear();
        for (const roi of rois) rows.set(roi.name, kept.get(roi.name) ?? makeRow(roi));
        body.replaceChildren(...[...rows.values()].map((row) => row.element));
      }
      for (const [name, row] of rows) {
        const {mean, min, max, pixels, clipped, failed} = valuesOf(name);
        const text = (value) => (failed ? "–" : Number.isFinite(value) ? format(value, 4) : "…");
        const texts = [
          text(mean),
          text(min),
          text(max),
          failed ? "–" : pixels === undefined ? "…" : `${pixels}${clipped ? "*" : ""}`,
        ];
        row.cells.forEach((cell, i) => cell.textContent !== texts[i] && (cell.textContent = texts[i]));
        row.select.setAttribute("aria-pressed", name === selected);
      }
    },
  };
}
