// What HoloViews draws over the picture: a figure of Bokeh's that shows the same part of the frame.

/** @typedef {import("./bokeh.js").FigureView} FigureView */

export class Overlay {
  /**
   * @param {FigureView} view
   * @param {import("../state/viewport.js").Viewport} viewport
   */
  constructor(view, viewport) {
    this.view = view;
    this.viewport = viewport;
    this.follow();
    new ResizeObserver(() => requestAnimationFrame(() => this.#fill())).observe(view.el);
  }

  /** Bokeh 3.10 keeps the layout of the figure's first size, though the figure itself has grown. */
  #fill() {
    const {bbox} = this.view.frame;
    const {width, height} = this.viewport.box;
    if (Math.max(Math.abs(bbox.width - width), Math.abs(bbox.height - height)) > 1)
      this.view.compute_layout();
  }

  /** Show what the viewport shows. */
  follow() {
    if (!this.viewport.isOpen) return;
    const [xs, ys] = this.viewport.ranges;
    const {x_range, y_range} = this.view.model;
    show(x_range, xs.min, xs.max);
    show(y_range, ys.max, ys.min); // y counts rows downwards: the range runs from its greater end
  }
}

/**
 * @param {import("./bokeh.js").Range} range
 * @param {number} start
 * @param {number} end
 */
function show(range, start, end) {
  range.setv({start, end, reset_start: start, reset_end: end}, {sync: false});
}
