// @ts-nocheck
// Projections along a dim, in place of its frames.

import {group, h} from "../../browser/dom.js";

const METHODS = [
  ["", "off"],
  ["max", "maximum"],
  ["mean", "mean"],
  ["min", "minimum"],
  ["std", "standard deviation"],
];

/** A group of controls: method, dim and range. */
export function projectionTool(view) {
  const {stack} = view;
  const dims = stack.dims.flatMap((dim, d) => (dim.size > 1 ? [d] : []));
  const option = (value, text) => h("option", {value}, text);
  const method = h(
    "select",
    {"aria-label": "projection", onchange: change},
    ...METHODS.map(([value, text]) => option(value, text)),
  );
  const dim = h(
    "select",
    {"aria-label": "projected dim", onchange: changeDim},
    ...dims.map((d) => option(d, stack.dims[d].name)),
  );
  const first = h("input", {
    type: "number",
    min: 0,
    step: 1,
    "aria-label": "first projected index",
    onchange: change,
  });
  const last = h("input", {
    type: "number",
    min: 0,
    step: 1,
    "aria-label": "last projected index",
    onchange: change,
  });
  const note = h("div", {className: "note", hidden: true}, "Values are twice the standard deviation");
  const rest = h(
    "div",
    {},
    h("label", {className: "row"}, "along", dim),
    h("div", {className: "row"}, first, "to", last),
    note,
  );
  dim.value = dims.find((d) => stack.dims[d].name.toLowerCase().startsWith("z")) ?? view.state.playback.dim;
  takeWhole();

  function takeWhole() {
    first.value = 0;
    last.value = stack.sizes[dim.value] - 1;
  }

  function changeDim() {
    takeWhole();
    change();
  }

  function change() {
    const most = stack.sizes[dim.value] - 1;
    const within = (input) => Math.min(most, Math.max(0, Math.trunc(Number(input.value)) || 0));
    const [start, stop] = [within(first), within(last)].sort((a, b) => a - b);
    if (!method.value && !view.state.projection) return update(view.state);
    const projection = method.value
      ? {dim: Number(dim.value), method: method.value, start, stop: stop + 1}
      : null;
    view.change({projection});
  }

  function update({projection}) {
    method.value = projection?.method ?? "";
    rest.hidden = !projection;
    note.hidden = projection?.method !== "std";
    if (!projection) return;
    dim.value = projection.dim;
    first.value = projection.start;
    last.value = projection.stop - 1;
    first.max = last.max = stack.sizes[projection.dim] - 1;
  }

  if (dims.length) update(view.state);
  return {name: "projection", element: dims.length ? group("Projection", method, rest) : null, update};
}
