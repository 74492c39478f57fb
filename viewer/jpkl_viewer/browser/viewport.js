// Which part of a frame the figure shows.

/** @typedef {import("./bokeh.js").FigureView} FigureView */
/** @typedef {import("./types.js").Zoom} Zoom */

/** Keeps the pixels square, and knows which part of the frame is seen where. */
export class Viewport {
  /** The zoom that a change of the figure's shape keeps. @type {Zoom | null} */
  lastZoom = null;

  /**
   * @param {Pick<FigureView, "model" | "frame">} figureView
   * @param {{width: number, height: number}} stack
   * @param {() => void} onChange called when another part is shown
   */
  constructor(figureView, stack, onChange) {
    this.view = figureView;
    this.stack = stack;
    this.onChange = onChange;
    const {x_range, y_range} = figureView.model;
    this.ranges = [x_range, y_range];
    for (const range of this.ranges) range.change.connect(() => this.onChange());
  }

  get box() {
    return this.view.frame.bbox;
  }

  /** Screen pixels that one pixel of the frame takes. */
  get scale() {
    const [x] = this.ranges;
    return this.box.width / (x.max - x.min);
  }

  /** Center and scale, as kept in links; null while the whole frame is shown. @returns {Zoom | null} */
  get zoom() {
    const factor = this.scale / this.fitScale;
    if (Math.abs(factor - 1) < 0.001) return null;
    const [x, y] = this.ranges.map((range) => (range.start + range.end) / 2);
    return [x, y, factor];
  }

  get fitScale() {
    return Math.min(this.box.width / this.stack.width, this.box.height / this.stack.height);
  }

  /** Where on the stage, in screen pixels, the visible part of the picture is. */
  get picture() {
    const {left, top, width, height} = this.box;
    const [x, y] = this.ranges;
    /** @type {(value: number, most: number) => number} */
    const inside = (value, most) => Math.min(most, Math.max(0, value));
    return {
      left: left + inside((-0.5 - x.min) * this.scale, width),
      right: left + inside((this.stack.width - 0.5 - x.min) * this.scale, width),
      top: top + inside((-0.5 - y.min) * this.scale, height),
      bottom: top + inside((this.stack.height - 0.5 - y.min) * this.scale, height),
    };
  }

  /**
   * Zoom in by a factor around a place on the stage.
   * @param {number} factor
   * @param {number} sx
   * @param {number} sy
   */
  zoomAt(factor, sx, sy) {
    const [x, y] = this.ranges;
    const [px, py] = [x.min + (sx - this.box.left) / this.scale, y.min + (sy - this.box.top) / this.scale];
    const [cx, cy] = [(x.min + x.max) / 2, (y.min + y.max) / 2];
    this.#set(px + (cx - px) / factor, py + (cy - py) / factor, this.scale * factor);
    this.onChange();
  }

  /**
   * Zoom to so many screen pixels per pixel of the frame, around the middle of what is seen.
   * @param {number} scale
   */
  setScale(scale) {
    const {left, top, width, height} = this.box;
    this.zoomAt(scale / this.scale, left + width / 2, top + height / 2);
  }

  /**
   * Move the picture by screen pixels.
   * @param {number} dx
   * @param {number} dy
   */
  pan(dx, dy) {
    const [x, y] = this.ranges;
    this.#set((x.min + x.max) / 2 - dx / this.scale, (y.min + y.max) / 2 - dy / this.scale, this.scale);
    this.onChange();
  }

  /**
   * Show the whole frame, or what `zoom` says.
   * @param {Zoom | null} zoom
   */
  fit(zoom = null) {
    const [x, y, factor] = zoom ?? [(this.stack.width - 1) / 2, (this.stack.height - 1) / 2, 1];
    this.#set(x, y, this.fitScale * factor);
  }

  /** Make pixels square again after the figure changed its shape. */
  resize() {
    if (this.box.width < 2 || this.box.height < 2) return;
    this.fit(this.lastZoom);
  }

  /**
   * @param {number} x in the middle
   * @param {number} y
   * @param {number} scale
   */
  #set(x, y, scale) {
    const [halfWidth, halfHeight] = [this.box.width / scale / 2, this.box.height / scale / 2];
    const [xs, ys] = this.ranges;
    // y counts rows downwards: the range runs from its greater end.
    show(xs, x - halfWidth, x + halfWidth);
    show(ys, y + halfHeight, y - halfHeight);
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
