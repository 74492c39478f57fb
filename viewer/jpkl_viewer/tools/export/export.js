// @ts-nocheck
// Taking away what is seen: a picture, a movie along a dim, the link, or the Python code of the view.

import {group, h} from "../../browser/dom.js";
import {format} from "../../browser/numbers.js";

/** Bytes that a pixel of noise takes in a GIF, which cannot make it smaller. */
const GIF_BYTES = 1.4;

/** A group of controls. */
export function exportTool(view) {
  const {stack} = view;
  const dims = stack.dims.flatMap((dim, d) => (dim.size > 1 ? [d] : []));
  const option = ([value, text]) => h("option", {value}, text);
  const pick = (label, options) =>
    h("select", {"aria-label": label, onchange: update}, ...options.map(option));
  const number = (label, properties) =>
    h("input", {type: "number", "aria-label": label, oninput: update, ...properties});
  const row = (...children) => h("label", {className: "row"}, ...children);

  const formats = [
    ["png", "picture, PNG"],
    ...(dims.length
      ? [
          ["mp4", "movie, MP4"],
          ["gif", "movie, GIF"],
        ]
      : []),
  ];
  const kind = pick("export format", formats);
  const area = pick("exported area", [
    ["frame", "whole frame"],
    ["screen", "part on the screen"],
  ]);
  const zoom = pick("exported size", [
    [1, "1 ×"],
    [2, "2 ×"],
    [4, "4 ×"],
    [0.5, "½ ×"],
    [0.25, "¼ ×"],
  ]);
  const dim = h(
    "select",
    {"aria-label": "exported dim", onchange: takeAll},
    ...dims.map((d) => option([d, stack.dims[d].name])),
  );
  const first = number("first exported index", {min: 0, step: 1});
  const last = number("last exported index", {min: 0, step: 1});
  const step = number("step of the export", {min: 1, step: 1, value: 1});
  const fps = number("frames per second of the export", {
    min: 1,
    max: 60,
    step: "any",
    value: view.state.playback.fps,
  });
  const bar = h("input", {type: "checkbox", checked: true});
  const stamp = h("input", {type: "checkbox", checked: true});
  const movie = h(
    "div",
    {},
    row("along", dim),
    h("div", {className: "row"}, first, "to", last),
    h("div", {className: "row"}, "every", step, fps, "fps"),
  );
  const start = h("button", {className: "text", onclick: run}, "Export");
  const stop = h("button", {className: "text", onclick: cancel, hidden: true}, "Cancel");
  const progress = h("progress", {hidden: true, max: 1, "aria-label": "progress of the export"});
  const forecast = h("div", {className: "note"});
  const note = h("div", {className: "note", role: "status"});
  const text = h("textarea", {readOnly: true, hidden: true, rows: 5, "aria-label": "text to copy"});
  const button = (name, onclick) => h("button", {className: "text", onclick}, name);
  const element = group(
    "Export",
    kind,
    h("div", {className: "row"}, area, zoom),
    movie,
    h("div", {className: "row"}, h("label", {}, bar, " scale bar"), h("label", {}, stamp, " position")),
    forecast,
    h("div", {className: "row"}, start, stop, progress),
    note,
    h(
      "div",
      {className: "row"},
      view.ownsUrl ? button("Copy link", () => copy(view.link)) : null,
      button("Copy Python", copySnippet),
    ),
    text,
  );
  dim.value = view.state.playback.dim;
  takeAll();

  function takeAll() {
    first.value = 0;
    last.value = (stack.sizes[dim.value] ?? 1) - 1;
    update();
  }

  function update() {
    movie.hidden = kind.value === "png";
    if (!element.open) return;
    const [x0, y0, x1, y1] = region() ?? [0, 0, stack.width, stack.height];
    const [width, height] = [x1 - x0, y1 - y0].map((side) => Math.max(1, Math.round(side * zoom.value)));
    const parts = [`${width} × ${height} pixels`];
    if (!movie.hidden) {
      const n = Math.max(0, Math.floor((last.value - first.value) / Math.max(1, step.value)) + 1);
      parts.unshift(n === 1 ? "1 picture" : `${n} pictures`);
      if (fps.value > 0) parts.push(`${format(n / fps.value, 3)} s`);
      if (kind.value === "gif") parts.push(`up to ${format((GIF_BYTES * n * width * height) / 1e6, 2)} MB`);
    }
    forecast.textContent = parts.join(" · ");
  }

  /** Rows and columns on the screen: [x0, y0, x1, y1]. */
  function region() {
    if (area.value === "frame") return null;
    const [xs, ys] = view.viewport.ranges;
    const low = (range) => Math.max(0, Math.floor(range.min + 0.5));
    const high = (range, size) => Math.min(size, Math.ceil(range.max + 0.5));
    return [low(xs), low(ys), high(xs, stack.width), high(ys, stack.height)];
  }

  function run() {
    const request = {
      what: "export",
      settings: view.settings,
      format: kind.value,
      region: region(),
      zoom: Number(zoom.value),
      scale_bar: bar.checked,
      stamp: stamp.checked,
      dim: Number(dim.value),
      start: Number(first.value),
      stop: Number(last.value) + 1,
      step: Math.max(1, Number(step.value) || 1),
      fps: Number(fps.value) || 10,
    };
    show(true, "Making the file …");
    progress.removeAttribute("value");
    view.asks.ask("export", request, {
      replace: true,
      onProgress: (done, total) => (progress.value = done / total),
      onAnswer: ({name, data}) => download(name, data),
      onDone: () => show(false, note.textContent),
      onError: (error) => show(false, error),
    });
  }

  function cancel() {
    view.asks.cancel("export");
    show(false, "Cancelled; nothing was written");
  }

  function show(isRunning, message) {
    start.disabled = isRunning;
    stop.hidden = progress.hidden = !isRunning;
    note.textContent = message;
    note.scrollIntoView({block: "nearest"});
  }

  function download(name, data) {
    const url = URL.createObjectURL(new Blob([data]));
    h("a", {href: url, download: name}).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    note.textContent = `${name}, ${(data.byteLength / 1e6).toFixed(1)} MB`;
  }

  function copySnippet() {
    view.asks.ask(
      "snippet",
      {what: "snippet", settings: view.settings},
      {
        replace: true,
        onAnswer: ({text: code}) => copy(code),
        onError: (error) => (note.textContent = error),
      },
    );
  }

  /** Into the clipboard; where the page may not, as text to be copied by hand. */
  async function copy(value) {
    text.value = value;
    try {
      await navigator.clipboard.writeText(value);
      text.hidden = true;
      note.textContent = "Copied";
    } catch {
      text.hidden = false;
      text.select();
      note.textContent = "Copy the text below";
    }
  }

  element.ontoggle = update;
  return {name: "export", element, layout: update};
}
