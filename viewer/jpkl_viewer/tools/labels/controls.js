// The section of labels in the sidebar: which are seen and how, and what becomes of the object that is selected.

import {h, toggle} from "../../browser/base/dom.js";
import {dimChoice} from "../../browser/page/fields.js";

/** @typedef {import("./settings.js").LabelSettings} LabelSettings */

/**
 * @param {import("../../browser/state/stack.js").Stack} stack
 * @param {number[]} dims that a curve can go along
 * @param {{onSet: (values: Partial<LabelSettings>) => void, onShow: (name: string, isOn: boolean) => void, onSave: (() => void) | null}} handlers
 */
export function labelControls(stack, dims, {onSet, onShow, onSave}) {
  const names = stack.labels.map(({name}) => name);
  const shows = names.map((name) => toggle(name, {onChange: (isOn) => onShow(name, isOn)}));
  const range = {type: "range", min: 0, max: 1, step: 0.05, "aria-label": "opacity of the labels"};
  const opacity = h("input", {...range, oninput: () => onSet({opacity: Number(opacity.value)})});
  const outline = toggle("outlines", {onChange: (isOn) => onSet({outline: isOn})});
  const track = toggle("track of the object", {onChange: (isOn) => onSet({track: isOn})});
  const along = dimChoice("dim of the object's curve", stack.dims, dims, (dim) => onSet({dim}));
  const save = h("button", {className: "text", onclick: onSave, hidden: !onSave}, "Save CSV");
  const chosen = h("b");
  const object = h(
    "div",
    {className: "object-choices"},
    chosen,
    track.element,
    h("label", {className: "row"}, "along", along, save),
  );
  const hint = h("p", {className: "note"}, "Click an object to measure it.");
  const row = h("label", {className: "row"}, "opacity", opacity);
  return {
    elements: [...shows.map(({element}) => element), row, outline.element, hint, object],
    /** @param {LabelSettings} settings */
    update({hidden, selected, dim, ...settings}) {
      names.forEach((name, i) => shows[i].update(!hidden.includes(name)));
      opacity.value = String(settings.opacity);
      outline.update(settings.outline);
      track.update(settings.track);
      if (dim !== null) along.value = String(dim);
      chosen.textContent = selected ? `${selected.name} ${selected.value}` : "";
      object.hidden = !selected || dim === null;
      hint.hidden = !object.hidden || !dims.length;
    },
  };
}
