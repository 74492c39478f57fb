// The presets below the channels: a click applies one; those of the user can be saved and deleted.

import {h} from "../base/dom.js";
import {icon} from "../base/icons.js";
import {browserStore} from "../state/remembered.js";
import {withKnownColormaps} from "../state/resolve.js";
import {SavedPresets, isApplied, presetOf, presetsFor, savedOf} from "./presets.js";

/** @typedef {import("./presets.js").Preset} Preset */

/**
 * What is used of the viewer.
 * @typedef {object} PresetHost
 * @property {import("../state/stack.js").Stack} stack
 * @property {import("../types.js").State} state
 * @property {import("../types.js").State} initial the first view
 * @property {Record<string, Uint8Array>} colormaps
 * @property {(values: Partial<import("../types.js").State>) => void} change
 */

/** @param {string[]} colors */
function dots(colors) {
  const all = colors.map((color) => {
    const dot = h("i", {});
    dot.style.background = color;
    return dot;
  });
  return h("span", {className: "dots", "aria-hidden": "true"}, ...all);
}

export class PresetMenu {
  #view;
  #saved;
  #list = h("div", {className: "preset-list"});
  #word = h("div", {className: "word", role: "status", hidden: true});
  /** What the list was made of last. @type {unknown[]} */
  #made = [];

  /** @param {PresetHost} view */
  constructor(view) {
    this.#view = view;
    this.#saved = new SavedPresets(browserStore(), view.stack);
    const head = h("summary", {title: "Colors of all channels at once"}, icon("chevron"), "Presets");
    const parts = [this.#list, this.#saved.canSave ? this.#saving() : null, this.#word];
    this.element = h("details", {className: "presets", ontoggle: () => this.update()}, head, ...parts);
  }

  /** What saves the channels as they are. */
  #saving() {
    const withLimits = h("input", {type: "checkbox"});
    const field = h("input", {
      type: "text",
      placeholder: "Name",
      maxLength: 80,
      "aria-label": "name of a new preset",
      onchange: () => {
        if (field.value.trim()) this.#save(field.value, withLimits.checked);
        field.value = "";
      },
    });
    field.addEventListener("cancel", () => (field.value = ""));
    // What was typed is taken when the field is left, be it for this button.
    const save = h("button", {className: "text", onclick: () => field.focus()}, "Save");
    save.title = "For all stacks with channels of these names, in this browser";
    const limits = h("label", {title: "Otherwise only colors"}, withLimits, " with limits and gamma");
    return h("div", {className: "preset-new"}, field, save, limits);
  }

  /** @param {string} name @param {boolean} withLimits */
  #save(name, withLimits) {
    const {state, stack} = this.#view;
    const isKept = this.#saved.add(savedOf(name, withLimits, state, stack));
    this.#word.textContent = isKept ? "" : "This browser has no room for another preset";
    this.#word.hidden = isKept;
    this.#remake();
  }

  /** @param {string} name */
  #remove(name) {
    this.#saved.remove(name);
    this.#remake();
  }

  #remake() {
    this.#made = [];
    this.update();
  }

  /** Show the presets, where they are to be seen. */
  update() {
    if (!this.element.open) return;
    const {state, stack} = this.#view;
    const made = [
      state.channels,
      state.composite,
      state.colormap,
      stack.channels.map(({name}) => name).join(),
    ];
    if (made.every((each, i) => each === this.#made[i])) return;
    this.#made = made;
    const {suited, own} = this.#presets;
    this.#list.replaceChildren(
      ...suited.map((preset, i) => this.#button(preset, () => this.#presets.suited[i])),
      ...own.map((preset, i) => {
        const title = `delete ${preset.name}`;
        const remove = h("button", {className: "step", title, onclick: () => this.#remove(preset.name)}, "×");
        remove.ariaLabel = title;
        return h(
          "div",
          {className: "preset-own"},
          this.#button(preset, () => this.#presets.own[i]),
          remove,
        );
      }),
    );
  }

  /** Those for the state as it is. */
  get #presets() {
    const {state, initial, stack} = this.#view;
    return {
      suited: presetsFor(state, initial, stack),
      own: this.#saved.all.map((saved) => presetOf(saved, state, stack)),
    };
  }

  /**
   * @param {Preset} preset
   * @param {() => Preset | undefined} now the same for the state when it is applied: limits may be others
   */
  #button(preset, now) {
    const button = h("button", {className: "preset"}, dots(preset.colors), h("span", {}, preset.name));
    button.onclick = () => this.#apply(now() ?? preset);
    button.setAttribute("aria-pressed", String(isApplied(preset, this.#view.state)));
    return button;
  }

  /** @param {Preset} preset */
  #apply({values}) {
    const {state, colormaps} = this.#view;
    // One that was saved may have a colormap that only another version knows.
    const {composite, colormap, channels} = withKnownColormaps({...state, ...values}, colormaps);
    this.#view.change({composite, colormap, channels});
  }
}
