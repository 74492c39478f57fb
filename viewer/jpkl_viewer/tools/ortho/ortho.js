// Orthogonal views: a dim against x and against y, beside the picture, with a crosshair through all three.

import {h} from "../../browser/base/dom.js";
import {format, physical} from "../../browser/base/numbers.js";
import {INSET} from "../../browser/state/scale_bar.js";
import {colorKey} from "../../browser/state/settings.js";
import {colorPictures} from "../../browser/pixels/planes.js";
import {choice, dimChoice, numberField, status, write} from "../../browser/page/fields.js";
import {addTool, clampIndex, firstDim, impossible, scrubbableButChannel} from "../../browser/tool.js";
import {Crosshair, onDrag} from "./crosshair.js";
import {Cuts} from "./cuts.js";
import {
  GAP,
  SLAB_METHODS,
  THICKEST_SLAB,
  centered,
  clampToFrame,
  depthOf,
  indexAt,
  layOut,
  pixelAt,
  planeName,
  readSettings,
  remark,
  slabAround,
  slabOf,
  slabProjection,
  spacingOf,
  stepOf,
  thickness,
} from "./layout.js";
import {Pane} from "./pane.js";

/** @typedef {import("../../browser/frames/asks.js").Asks} Asks */
/** @typedef {import("../../browser/tool.js").ToolHost} ToolHost */
/** @typedef {import("../../browser/types.js").State} State */
/** @typedef {import("./layout.js").Depth} Depth */
/** @typedef {import("./layout.js").OrthoSettings} OrthoSettings */
/** @typedef {import("./cuts.js").Answer} Answer */
/** @typedef {import("./cuts.js").Cut} Cut */

const HINT = "Drag a ring to move both lines";

/**
 * The settings are `OrthoSettings`.
 * @param {ToolHost} view
 * @returns {import("../../browser/tool.js").Tool | null}
 */
export function orthoTool(view) {
  const {stack, asks} = view;
  if (!asks) return null;
  const dims = scrubbableButChannel(stack);
  if (!dims.length) return impossible("ortho", "Ortho", "ortho", "Needs a z or time axis");
  return new OrthogonalViews(view, asks, dims);
}

addTool(orthoTool);

/** A view: its settings, and what is laid over the stage. */
class OrthogonalViews {
  name = "ortho";
  /** @type {OrthoSettings | null} */
  #settings = null;
  /** @type {OrthoSettings} those that it had last */
  #last;
  /** What was asked for last, and of which frames. @type {{volume: string, keys: string} | null} */
  #asked = null;
  #cuts = new Cuts();
  /** What the views against x and y show along the dim. @type {Depth[]} */
  #depths = [];

  /**
   * @param {ToolHost} view
   * @param {Asks} asks
   * @param {number[]} dims that can be cut along
   */
  constructor(view, asks, dims) {
    this.view = view;
    this.asks = asks;
    this.dims = dims;
    const {stack} = view;
    this.#last = centered(firstDim(stack.dims, dims, dims[0]), stack);
    this.dim = dimChoice("orthogonal views", stack.dims, dims, (dim) => this.#choose({dim}));
    this.depth = choice(
      "depth scale",
      [
        ["true", "true"],
        ["whole", "all in view"],
      ],
      (depth) => this.#choose({depth}),
    );
    this.depthRow = h("label", {}, "Depth scale", this.depth);
    this.slab = numberField("thickness of the slab", {
      min: 1,
      max: THICKEST_SLAB,
      step: 2,
      title: "In pixel widths; 1 is a single slice",
      onchange: () =>
        this.#choose({slab: 2 * Math.floor(clampIndex(this.slab.value, THICKEST_SLAB) / 2) + 1}),
    });
    this.method = choice(
      "projection of the slab",
      SLAB_METHODS.map((method) => [method, method]),
      (method) => this.#choose({method}),
    );
    this.note = status();
    this.asView = {
      text: "Ortho",
      icon: "ortho",
      isUpright: true,
      bar: [
        h("label", {}, "Slices along", this.dim),
        this.depthRow,
        h("label", {}, "Slab", this.slab, "px"),
        this.method,
        this.note,
      ],
      isOn: (/** @type {State} */ state) => readSettings(state.tools.ortho, dims, stack) !== null,
      open: () => this.#choose({}),
      close: () => this.#set(null),
    };
    this.panes = [new Pane("x"), new Pane("y")];
    this.plane = h("div", {className: "plane"}, "XY");
    this.at = h("div", {className: "cross-at"});
    this.crosshair = new Crosshair((places, isBelow) => this.#drag(places, isBelow));
    const canvases = this.panes.map(({canvas}) => canvas);
    const corners = this.panes.flatMap(({inCorners}) => inCorners);
    const parts = [...canvases, ...this.crosshair.elements, ...corners, this.plane, this.at];
    this.overlay = h("div", {className: "ortho", hidden: true}, ...parts);
    this.panes.forEach((pane) => this.#listen(pane));
  }

  /** @param {Partial<OrthoSettings>} changed */
  #choose(changed) {
    this.#set({...(this.#settings ?? this.#last), ...changed});
  }

  /**
   * Of a slab the picture shows the frames that are in it: as the views beside it, it is as thick.
   * @param {OrthoSettings | null} settings null to close the view
   */
  #set(settings) {
    const {stack, state} = this.view;
    const {ortho: _, ...others} = state.tools;
    if (!settings) return this.view.change({tools: others, projection: null});
    const projection = slabProjection(settings, stack.sizes[settings.dim], this.#spacing(settings.dim));
    this.view.change({tools: {...others, ortho: settings}, projection});
  }

  /**
   * The slab as thick as its band on the slider, whose ends were dragged; null where it is so.
   * @param {State} state
   * @returns {OrthoSettings | null}
   */
  #dragged({projection, tools}) {
    const {stack} = this.view;
    const settings = readSettings(tools.ortho, this.dims, stack);
    if (!settings || projection?.around === undefined || projection.dim !== settings.dim) return null;
    const spacing = this.#spacing(settings.dim);
    const own = slabProjection(settings, stack.sizes[settings.dim], spacing)?.around ?? 0;
    return own === projection.around ? null : {...settings, slab: slabAround(projection.around, spacing)};
  }

  /** @param {State} state */
  update(state) {
    const dragged = this.#dragged(state);
    if (dragged) return this.#set(dragged);
    const was = this.#settings;
    this.#settings = readSettings(state.tools.ortho, this.dims, this.view.stack);
    if (this.#settings) this.#last = this.#settings;
    this.#updateControls(this.#last);
    this.overlay.hidden = !this.#settings;
    if (was?.dim !== this.#settings?.dim) {
      this.#depths = [];
      this.#reserve();
    }
    if (this.#settings) {
      this.#ask(state, this.#settings);
      this.#draw();
    } else {
      this.#asked = null;
      this.#cuts = new Cuts();
      this.#say("");
    }
  }

  /** @param {OrthoSettings} settings */
  #updateControls({dim, depth, ...settings}) {
    const {dims} = this.view.stack;
    const {half, method} = slabOf(settings);
    write(this.slab, String(2 * half + 1));
    this.method.value = method;
    this.method.hidden = half === 0;
    this.dim.value = String(dim);
    this.depthRow.hidden = this.#spacing(dim) === null;
    this.depth.options[0].text = `true, every ${format(stepOf(dims[dim]) ?? 0)} ${dims[dim].unit}`;
    this.depth.value = depth === "whole" ? "whole" : "true";
  }

  /** @param {number} dim */
  #spacing(dim) {
    const {stack} = this.view;
    return spacingOf(stack.dims[dim], stack);
  }

  layout() {
    if (!this.#settings) return;
    this.#reserve();
    this.#draw();
  }

  /**
   * A click on the picture moves the crosshair there.
   * @param {number} x
   * @param {number} y
   */
  onClick(x, y) {
    this.#moveTo(clampToFrame(x, y, this.view.stack));
  }

  /**
   * A press in a view moves the crosshair there; the wheel zooms as over the picture, where the crosshair is.
   * @param {Pane} pane
   */
  #listen({canvas, isBelow}) {
    onDrag(canvas, (x, y) => this.#drag(isBelow ? {x, index: y} : {y, index: x}, isBelow));
    canvas.onwheel = (event) => {
      const {stage, viewport, figureSlot} = this.view;
      const {x, y} = this.#settings ?? this.#last;
      const {left, top} = stage.getBoundingClientRect();
      const [sx, sy] = viewport.toStage(x, y);
      const {deltaMode, deltaY, ctrlKey, metaKey} = event; // in this order: see `wheelFactor`
      const place = {
        clientX: isBelow ? event.clientX : left + sx,
        clientY: isBelow ? top + sy : event.clientY,
      };
      const same = {deltaY, deltaMode, ctrlKey, metaKey, bubbles: true, cancelable: true};
      event.stopPropagation();
      if (!figureSlot.dispatchEvent(new WheelEvent("wheel", {...same, ...place}))) event.preventDefault();
    };
  }

  /**
   * @param {import("./crosshair.js").Places} places on the stage; what stays is left out
   * @param {boolean} isBelow whether the index is that in the view against x
   */
  #drag({x, y, index}, isBelow) {
    const {viewport, stack} = this.view;
    const settings = this.#settings;
    if (!settings || !this.#depths.length) return;
    const pixel = pixelAt(x ?? 0, y ?? 0, viewport, stack);
    const {offsetTop, offsetLeft} = this.panes[isBelow ? 0 : 1].canvas;
    const n = stack.sizes[settings.dim];
    const depth = this.#depths[isBelow ? 0 : 1];
    this.#moveTo({
      ...(x === undefined ? {} : {x: pixel.x}),
      ...(y === undefined ? {} : {y: pixel.y}),
      ...(index === undefined ? {} : {index: indexAt(index - (isBelow ? offsetTop : offsetLeft), depth, n)}),
    });
  }

  /** @param {{x?: number, y?: number, index?: number}} place what stays is left out */
  #moveTo({index, ...cross}) {
    const settings = this.#settings;
    if (!settings) return;
    const {x, y} = {...settings, ...cross};
    if (x !== settings.x || y !== settings.y) this.view.setTool("ortho", {...settings, x, y});
    if (index !== undefined) this.view.move(settings.dim, index);
  }

  /**
   * Ask for the views that are not there: a line that is moved changes one of them alone.
   * @param {State} state
   * @param {OrthoSettings} settings
   */
  #ask(state, {dim, x, y, ...settings}) {
    const {stack, picture} = this.view;
    const layers = picture.layersAt(state.position, state);
    const positions = layers.map(({position}) => stack.at(position, dim, 0));
    const {half, method} = slabOf(settings);
    const volume = JSON.stringify([positions, dim]);
    const keys = [y, x].map((at) => `${volume} ${at} ${half} ${method}`);
    const isSameVolume = volume === this.#asked?.volume;
    if (isSameVolume && keys.join() === this.#asked?.keys) return;
    this.#asked = {volume, keys: keys.join()};
    const {against, take} = this.#cuts.wanting(keys);
    this.asks.ask(
      "reslice",
      {what: "reslice", positions, dim, x, y, half, method, against},
      {
        replace: !isSameVolume,
        /** @param {Answer} answer */
        onAnswer: (answer) => {
          take(answer, layers);
          this.#say(remark(stack.dims[dim].name, this.#spacing(dim), answer.scale) || HINT);
          this.#draw();
        },
        onProgress: (done, total) => this.#say(`Reading ${done} of ${total} frames …`),
        onError: (error) => {
          this.#cuts.clear(); // those that are shown are of another place
          this.#draw();
          this.#say(error);
        },
      },
    );
  }

  /** @param {string} text */
  #say(text) {
    this.note.textContent = text;
  }

  /** Make room beside the picture. */
  #reserve() {
    const {figure} = this.view;
    if (!this.#settings) return figure.reserve(this.name, null);
    const [right, bottom] = this.#thickness(this.#settings);
    const {dim} = this.#settings;
    figure.reserve(this.name, {layout: `along ${dim}`, right: right + GAP, bottom: bottom + GAP});
  }

  /** @param {OrthoSettings} settings */
  #thickness({dim}) {
    const {stack, stage} = this.view;
    const room = {width: stage.offsetWidth, height: stage.offsetHeight};
    return thickness(stack.sizes[dim], this.#spacing(dim), stack, room);
  }

  /**
   * @param {OrthoSettings} settings
   * @param {number} index where the crosshair is
   */
  #updateDepths({dim, depth, ...settings}, index) {
    const {stack, viewport} = this.view;
    const spacing = depth === "whole" ? null : this.#spacing(dim);
    const per = spacing === null ? null : spacing * viewport.scale;
    const [right, bottom] = this.#thickness({dim, ...settings});
    this.#depths = [bottom, right].map((room, i) =>
      depthOf(room, per, stack.sizes[dim], index, this.#depths[i] ?? null),
    );
  }

  /** Lay out and draw all again: the figure shows another part, or the colors have changed. */
  #draw() {
    const {stack, viewport, state} = this.view;
    const settings = this.#settings;
    if (!settings || !viewport.isOpen) return;
    const {dim, x, y} = settings;
    const index = state.position[dim];
    this.#updateDepths(settings, index);
    const {width, height, aspect, sizes} = stack;
    const frame = {width, height, aspect, frames: sizes[dim]};
    const layout = layOut(viewport, frame, this.#depths, {x, y, index});
    this.#drawPanes(layout, dim);
    this.crosshair.place(layout);
    this.#label(layout, settings, index);
  }

  /**
   * @param {import("./layout.js").Layout} layout
   * @param {number} dim
   */
  #drawPanes({views}, dim) {
    const {stack, stage, state} = this.view;
    const {unit} = stack.dims[dim];
    const step = stepOf(stack.dims[dim]);
    views.forEach(({box, image}, i) => {
      const {per} = this.#depths[i];
      const cut = this.#cuts.at(i);
      // Those of other frames are not to be taken for those asked for.
      const isStale = cut !== null && !cut.key.startsWith(`${this.#asked?.volume} `);
      this.panes[i].canvas.classList.toggle("stale", isStale);
      const along = step ? {perUnit: per / step, unit: unit || "units"} : {perUnit: per, unit: "frames"};
      this.panes[i].place(box, along, stage);
      this.panes[i].paint(this.#color(cut), box, image, [stack.width, stack.height][i], state.smooth);
    });
  }

  /**
   * A view in colors, which change more rarely than what lies over it.
   * @param {Cut | null} cut
   */
  #color(cut) {
    if (!cut?.pictures.length) return null;
    const {picture, state} = this.view;
    const key = colorKey(state);
    if (cut.colored?.key !== key)
      cut.colored = {image: colorPictures(cut.pictures, cut.layers, picture, state), key};
    return cut.colored.image;
  }

  /**
   * Say what each view is, and where the crosshair is.
   * @param {import("./layout.js").Layout} layout
   * @param {OrthoSettings} settings
   * @param {number} index
   */
  #label({views}, {dim, x, y}, index) {
    const {stack, viewport} = this.view;
    const {name} = stack.dims[dim];
    ["x", "y"].forEach((axis, i) => {
      this.panes[i].name.textContent = planeName(axis, name);
      this.panes[i].canvas.setAttribute(
        "aria-label",
        `${name} against ${axis} at ${i ? `x ${x}` : `y ${y}`}`,
      );
    });
    const {left, bottom} = viewport.picture;
    const {corners, stage, state} = this.view;
    Object.assign(this.plane.style, {
      left: `${left + INSET}px`,
      bottom: `${stage.offsetHeight - bottom + INSET + corners.taken("bottom left")}px`,
    });
    for (const name of [this.plane, ...this.panes.map((pane) => pane.name)]) name.hidden = !state.names;
    const [[, top], [side]] = views.map(({box}) => box);
    Object.assign(this.at.style, {left: `${side}px`, top: `${top}px`});
    this.at.textContent = `x ${x}\ny ${y}\n${name} ${physical(stack.dims[dim], index) || index}`;
  }
}
