// @ts-nocheck
// Comparing stacks: the same position and part of each, side by side or over each other.

import {CanvasPainter} from "../../browser/canvas.js";
import {compose} from "../../browser/colors.js";
import {group, h, placeAt} from "../../browser/dom.js";
import {Picture} from "../../browser/picture.js";
import {Stack} from "../../browser/stack.js";

const MODES = ["off", "side by side", "curtain", "blink", "difference"];
const BLINK_MS = 600;
const GAINS = [1, 2, 4, 8, 16];

/** From blue (the other is brighter) over white (128, the same) to red. */
const DIVERGING = Uint32Array.from({length: 256}, (_, value) => {
  const [below, above] = [Math.min(255, 2 * value), Math.min(255, 2 * (255 - value) + 1)];
  const [red, green, blue] = value < 128 ? [below, below, 255] : [255, above, above];
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
});

/** a - b for gray values, times a gain: 128 where they are the same, and rounded away from it. */
export function difference(a, b, gain) {
  return Uint8Array.from(a, (value, i) => {
    const half = Math.ceil((gain * Math.abs(value - b[i])) / 2);
    return value > b[i] ? 128 + Math.min(127, half) : 128 - Math.min(128, half);
  });
}

/** |a - b| of colors, times a gain. */
function colorDifference(a, b, gain) {
  const part = (x, y, shift) =>
    Math.min(255, gain * Math.abs(((x >> shift) & 255) - ((y >> shift) & 255))) << shift;
  return Uint32Array.from(
    a,
    (x, i) => (0xff000000 | part(x, b[i], 0) | part(x, b[i], 8) | part(x, b[i], 16)) >>> 0,
  );
}

/** Where another stack goes when one is at a position: dims of the same name go together. */
export function follow(position, stack, other, old) {
  return other.dims.map(({name, size}, d) => {
    const leading = stack.dims.findIndex((dim) => dim.name === name);
    return leading < 0 ? old[d] : Math.min(position[leading], size - 1);
  });
}

/** The state of a view, for another stack. */
function stateFor(state, stack, other, old) {
  const channels = other.channels.map(
    ({color}, i) => state.channels[i] ?? {visible: true, color, limits: [0, 255], gamma: 1},
  );
  let {projection} = state;
  const dim = projection ? other.dims.findIndex(({name}) => name === stack.dims[projection.dim].name) : -1;
  if (dim < 0 || projection.start >= other.sizes[dim]) projection = null;
  else projection = {...projection, dim, stop: Math.min(projection.stop, other.sizes[dim])};
  return {...state, position: follow(state.position, stack, other, old), channels, projection};
}

/** Another stack, its picture and its canvas. */
class Side {
  constructor(view, {description, provider}, onShown) {
    this.view = view;
    this.stack = new Stack(description);
    this.canvas = h("canvas", {className: "other", role: "img", "aria-label": description.title});
    this.caption = h("div", {className: "caption"}, description.title);
    this.position = this.stack.dims.map(() => 0);
    this.picture = new Picture({
      stack: this.stack,
      colormaps: view.colormaps,
      provider,
      onShown: (shown, error) => {
        this.caption.textContent = error ? error.message : description.title;
        onShown(shown);
      },
      onFrames() {},
      onProgress() {},
    });
  }

  /** Go where the view goes. */
  show(state, ahead) {
    this.picture.painter ??= new CanvasPainter(this.canvas, this.view.viewport, this.stack);
    const own = stateFor(state, this.view.stack, this.stack, this.position);
    this.position = own.position;
    this.picture.show(
      own,
      ahead.map((position) => follow(position, this.view.stack, this.stack, own.position)),
    );
  }
}

/** A group of controls, and the other pictures over the stage. The settings are `{mode, other, at, gain}`. */
export function compareTool(view, others) {
  const sides = others.map((other) => new Side(view, other, () => onShown()));
  const option = (text, value = text) => h("option", {value}, text);
  let settings = check(view.state.tools.compare);
  let blinkTimer = null;

  const mode = h(
    "select",
    {"aria-label": "compare", onchange: () => choose({mode: mode.value})},
    ...MODES.map((name) => option(name)),
  );
  const other = h(
    "select",
    {"aria-label": "compare with", onchange: () => choose({other: Number(other.value)})},
    ...sides.map(({stack}, i) => option(stack.title, i)),
  );
  const gain = h(
    "select",
    {"aria-label": "gain of the difference", onchange: () => choose({gain: Number(gain.value)})},
    ...GAINS.map((by) => option(`× ${by}`, by)),
  );
  const gainRow = h("label", {className: "row"}, "Gain", gain);
  const note = h("div", {className: "note", role: "status"});
  const handle = h("div", {className: "curtain", role: "slider", tabIndex: 0, "aria-label": "curtain"});
  const caption = h("div", {className: "caption"}, view.stack.title);
  const overlay = h(
    "div",
    {className: "compare", hidden: true},
    ...sides.flatMap((side) => [side.canvas, side.caption]),
    caption,
    handle,
  );

  handle.onpointerdown = (event) => handle.setPointerCapture(event.pointerId);
  handle.onpointermove = (event) => {
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const {left} = view.stage.getBoundingClientRect();
    const {picture} = view.viewport;
    choose({
      at: Math.min(1, Math.max(0, (event.clientX - left - picture.left) / (picture.right - picture.left))),
    });
  };
  handle.onkeydown = (event) => {
    const step = {ArrowLeft: -0.02, ArrowRight: 0.02}[event.key];
    if (step) choose({at: Math.min(1, Math.max(0, settings.at + step))});
    if (step) event.stopPropagation();
  };
  for (const {canvas} of sides) {
    canvas.onwheel = (event) => {
      event.preventDefault();
      const {left, top} = canvas.getBoundingClientRect();
      const {box} = view.viewport;
      view.viewport.zoomAt(
        1.2 ** -Math.sign(event.deltaY),
        event.clientX - left + box.left,
        event.clientY - top + box.top,
      );
    };
    canvas.onpointerdown = (event) => canvas.setPointerCapture(event.pointerId);
    canvas.onpointermove = (event) =>
      canvas.hasPointerCapture(event.pointerId) && view.viewport.pan(event.movementX, event.movementY);
  }

  function check(value) {
    const {mode: name = "off", other: i = 0, at = 0.5, gain: by = 1} = value ?? {};
    return {
      mode: MODES.includes(name) ? name : "off",
      other: sides[i] ? i : 0,
      at: at >= 0 && at <= 1 ? at : 0.5,
      gain: GAINS.includes(by) ? by : 1,
    };
  }

  function choose(changed) {
    const chosen = {...settings, ...changed};
    if (chosen.mode === "side by side") view.setTool("ortho", null); // both need the room
    view.setTool("compare", chosen.mode === "off" ? null : chosen);
  }

  /** The sides that are seen. */
  const active = () => {
    if (settings.mode === "off") return [];
    return settings.mode === "side by side" ? sides : [sides[settings.other]];
  };

  function update(state) {
    const was = settings.mode;
    settings = check(state.tools.compare);
    mode.value = settings.mode;
    other.value = settings.other;
    gain.value = settings.gain;
    other.hidden = sides.length < 2 || ["off", "side by side"].includes(settings.mode);
    gainRow.hidden = settings.mode !== "difference";
    overlay.hidden = settings.mode === "off";
    overlay.dataset.mode = settings.mode;
    note.textContent = "";
    if (was !== settings.mode) reserve();
    clearInterval(blinkTimer);
    blinkTimer =
      settings.mode === "blink" ? setInterval(() => overlay.classList.toggle("blinked"), BLINK_MS) : null;
    for (const side of active()) side.show(state, view.ahead());
    layout();
    if (settings.mode === "difference") onShown();
  }

  function reserve() {
    const n = settings.mode === "side by side" ? sides.length : 0;
    if (n || !view.state.tools.ortho) view.figureSlot.style.right = n ? `${(100 * n) / (n + 1)}%` : "";
  }

  function layout() {
    if (settings.mode === "off" || !view.viewport) return;
    const {box, picture} = view.viewport;
    const seen = active();
    const [left, right] = [picture.left + 8, view.stage.offsetWidth - picture.right + 8];
    const bottom = view.stage.offsetHeight - picture.bottom + 8;
    const curtain = picture.left + settings.at * (picture.right - picture.left);
    const isCurtain = settings.mode === "curtain";
    for (const {canvas, caption: text} of sides) canvas.hidden = text.hidden = true;
    seen.forEach(({canvas, caption: text}, i) => {
      const shift = settings.mode === "side by side" ? (i + 1) * view.figureSlot.offsetWidth : 0;
      canvas.hidden = text.hidden = false;
      placeAt(canvas, box.left + shift, box.top, box.width, box.height);
      canvas.style.clipPath = isCurtain ? `inset(0 0 0 ${curtain - box.left}px)` : "";
      const corner = isCurtain
        ? {left: "auto", right: `${right}px`, top: `${picture.top + 8}px`, bottom: "auto"}
        : {left: `${left + shift}px`, right: "auto", top: "auto", bottom: `${bottom}px`};
      Object.assign(text.style, corner);
    });
    Object.assign(caption.style, {left: `${left}px`, bottom: `${bottom}px`});
    caption.hidden = settings.mode === "difference";
    handle.hidden = !isCurtain;
    placeAt(handle, curtain, picture.top, 1, picture.bottom - picture.top);
    handle.setAttribute("aria-valuenow", Math.round(100 * settings.at));
  }

  /** Frames of both have to be there, and at positions that belong together. */
  function onShown() {
    if (settings.mode !== "difference") return;
    const side = sides[settings.other];
    const [mine, its] = [view.picture.painter?.painted, side.picture.painter?.painted];
    if (!mine || !its) return;
    const isSamePlace =
      side.picture.shown.position.join() ===
      follow(view.picture.shown.position, view.stack, side.stack, side.position).join();
    if (!isSamePlace) return;
    if (mine.target.key !== its.target.key || view.stack.color !== side.stack.color) {
      note.textContent = "Frames of different sizes have no difference: compare them side by side";
      return side.picture.painter.clear();
    }
    side.picture.painter.draw(colorsOf(mine.layers, its.layers), its.target);
    side.caption.textContent = `${view.stack.title} − ${side.stack.title}`;
    note.textContent = isGray(mine, its)
      ? `Red: ${view.stack.title} is brighter; blue: ${side.stack.title}; white: the same`
      : "";
  }

  const isGray = (mine, its) => !view.stack.color && mine.layers.length === 1 && its.layers.length === 1;

  function colorsOf(mine, its) {
    if (isGray({layers: mine}, {layers: its}))
      return Uint32Array.from(
        difference(mine[0].plane, its[0].plane, settings.gain),
        (value) => DIVERGING[value],
      );
    const [a, b] = [mine, its].map((layers) => compose(layers, layers[0].plane.length, view.stack.color));
    return colorDifference(a, b, settings.gain);
  }

  return {
    name: "compare",
    element: group("Compare", mode, other, gainRow, note),
    overlay,
    update,
    onShown,
    layout() {
      if (settings.mode === "off") return;
      reserve();
      layout();
      for (const side of active()) if (side.picture.painter) side.picture.repaint();
    },
    /** What the others hold at a pixel. */
    read(x, y) {
      return active().map(({stack, picture}) => {
        const values = x < stack.width && y < stack.height ? picture.valuesAt(x, y) : [];
        const text = values.map(({value}) =>
          value === null ? "…" : stack.color ? value.join(" ") : value[0],
        );
        return `${stack.title} ${text.join(", ") || "–"}`;
      });
    },
  };
}
