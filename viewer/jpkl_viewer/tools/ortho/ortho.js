// @ts-nocheck
// Orthogonal views: a dim against x and against y, beside the picture, with a crosshair through all three.

import {group, h, placeAt} from "../../browser/dom.js";
import {colorPictures} from "../../browser/planes.js";

/** Least thickness of a view in screen pixels, and its most as a share of the stage. */
const THINNEST = 80;
const THICKEST = 0.33;
const GAP = 6;

/** A group of controls, and what is laid over the stage. The settings are `{dim, x, y}`. */
export function orthoTool(view) {
  const {stack} = view;
  const dims = stack.dims.flatMap((dim, d) => (dim.size > 1 && d !== stack.channelDim ? [d] : []));
  let asked = null; // what was asked for last, as text
  let answer = null; // what was answered last, with the layers that it is of
  let settings = null;

  const select = h(
    "select",
    {"aria-label": "orthogonal views", onchange: () => choose(select.value)},
    h("option", {value: ""}, "off"),
    ...dims.map((d) => h("option", {value: d}, `${stack.dims[d].name} against x and y`)),
  );
  const note = h("div", {className: "note", role: "status"});
  const views = ["x", "y"].map((axis) => h("canvas", {className: `reslice against-${axis}`, role: "img"}));
  const lines = ["x", "y", "dim-x", "dim-y"].map((name) => h("div", {className: `crosshair ${name}`}));
  const overlay = h("div", {className: "ortho", hidden: true}, ...views, ...lines);

  const [againstX, againstY] = views;
  const share = (place, start, length) => indexAt((place - start) / length);
  drag(againstX, (sx, sy) =>
    moveTo({x: xAt(sx), index: share(sy, againstX.offsetTop, againstX.offsetHeight)}),
  );
  drag(againstY, (sx, sy) =>
    moveTo({y: yAt(sy), index: share(sx, againstY.offsetLeft, againstY.offsetWidth)}),
  );
  drag(lines[0], (sx) => moveTo({x: xAt(sx)}));
  drag(lines[1], (_, sy) => moveTo({y: yAt(sy)}));

  function choose(dim) {
    const middle = (size) => Math.floor(size / 2);
    if (dim !== "") view.setTool("compare", null); // both need the room
    view.setTool(
      "ortho",
      dim === "" ? null : {dim: Number(dim), x: middle(stack.width), y: middle(stack.height)},
    );
  }

  const within = (value, size) => Math.min(size - 1, Math.max(0, value));
  /** Column and row of the frame under a place on the stage. */
  const xAt = (sx) =>
    within(
      Math.round(view.viewport.ranges[0].min + (sx - view.viewport.box.left) / view.viewport.scale),
      stack.width,
    );
  const yAt = (sy) =>
    within(
      Math.round(view.viewport.ranges[1].min + (sy - view.viewport.box.top) / view.viewport.scale),
      stack.height,
    );
  const indexAt = (share) => within(Math.floor(share * stack.sizes[settings.dim]), stack.sizes[settings.dim]);

  function moveTo({x = settings.x, y = settings.y, index}) {
    if (x !== settings.x || y !== settings.y) view.setTool("ortho", {...settings, x, y});
    if (index !== undefined) view.move(settings.dim, index);
  }

  /** Of what the link says, only what this stack has. */
  function check(value) {
    const isIndex = (number, size) => Number.isInteger(number) && number >= 0 && number < size;
    const isValid =
      value && dims.includes(value.dim) && isIndex(value.x, stack.width) && isIndex(value.y, stack.height);
    return isValid ? value : null;
  }

  function update(state) {
    const was = settings;
    settings = check(state.tools.ortho);
    select.value = settings?.dim ?? "";
    overlay.hidden = !settings;
    if (Boolean(was) !== Boolean(settings) || was?.dim !== settings?.dim) reserve();
    if (!settings) {
      asked = answer = null;
      note.textContent = "";
      return;
    }
    ask(state);
    draw();
  }

  function ask(state) {
    const layers = view.picture.layersAt(state.position, state);
    const {dim, x, y} = settings;
    const positions = layers.map(({position}) => stack.at(position, dim, 0));
    const key = JSON.stringify([positions, dim, x, y]);
    if (key === asked) return;
    const isOtherVolume =
      !asked || JSON.stringify(JSON.parse(asked).slice(0, 2)) !== JSON.stringify([positions, dim]);
    asked = key;
    view.asks.ask(
      "reslice",
      {what: "reslice", positions, dim, x, y},
      {
        replace: isOtherVolume,
        onAnswer(found) {
          answer = {...found, dim, layers};
          tell();
          draw();
        },
        onProgress: (done, total) => (note.textContent = `Reading ${done} of ${total} frames …`),
        onError: (error) => (note.textContent = error),
      },
    );
  }

  function tell() {
    const parts = [];
    if (!answer.spacing) parts.push(`${stack.dims[answer.dim].name} is not to scale`);
    if (answer.scale > 1) parts.push(`shown at 1/${answer.scale} of the size`);
    note.textContent = parts.join("; ");
  }

  /** Make room beside the picture. */
  function reserve() {
    const {style} = view.figureSlot;
    const [right, bottom] = settings ? thickness() : [0, 0];
    style.right = `${right && right + GAP}px`;
    style.bottom = `${bottom && bottom + GAP}px`;
  }

  /** Width of the view against y and height of that against x. */
  function thickness() {
    const {offsetWidth, offsetHeight} = view.stage;
    const scale = Math.min(offsetWidth / stack.width, offsetHeight / stack.height);
    const [dy, dx] = answer?.spacing ?? [1, 1];
    const natural = (size) => stack.sizes[settings.dim] * size * scale;
    const fit = (length, room) => Math.round(Math.min(THICKEST * room, Math.max(THINNEST, length)));
    return [fit(natural(dx), offsetWidth), fit(natural(dy), offsetHeight)];
  }

  /** Lay out and draw all again: the figure shows another part, or the colors have changed. */
  function draw() {
    if (!settings || !view.viewport) return;
    const {box, scale, ranges, picture} = view.viewport;
    const [width, height] = thickness();
    // Right beside the picture where there is room, else beside the figure.
    const beside = (edge, size, end, slot) => (edge + GAP + size <= end ? edge + GAP : slot);
    const left = beside(picture.right, width, box.left + box.width, view.figureSlot.offsetWidth);
    const top = beside(picture.bottom, height, box.top + box.height, view.figureSlot.offsetHeight);
    const seen = {width: picture.right - picture.left, height: picture.bottom - picture.top};
    placeAt(againstX, picture.left, top, seen.width, height);
    placeAt(againstY, left, picture.top, width, seen.height);
    // Where the frame's own edges are, on the stage.
    const [x0, y0] = [box.left + (-0.5 - ranges[0].min) * scale, box.top + (-0.5 - ranges[1].min) * scale];
    paint(againstX, answer?.againstX, x0 - picture.left, 0, stack.width * scale, height);
    paint(againstY, answer?.againstY, 0, y0 - picture.top, width, stack.height * scale);
    const dim = (view.state.position[settings.dim] + 0.5) / stack.sizes[settings.dim];
    const [x, y] = [x0 + (settings.x + 0.5) * scale, y0 + (settings.y + 0.5) * scale];
    line(lines[0], x >= picture.left && x < picture.right, x, picture.top, 1, top + height - picture.top);
    line(lines[1], y >= picture.top && y < picture.bottom, picture.left, y, left + width - picture.left, 1);
    line(lines[2], true, picture.left, top + dim * height, seen.width, 1);
    line(lines[3], true, left + dim * width, picture.top, 1, seen.height);
    const {name} = stack.dims[settings.dim];
    againstX.setAttribute("aria-label", `${name} against x at y ${settings.y}`);
    againstY.setAttribute("aria-label", `${name} against y at x ${settings.x}`);
  }

  function paint(canvas, pictures, left, top, width, height) {
    const ratio = window.devicePixelRatio;
    Object.assign(canvas, {
      width: Math.round(canvas.offsetWidth * ratio),
      height: Math.round(canvas.offsetHeight * ratio),
    });
    if (!pictures?.length) return;
    const image = colorPictures(pictures, answer.layers, view.picture, view.state);
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(image, left * ratio, top * ratio, width * ratio, height * ratio);
  }

  return {
    name: "ortho",
    element: dims.length ? group("Orthogonal views", select, note) : null,
    overlay,
    update,
    layout() {
      if (settings) reserve();
      draw();
    },
    /** A click on the picture moves the crosshair there. */
    onClick(x, y) {
      if (settings) moveTo({x: within(x, stack.width), y: within(y, stack.height)});
    },
  };
}

function line(element, isVisible, ...box) {
  element.hidden = !isVisible;
  placeAt(element, ...box);
}

/** Calls `use(x, y)`, a place on the stage, while an element on it is dragged or pressed. */
function drag(element, use) {
  const call = (event) => {
    const {left, top} = element.offsetParent.getBoundingClientRect();
    use(event.clientX - left, event.clientY - top);
  };
  element.onpointerdown = (event) => {
    element.setPointerCapture(event.pointerId);
    call(event);
    event.preventDefault();
  };
  element.onpointermove = (event) => element.hasPointerCapture(event.pointerId) && call(event);
}
