// The dims as controls: a row with a slider for each, and how the stack is played.

import {context2d, h} from "./dom.js";
import {FPS, PLAY_MODES} from "./limits.js";

/** Widest strip of buffered indices; of longer dims it has not one pixel for each index. */
const MOST_SHADES = 512;

/** @typedef {import("./types.js").Dim} Dim */
/** @typedef {ReturnType<typeof dimRow>} DimRow */

/**
 * A row for one dim: play, name, step back, slider, step on, index and physical value.
 * @param {Dim} dim
 * @param {{onMove: (index: number) => void, onPlay: () => void}} handlers
 */
export function dimRow(dim, {onMove, onPlay}) {
  const slider = indexInput(dim, "range", dim.name);
  const number = indexInput(dim, "number", `index of ${dim.name}`);
  slider.oninput = () => onMove(Number(slider.value));
  number.onchange = () => onMove(Number(number.value));
  number.className = "index";
  const buffer = h("canvas", {className: "buffer", width: MOST_SHADES, height: 1});
  const play = h("button", {className: "play", onclick: onPlay});
  const value = h("span", {className: "physical"});
  const stepBy = (/** @type {number} */ by) => onMove(Number(slider.value) + by);
  const element = h(
    "div",
    {className: "dim"},
    play,
    h("span", {className: "name", title: dim.name}, dim.name),
    stepButton(`previous ${dim.name}`, "‹", () => stepBy(-1)),
    h("span", {className: "track"}, buffer, slider),
    stepButton(`next ${dim.name}`, "›", () => stepBy(1)),
    h("span", {className: "place"}, number, h("span", {className: "of"}, `of 0–${dim.size - 1}`)),
    value,
  );
  return {
    element,
    /**
     * @param {number} index
     * @param {{isPlaying: boolean, label: string}} options
     */
    update(index, {isPlaying, label}) {
      for (const input of [slider, number]) if (input.value !== String(index)) input.value = String(index);
      value.textContent = label;
      slider.setAttribute("aria-valuetext", label ? `${index}, ${label}` : String(index));
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
 * @param {Dim} dim
 * @param {"range" | "number"} type
 * @param {string} label
 */
function indexInput(dim, type, label) {
  return h("input", {type, min: 0, max: dim.size - 1, step: 1, "aria-label": label});
}

/**
 * @param {string} label
 * @param {string} text
 * @param {() => void} onclick
 */
function stepButton(label, text, onclick) {
  return h("button", {className: "step", title: label, "aria-label": label, onclick}, text);
}

/**
 * @param {HTMLButtonElement} button
 * @param {string} name of the dim
 * @param {boolean} isPlaying
 */
function showPlaying(button, name, isPlaying) {
  button.textContent = isPlaying ? "❚❚" : "▶";
  button.title = isPlaying ? "stop (space)" : `play along ${name} (space)`;
  button.setAttribute("aria-label", button.title);
  button.setAttribute("aria-pressed", String(isPlaying));
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
    if (isBuffered(Math.floor((i * size) / width))) context.fillRect(i, 0, 1, 1);
  }
}

/**
 * How the stack is played: frames per second, mode, and what is achieved.
 * @param {{onChange: (values: Partial<import("./types.js").Playback>) => void}} handlers
 */
export function playbackRow({onChange}) {
  const [slowest, fastest] = FPS;
  const fps = h("input", {
    type: "number",
    min: slowest,
    max: fastest,
    step: "any",
    "aria-label": "frames per second",
    onchange: () => onChange({fps: Math.min(fastest, Math.max(slowest, Number(fps.value) || 10))}),
  });
  const mode = h(
    "select",
    {"aria-label": "play mode", onchange: () => onChange({mode: mode.value})},
    ...PLAY_MODES.map((name) => h("option", {value: name}, name)),
  );
  const achieved = h("span", {className: "achieved", role: "status"});
  return {
    element: h("div", {className: "playback"}, h("label", {}, fps, " fps"), mode, achieved),
    /**
     * @param {import("./types.js").Playback} playback
     * @param {number | null} rate frames per second that are achieved
     */
    update(playback, rate) {
      fps.value = String(playback.fps);
      mode.value = playback.mode;
      achieved.textContent = rate === null ? "" : `${rate.toFixed(rate < 10 ? 1 : 0)} shown`;
    },
  };
}
