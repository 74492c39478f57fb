// Fields of forms.

import {h} from "../base/dom.js";

/**
 * A select of choices, each a text or [value, text].
 * @param {string} label for those who do not see it
 * @param {(string | [value: string | number, text: string])[]} choices
 * @param {(value: string) => void} onPick
 * @returns {HTMLSelectElement}
 */
export function choice(label, choices, onPick) {
  const options = choices.map((item) => {
    const [value, text] = Array.isArray(item) ? item : [item, item];
    return h("option", {value}, text);
  });
  const select = h("select", {"aria-label": label, onchange: () => onPick(select.value)}, ...options);
  return select;
}

/** Fields that something is being typed into. @type {WeakSet<HTMLInputElement>} */
const typed = new WeakSet();

/**
 * A field for a number.
 * @param {string} label for those who do not see it
 * @param {Record<string, unknown>} properties of the element, its handlers among them
 */
export function numberField(label, properties) {
  const field = h("input", {type: "number", "aria-label": label, ...properties});
  field.addEventListener("input", () => typed.add(field));
  // Before what takes it, which may write another number.
  for (const type of ["change", "blur"]) field.addEventListener(type, () => typed.delete(field), true);
  return field;
}

/**
 * Have a field for a number say something; while it plays, what is being typed stays.
 * @param {HTMLInputElement} field
 * @param {string} text
 */
export function write(field, text) {
  if (!typed.has(field) && field.value !== text) field.value = text;
}

/** Selects of dims, by the dims of their stack. @type {WeakMap<object, HTMLSelectElement[]>} */
const selects = new WeakMap();

/**
 * A select of dims by their names.
 * @param {string} label
 * @param {import("../types.js").Dim[]} dims all dims of the stack
 * @param {number[]} numbers those that can be chosen
 * @param {(dim: number) => void} onPick
 */
export function dimChoice(label, dims, numbers, onPick) {
  const choices = numbers.map((d) => /** @type {[number, string]} */ ([d, dims[d].name]));
  const element = choice(label, choices, (value) => onPick(Number(value)));
  selects.set(dims, [...(selects.get(dims) ?? []), element]);
  return element;
}

/**
 * Write the names of a stack's dims in all selects, as they have been set by hand.
 * @param {import("../types.js").Dim[]} dims
 */
export function renameChoices(dims) {
  for (const {options} of selects.get(dims) ?? [])
    for (const option of options) option.textContent = dims[Number(option.value)].name;
}

/** Where a tool says how it is going. @returns {HTMLDivElement} */
export function status() {
  return h("div", {className: "note", role: "status"});
}
