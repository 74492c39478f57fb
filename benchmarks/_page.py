"""Scripts that benchmarks run in a page: they move controls, and time what is painted."""

from __future__ import annotations

#: Finds and moves the slider of a plain DynamicMap, and reads its figure.
NAIVE = """
window.naive = {
  figure() {
    const views = [...(window.Bokeh?.index?.roots ?? [])];
    while (views.length) {
      const view = views.pop();
      if (view.model.type === "Figure") return view;
      views.push(...(view.child_views ?? []));
    }
  },
  set(value) {
    [...Bokeh.documents[0].all_models].find(m => m.type.endsWith("Slider")).value = value;
  },
  gray(x, y) {
    const view = this.figure(), {canvas} = view.canvas_view.primary;
    const ratio = canvas.width / view.canvas_view.bbox.width;
    const at = [view.frame.x_scale.compute(x) * ratio, view.frame.y_scale.compute(y) * ratio];
    return canvas.getContext("2d").getImageData(...at.map(Math.floor), 1, 1).data[0];
  },
};
"""
#: Notes when the viewer is made, when it has painted, and when all around the picture is there.
REACHED = """
window.reached = {};
const look = () => {
  const [root] = document.readyState === "loading" ? [] : jpkl.all(".viewer");
  if (root) reached.viewer ??= performance.now();
  if (root?.dataset.shown !== undefined) reached.picture ??= performance.now();
  if (root?.jpkl) reached.whole ??= performance.now();
  if (!reached.picture || !reached.whole) requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
#: Times a scrub, and the lag after a drag. Colormaps round differently: one gray value more is no matter.
TIMING = """
const drawn = new Set(), {port1, port2} = new MessageChannel();
port1.onmessage = () => drawn.forEach(look => look());
for (const name of ["putImageData", "drawImage"]) {
  const draw = CanvasRenderingContext2D.prototype[name];
  CanvasRenderingContext2D.prototype[name] = function (...args) {
    draw.apply(this, args);
    if (drawn.size) port2.postMessage(0);
  };
}
window.bench = {
  // Found once: to look through the page takes a millisecond of what is measured.
  controls: {},
  // Gives a control a value at once: a hand, as in the tests, would be timed with it.
  set(label, value) {
    if (!this.controls[label]?.isConnected)
      this.controls[label] = jpkl.all("input, select").find(e => e.getAttribute("aria-label") === label);
    const control = this.controls[label];
    control.value = value;
    control.dispatchEvent(new Event(control.oninput ? "input" : "change", {bubbles: true}));
  },
  // What is painted of an image pixel on the diagonal.
  gray(at) {
    this.painter ??= jpkl.view().figure.painter;
    return this.painter.colorAt(at, at)?.[0] ?? 0;
  },
  async until(isDone) {
    const start = performance.now();
    while (!isDone()) {
      if (performance.now() - start > 10000) return Infinity;
      await new Promise(done => setTimeout(done, 0));
    }
    return performance.now() - start;
  },
  // Looks when something was drawn on a canvas: to look all the time would take a core from what is measured,
  // and timers wait for 4 ms or more.
  painted(gray, expected) {
    const start = performance.now();
    return new Promise(done => {
      const look = () => {
        const time = performance.now() - start;
        if (time < 5000 && Math.abs(gray() - expected) > 1) return;
        clearInterval(timer);
        drawn.delete(look);
        done(time < 5000 ? performance.now() - start : Infinity);
      };
      const timer = setInterval(look, 100);
      drawn.add(look);
      look();
    });
  },
  scrub(set, gray, index, expected) {
    const start = performance.now();
    set(index);
    return this.painted(gray, expected).then(() => performance.now() - start);
  },
  async drag(set, gray, values) {
    const start = performance.now();
    for (let i = 1; i <= 120; i++) {
      set(i % values.length);
      await new Promise(done => setTimeout(done, Math.max(0, start + i * 1000 / 60 - performance.now())));
    }
    return this.painted(gray, values[120 % values.length]);
  },
};
"""
