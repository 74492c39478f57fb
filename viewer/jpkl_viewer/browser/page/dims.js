// The dims as controls: a row with a slider for each, and how the stack is played.

import {Band} from "./band.js";
import {context2d, h} from "../base/dom.js";
import {icon, iconButton, setIcon} from "../base/icons.js";
import {numberField, write} from "./fields.js";
import {FPS, PLAY_MODES} from "../base/limits.js";
import {parsePlace} from "./typed_place.js";

/** Widest strip of buffered indices; of longer dims it has not one pixel for each index. */
const MOST_SHADES = 512;

/** Icons of what happens at the end of a dim. @type {Record<string, string>} */
const MODE_ICONS = {loop: "loop", once: "once", "back and forth": "bounce"};

/** @typedef {import("../types.js").Dim} Dim */
/** @typedef {ReturnType<typeof dimRow>} DimRow */

/**
 * @typedef {object} DimHandlers
 * @property {(index: number) => void} onMove
 * @property {() => void} onPlay
 * @property {() => void} onUse called when the row is used in any way
 * @property {(end: "first" | "last", index: number) => void} onEnd called when an end of what is projected is dragged
 */

/**
 * A row for one dim: play, name, step back, slider, step on, index and physical value.
 * @param {Dim} dim
 * @param {() => string[]} labels of its indices, as far as they have any
 * @param {DimHandlers} handlers
 */
export function dimRow(dim, labels, {onMove, onPlay, onUse, onEnd}) {
  const slider = h("input", {type: "range", min: 0, max: dim.size - 1, step: 1});
  slider.oninput = () => onMove(Number(slider.value));
  slider.onfocus = onUse;
  const {field, setIndex} = indexField(dim, labels, onMove);
  const band = new Band(dim.size, onEnd);
  const buffer = h("canvas", {className: "buffer", width: MOST_SHADES, height: 1});
  const play = iconButton("play", "", onPlay, {className: "play"});
  const value = h("span", {className: "physical"});
  const text = h("span", {className: "name"});
  const stepBy = (/** @type {number} */ by) => onMove(Number(slider.value) + by);
  const [previous, next] = [
    iconButton("left", "", () => stepBy(-1), {className: "step"}),
    iconButton("right", "", () => stepBy(1), {className: "step"}),
  ];
  const showName = () => {
    if (text.title === dim.name) return;
    text.title = text.textContent = dim.name;
    slider.setAttribute("aria-label", dim.name);
    field.setAttribute("aria-label", `index of ${dim.name}`);
    for (const [button, way] of /** @type {[HTMLElement, string][]} */ ([
      [previous, "previous"],
      [next, "next"],
    ])) {
      button.title = `${way} ${dim.name}`;
      button.setAttribute("aria-label", button.title);
    }
  };
  showName();
  const element = h(
    "div",
    {className: "dim"},
    play,
    text,
    previous,
    h("span", {className: "track"}, buffer, slider, band.element),
    next,
    h("span", {className: "place"}, field, h("span", {className: "of"}, `/ ${dim.size - 1}`), value),
  );
  element.addEventListener("pointerdown", onUse);
  return {
    element,
    /**
     * @param {number} index
     * @param {{isPlaying: boolean, isActive: boolean, label: string, projected: import("./band.js").Part | null}} options
     */
    update(index, {isPlaying, isActive, label, projected}) {
      showName(); // it may have been set by hand
      if (slider.value !== String(index)) slider.value = String(index);
      setIndex(index);
      if (value.textContent !== label) value.textContent = label;
      slider.setAttribute("aria-valuetext", label ? `${index}, ${label}` : String(index));
      element.classList.toggle("active", isActive);
      band.update(projected);
      showPlaying(play, dim.name, isPlaying);
    },
    /**
     * Shade the indices whose frames need not be waited for.
     * @param {(index: number) => boolean} isBuffered
     */
    shade(isBuffered) {
      shade(buffer, dim.size, isBuffered);
    },
  };
}

/**
 * The field that says the index, and takes one that is typed.
 * @param {Dim} dim
 * @param {() => string[]} labels
 * @param {(index: number) => void} onMove
 */
function indexField(dim, labels, onMove) {
  const title = `an index from 0 to ${dim.size - 1}${dim.unit && dim.coords ? `, or a value in ${dim.unit}` : ""}`;
  const field = h("input", {type: "text", className: "index", title});
  field.style.setProperty("--digits", String(String(dim.size - 1).length));
  let shown = "";
  let isEdited = false; // a dim that plays leaves alone what is selected and typed
  field.onfocus = field.oninput = () => (isEdited = true);
  field.onblur = () => {
    isEdited = false;
    field.value = shown;
  };
  field.onchange = () => {
    isEdited = false;
    const index = parsePlace(field.value, dim, labels());
    field.value = shown;
    if (index !== null) onMove(index);
  };
  return {
    field,
    /** @param {number} index */
    setIndex(index) {
      const text = String(index);
      if (text === shown) return;
      shown = text;
      if (!isEdited) field.value = text;
    },
  };
}

/**
 * @param {HTMLButtonElement} button
 * @param {string} name of the dim
 * @param {boolean} isPlaying
 */
function showPlaying(button, name, isPlaying) {
  const pressed = String(isPlaying);
  if (button.getAttribute("aria-pressed") === pressed) return;
  button.title = isPlaying ? "stop (space)" : `play along ${name} (space)`;
  button.setAttribute("aria-label", button.title);
  button.setAttribute("aria-pressed", pressed);
  setIcon(/** @type {SVGElement} */ (button.firstElementChild), isPlaying ? "pause" : "play");
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} size of the dim
 * @param {(index: number) => boolean} isBuffered
 */
function shade(canvas, size, isBuffered) {
  const context = context2d(canvas);
  const width = Math.min(size, MOST_SHADES);
  canvas.width = width;
  context.fillStyle = getComputedStyle(canvas).color;
  for (let i = 0; i < width; i++) {
    const index = Math.floor((i * size) / width);
    if (isBuffered(index)) context.fillRect(i, 0, 1, 1);
  }
}

/**
 * How the stack is played: frames per second, mode, and what is achieved.
 * @param {{onChange: (values: Partial<import("../types.js").Playback>) => void}} handlers
 */
export function playbackControls({onChange}) {
  const [slowest, fastest] = FPS;
  const fps = numberField("frames per second", {
    min: slowest,
    max: fastest,
    step: "any",
    onchange: () => onChange({fps: Math.min(fastest, Math.max(slowest, Number(fps.value) || 10))}),
  });
  const mode = h(
    "select",
    {"aria-label": "play mode", onchange: () => onChange({mode: mode.value})},
    ...PLAY_MODES.map((name) => h("option", {value: name}, name)),
  );
  const image = icon("loop");
  const achieved = h("span", {className: "achieved"});
  const rate = h("label", {className: "rate"}, fps, " fps");
  const atEnd = h("span", {className: "at-end"}, image, mode);
  return {
    element: h("div", {className: "playback"}, achieved, rate, atEnd),
    /**
     * @param {import("../types.js").Playback} playback
     * @param {number | null} shown frames per second that are achieved
     */
    update(playback, shown) {
      write(fps, String(playback.fps));
      if (mode.value !== playback.mode || atEnd.title === "") {
        mode.value = playback.mode;
        atEnd.title = `at the end: ${playback.mode}`;
        setIcon(image, MODE_ICONS[playback.mode]);
      }
      const text = shown === null ? "" : `${shown.toFixed(shown < 10 ? 1 : 0)} shown`;
      if (achieved.textContent !== text) achieved.textContent = text;
    },
  };
}
