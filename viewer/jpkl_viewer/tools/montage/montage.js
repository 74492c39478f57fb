// @ts-nocheck
// Many frames along a dim at once: a filmstrip below the picture, or a montage in its place.

import {group, h} from "../../browser/dom.js";
import {colorPictures} from "../../browser/planes.js";

const STRIP_HEIGHT = 76;
/** A cell of a montage is not smaller: rather, frames are left out. */
const LEAST_CELL = 84;
const CELL_GAP = 2;

/** `2nd`, `13th`. */
function ordinal(n) {
  const ending = Math.floor(n / 10) % 10 === 1 ? undefined : {1: "st", 2: "nd", 3: "rd"}[n % 10];
  return `${n}${ending ?? "th"}`;
}

/** A group of controls, the strip below the stage and the montage over it. The settings are `{mode, dim}`. */
export function montageTool(view) {
  const {stack} = view;
  const dims = stack.dims.flatMap((dim, d) => (dim.size > 1 && d !== stack.channelDim ? [d] : []));
  let settings = null;
  let asked = null; // what was asked for last, as text
  let answer = null; // what was answered last, with the layers that it is of
  let answered = null; // what that was asked for as
  let image = null; // the answer in colors, under the key of these
  let imageKey = null;
  let scale = 1; // screen pixels per pixel of the montage

  const option = (value, text = value) => h("option", {value}, text);
  const change = () => choose(mode.value, Number(dim.value));
  const mode = h(
    "select",
    {"aria-label": "many frames", onchange: change},
    option("", "off"),
    option("filmstrip"),
    option("montage"),
  );
  const dim = h(
    "select",
    {"aria-label": "dim of the montage", onchange: change},
    ...dims.map((d) => option(d, stack.dims[d].name)),
  );
  const note = h("div", {className: "note", role: "status"});
  const canvas = (kind) =>
    h("canvas", {className: kind, tabIndex: 0, role: "img", title: "click a frame to go there"});
  const [strip, sheet] = [canvas("filmstrip"), canvas("montage")];
  const said = h("div", {className: "said"}); // the note, where the eye is
  const overlay = h("div", {className: "sheet", hidden: true}, sheet, said);
  strip.hidden = true;
  for (const element of [strip, sheet]) element.onclick = (event) => goTo(event, element);
  overlay.onkeydown = (event) => event.key === "Escape" && choose("", settings.dim);
  if (dims.length) dim.value = dims.includes(view.state.playback.dim) ? view.state.playback.dim : dims[0];

  function choose(name, along) {
    view.setTool("montage", name ? {mode: name, dim: along} : null);
    if (name === "montage") sheet.focus();
  }

  function check(value) {
    return value && ["filmstrip", "montage"].includes(value.mode) && dims.includes(value.dim) ? value : null;
  }

  function update(state) {
    settings = check(state.tools.montage);
    mode.value = settings?.mode ?? "";
    if (settings) dim.value = settings.dim;
    overlay.hidden = settings?.mode !== "montage";
    strip.hidden = settings?.mode !== "filmstrip";
    if (!settings) {
      asked = answer = answered = null;
      say("");
      return;
    }
    ask(state);
    draw();
  }

  function say(text, isNews = true) {
    note.textContent = text;
    said.textContent = isNews ? text : "";
  }

  /** How many columns of cells of which size, and every how manieth frame, fill the room. */
  function arrange() {
    const size = stack.sizes[settings.dim];
    const aspect = stack.width / stack.height;
    const ratio = window.devicePixelRatio;
    if (settings.mode === "filmstrip") {
      const width = STRIP_HEIGHT * aspect;
      const columns = Math.max(1, Math.min(size, Math.floor(view.stage.offsetWidth / (width + CELL_GAP))));
      const every = Math.ceil(size / columns);
      return {
        columns: Math.ceil(size / every),
        every,
        cell: Math.ceil(Math.max(STRIP_HEIGHT, width) * ratio),
      };
    }
    const [roomX, roomY] = [view.stage.offsetWidth - 16, view.stage.offsetHeight - 16];
    for (let every = 1; ; every++) {
      const n = Math.ceil(size / every);
      const best = Array.from({length: n}, (_, i) => {
        const height = Math.min(
          (roomX / (i + 1) - CELL_GAP) / aspect,
          roomY / Math.ceil(n / (i + 1)) - CELL_GAP,
        );
        return {columns: i + 1, height};
      }).reduce((a, b) => (b.height > a.height ? b : a));
      const cell = Math.max(best.height, best.height * aspect);
      if (cell >= LEAST_CELL || n === 1)
        return {columns: best.columns, every, cell: Math.max(1, Math.ceil(cell * ratio))};
    }
  }

  function ask(state) {
    if (!view.stage.offsetWidth) return;
    const layers = view.picture.layersAt(state.position, state);
    const positions = layers.map(({position}) => stack.at(position, settings.dim, 0));
    const request = {what: "montage", positions, dim: settings.dim, ...arrange()};
    const key = JSON.stringify(request);
    // Frames of another position are not to be taken for those asked for.
    for (const element of [strip, sheet]) element.classList.toggle("stale", key !== answered);
    if (key === asked) return;
    asked = key;
    if (!layers.length) {
      view.asks.cancel("montage");
      return say("All channels are hidden");
    }
    view.asks.ask("montage", request, {
      replace: true,
      onAnswer(found) {
        answer = {...found, dim: request.dim, layers};
        answered = key;
        imageKey = null;
        for (const element of [strip, sheet]) element.classList.remove("stale");
        const {name, size} = stack.dims[request.dim];
        const which = request.every > 1 ? `Every ${ordinal(request.every)} of ${size}` : `All ${size}`;
        say([`${which} along ${name}`, ...found.damaged.map(([, reason]) => reason)].join("; "), false);
        draw();
      },
      onProgress: (done, total) => say(`Reading ${done} of ${total} frames …`),
      onError: (error) => say(error),
    });
  }

  /** Colors change more rarely than the position. */
  function colored() {
    const {channels, colormap, invert, composite} = view.state;
    const key = JSON.stringify([channels, colormap, invert, composite]);
    if (key !== imageKey) {
      image = colorPictures(answer.pictures, answer.layers, view.picture, view.state);
      clearGaps(image);
    }
    imageKey = key;
    return image;
  }

  /** What lies between the cells, or stands for a damaged frame, is no pixel of the stack and has no color. */
  function clearGaps(image) {
    const {columns, cell, gap, indices, damaged} = answer;
    const {width, height} = image;
    const context = image.getContext("2d");
    const [stepX, stepY] = [cell[0] + gap, cell[1] + gap];
    for (let x = cell[0]; x < width; x += stepX) context.clearRect(x, 0, gap, height);
    for (let y = cell[1]; y < height; y += stepY) context.clearRect(0, y, width, gap);
    const filled = indices.length % columns;
    if (filled) context.clearRect(filled * stepX - gap, height - cell[1], width, cell[1]);
    for (const [i] of damaged)
      context.clearRect((i % columns) * stepX, Math.floor(i / columns) * stepY, ...cell);
  }

  function draw() {
    if (!answer || !settings || answer.dim !== settings.dim) return;
    const element = settings.mode === "filmstrip" ? strip : sheet;
    const picture = colored();
    const room =
      settings.mode === "filmstrip"
        ? [view.stage.offsetWidth, STRIP_HEIGHT]
        : [view.stage.offsetWidth - 16, view.stage.offsetHeight - 16];
    const ratio = window.devicePixelRatio;
    scale = Math.min(room[0] / picture.width, room[1] / picture.height);
    const size = [picture.width, picture.height].map((length) =>
      Math.max(1, Math.round(length * scale * ratio)),
    );
    Object.assign(element, {width: size[0], height: size[1]});
    Object.assign(element.style, {width: `${size[0] / ratio}px`, height: `${size[1] / ratio}px`});
    const context = element.getContext("2d");
    context.imageSmoothingEnabled = scale * ratio < 1;
    context.drawImage(picture, 0, 0, ...size);
    context.scale(ratio, ratio);
    label(context);
    element.setAttribute("aria-label", `${settings.mode} along ${stack.dims[settings.dim].name}`);
  }

  /** Index or physical value on each cell that has room for it, and a frame around the current one. */
  function label(context) {
    const {columns, cell, gap, indices, damaged} = answer;
    const [width, height] = cell.map((length) => length * scale);
    const isDamaged = new Set(damaged.map(([i]) => i));
    const current = nearest(view.state.position[settings.dim]);
    Object.assign(context, {
      font: "600 11px system-ui, sans-serif",
      textBaseline: "top",
      fillStyle: "#fff",
      shadowColor: "#000",
      shadowBlur: 3,
    });
    indices.forEach((index, i) => {
      const [x, y] = [
        (i % columns) * (cell[0] + gap) * scale,
        Math.floor(i / columns) * (cell[1] + gap) * scale,
      ];
      const text = stack.label(settings.dim, index) || String(index);
      if (context.measureText(text).width < width - 6) context.fillText(text, x + 4, y + 3);
      if (isDamaged.has(i)) mark(context, x, y, width, height);
      if (i !== current) return;
      context.save();
      Object.assign(context, {strokeStyle: "#ffd54a", lineWidth: 2, shadowBlur: 0});
      context.strokeRect(x + 1, y + 1, width - 2, height - 2);
      context.restore();
    });
  }

  /** In the place of a damaged frame. */
  function mark(context, x, y, width, height) {
    context.save();
    Object.assign(context, {
      textAlign: "center",
      textBaseline: "middle",
      shadowBlur: 0,
      fillStyle: "#e0483e",
      strokeStyle: "#e0483e",
    });
    context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
    context.fillText("damaged", x + width / 2, y + height / 2, width - 6);
    context.restore();
  }

  /** Number of the cell that is nearest to an index. */
  function nearest(index) {
    const distances = answer.indices.map((other) => Math.abs(other - index));
    return distances.indexOf(Math.min(...distances));
  }

  function goTo(event, element) {
    if (answer?.dim !== settings.dim) return;
    const {left, top} = element.getBoundingClientRect();
    const {columns, cell, gap, indices} = answer;
    const column = Math.floor((event.clientX - left) / scale / (cell[0] + gap));
    const row = Math.floor((event.clientY - top) / scale / (cell[1] + gap));
    const index = column < columns ? indices[row * columns + column] : undefined;
    if (index === undefined) return;
    const along = settings.dim;
    if (settings.mode === "montage") choose("", along);
    view.move(along, index);
  }

  return {
    name: "montage",
    element: dims.length
      ? group("Filmstrip and montage", mode, h("label", {className: "row"}, "along", dim), note)
      : null,
    overlay,
    below: strip,
    update,
    layout: () => settings && update(view.state),
    /** Columns and rows of what is shown. */
    layoutOf: () => [answer.columns, Math.ceil(answer.indices.length / answer.columns)],
  };
}
