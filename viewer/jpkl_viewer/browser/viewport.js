// @ts-nocheck
// Which part of a frame the figure shows.

/** Keeps the pixels square, and knows where the view stands. */
export class Viewport {
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

  /** Center and scale, as kept in links; null while the whole frame is shown. */
  get zoom() {
    if (Math.abs(this.scale / this.fitScale - 1) < 0.001) return null;
    return [...this.ranges.map((range) => (range.start + range.end) / 2), this.scale / this.fitScale];
  }

  get fitScale() {
    return Math.min(this.box.width / this.stack.width, this.box.height / this.stack.height);
  }

  /** Where on the stage, in screen pixels, the visible part of the picture stands. */
  get picture() {
    const {left, top, width, height} = this.box;
    const [x, y] = this.ranges;
    const inside = (value, most) => Math.min(most, Math.max(0, value));
    return {
      left: left + inside((-0.5 - x.min) * this.scale, width),
      right: left + inside((this.stack.width - 0.5 - x.min) * this.scale, width),
      top: top + inside((-0.5 - y.min) * this.scale, height),
      bottom: top + inside((this.stack.height - 0.5 - y.min) * this.scale, height),
    };
  }

  /** Zoom in by a factor around a place on the stage. */
  zoomAt(factor, sx, sy) {
    const [x, y] = this.ranges;
    const [px, py] = [x.min + (sx - this.box.left) / this.scale, y.min + (sy - this.box.top) / this.scale];
    const [cx, cy] = [(x.min + x.max) / 2, (y.min + y.max) / 2];
    this.#set(px + (cx - px) / factor, py + (cy - py) / factor, this.scale * factor);
    this.onChange();
  }

  /** Move the picture by screen pixels. */
  pan(dx, dy) {
    const [x, y] = this.ranges;
    this.#set((x.min + x.max) / 2 - dx / this.scale, (y.min + y.max) / 2 - dy / this.scale, this.scale);
    this.onChange();
  }

  /** Show the whole frame, or what `zoom` says. */
  fit(zoom = null) {
    const [x, y, factor] = zoom ?? [(this.stack.width - 1) / 2, (this.stack.height - 1) / 2, 1];
    this.#set(x, y, this.fitScale * factor);
  }

  /** Make pixels square again after the figure changed its shape. */
  resize() {
    if (this.box.width < 2 || this.box.height < 2) return;
    this.fit(this.lastZoom ?? null);
  }

  #set(x, y, scale) {
    const [halfWidth, halfHeight] = [this.box.width / scale / 2, this.box.height / scale / 2];
    const [xs, ys] = this.ranges;
    // y counts rows downwards: the range runs from its greater end.
    xs.setv(
      {start: x - halfWidth, end: x + halfWidth, reset_start: x - halfWidth, reset_end: x + halfWidth},
      {sync: false},
    );
    ys.setv(
      {start: y + halfHeight, end: y - halfHeight, reset_start: y + halfHeight, reset_end: y - halfHeight},
      {sync: false},
    );
  }
}
