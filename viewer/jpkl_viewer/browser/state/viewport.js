// Which part of a frame is seen, and where on the stage. Nothing here touches the page.

/** @typedef {import("../types.js").Zoom} Zoom */
/** @typedef {{left: number, top: number, width: number, height: number}} Box in CSS pixels of the stage */
/** @typedef {{min: number, max: number}} Range in pixels of the frame */

/**
 * @typedef {object} Frame
 * @property {number} width
 * @property {number} height
 * @property {number} [aspect] height of a pixel by its width, 1 for square ones
 */

/** @typedef {{width: number, height: number}} Extent in pixels of the frame, from its first one on */

/**
 * How a frame is turned on the screen: mirrored from left to right first, if at all, and then rotated clockwise.
 * @typedef {{turns: number, isFlipped: boolean}} Orientation quarters of a turn
 */

/** @type {Orientation} */
const UPRIGHT = {turns: 0, isFlipped: false};

/** A hand makes the whole frame at most so much smaller than the view. */
const LEAST_FACTOR = 0.5;
/** A pixel takes at most this part of the view. */
const MOST_OF_VIEW = 1 / 4;
/** This part of the picture, or of the view where that is smaller, is always seen. */
const ALWAYS_SEEN = 1 / 4;
/** Views whose magnifications differ by less show the same. */
const SAME = 0.001;

export class Viewport {
  /** Where the picture may be. @type {Box} */
  box = {left: 0, top: 0, width: 0, height: 0};
  /**
   * What the box was when the view was last set. Panels that have opened since cover a part of it, and where they have
   * closed there is more room: neither moves the picture.
   */
  #base = this.box;
  /**
   * Center of the base and magnification relative to a fit into it; null shows the whole frame there.
   * @type {Zoom | null}
   */
  #zoom = null;
  /** @type {Orientation} */
  #orientation = UPRIGHT;
  /** What is shown where all is: the frame, or more, where larger ones are shown at the same place. @type {Extent} */
  extent;
  /** Whether those lie over it: then marks are in the corners of all of them. */
  isOver = false;

  /**
   * @param {Frame} frame
   * @param {() => void} onChange called when another part is seen
   */
  constructor(frame, onChange) {
    this.frame = this.extent = frame;
    this.onChange = onChange;
  }

  /** Height of a pixel by its width, on the screen as in the specimen. */
  get aspect() {
    return this.frame.aspect ?? 1;
  }

  /** Whether there is room for a picture. */
  get isOpen() {
    return this.box.width >= 2 && this.box.height >= 2;
  }

  /** Whether the frame is seen as it is stored. */
  get isUpright() {
    return this.#orientation === UPRIGHT;
  }

  /** Whether rows of the frame are seen as columns. */
  get isTurned() {
    return this.#orientation.turns % 2 === 1;
  }

  /** Whether the whole frame is shown as large as fits in. */
  get isFitted() {
    return this.#zoom === null && this.#base === this.box;
  }

  /**
   * The room along the rows and the columns of the frame, in CSS pixels.
   * @param {Box} box
   * @returns {{width: number, height: number}}
   */
  #roomIn({width, height}) {
    return this.isTurned ? {width: height, height: width} : {width, height};
  }

  get #room() {
    return this.#roomIn(this.box);
  }

  /**
   * Turn the frame on the screen; its middle stays where it is, as far as it can.
   * @param {Orientation} orientation
   */
  orient({turns, isFlipped}) {
    const old = this.#orientation;
    if (turns === old.turns && isFlipped === old.isFlipped) return;
    this.#rebase();
    this.#orientation = turns === 0 && !isFlipped ? UPRIGHT : {turns, isFlipped};
    this.#settle();
  }

  /**
   * A way on the screen for one in the frame.
   * @param {number} dx
   * @param {number} dy
   * @returns {[dx: number, dy: number]}
   */
  turned(dx, dy) {
    const {turns, isFlipped} = this.#orientation;
    const x = isFlipped ? -dx : dx;
    return /** @type {[number, number]} */ (
      [
        [x, dy],
        [-dy, x],
        [-x, -dy],
        [dy, -x],
      ][turns].map(positive)
    );
  }

  /**
   * The other way.
   * @param {number} dx
   * @param {number} dy
   * @returns {[dx: number, dy: number]}
   */
  unturned(dx, dy) {
    const {turns, isFlipped} = this.#orientation;
    const [x, y] = [
      [dx, dy],
      [dy, -dx],
      [-dx, -dy],
      [-dy, dx],
    ][turns];
    return /** @type {[number, number]} */ ([isFlipped ? -x : x, y].map(positive));
  }

  /** CSS pixels that one pixel of the frame is wide where the whole frame fits. */
  get fitScale() {
    return this.#fitScaleIn(this.box);
  }

  /** @param {Box} box */
  #fitScaleIn(box) {
    const {width, height} = this.extent;
    const room = this.#roomIn(box);
    return Math.min(room.width / width, room.height / (height * this.aspect));
  }

  /** CSS pixels that one pixel of the frame is wide. */
  get scale() {
    return this.#fitScaleIn(this.#base) * (this.#zoom?.[2] ?? 1);
  }

  /** Pixels of the screen that one pixel of the frame is wide. */
  get screenScale() {
    return this.scale * screenRatio();
  }

  /** CSS pixels that one pixel of the frame is wide, and high. @returns {[x: number, y: number]} */
  get scales() {
    return [this.scale, this.scale * this.aspect];
  }

  /** Center and magnification, as kept in links; null while the whole frame is shown. @returns {Zoom | null} */
  get zoom() {
    return this.#zoom && [...this.#zoom];
  }

  /** What of x and y is seen, beyond the frame's edges, too. @returns {[Range, Range]} */
  get ranges() {
    return this.#rangesIn(this.box);
  }

  /**
   * The same with what panels cover: it need not be painted again when they close. The room for it is along the rows
   * and the columns of the frame.
   */
  get painted() {
    const box = union(this.#base, this.box);
    return {ranges: this.#rangesIn(box), room: this.#roomIn(box)};
  }

  /** @param {Box} box @returns {[Range, Range]} */
  #rangesIn(box) {
    const [x, y] = this.#centerOf(box);
    const [sx, sy] = this.scales;
    const room = this.#roomIn(box);
    const [halfWidth, halfHeight] = [room.width / sx / 2, room.height / sy / 2];
    return [
      {min: x - halfWidth, max: x + halfWidth},
      {min: y - halfHeight, max: y + halfHeight},
    ];
  }

  /** Where on the stage the visible part of the picture is; where panels cover all of it, what they leave. */
  get picture() {
    return this.pictureOf(this.frame);
  }

  /** The same of all that lies over each other, which marks are in the corners of. */
  get marked() {
    return this.pictureOf(this.isOver ? this.extent : this.frame);
  }

  /** The same of another frame at the same place. @param {Extent} frame */
  pictureOf(frame) {
    const {left, top, width, height} = this.box;
    const [xs, ys] = this.stageRanges(-0.5, -0.5, frame.width - 0.5, frame.height - 0.5);
    const [across, down] = [inside(xs, left, width), inside(ys, top, height)];
    return {left: across.min, right: across.max, top: down.min, bottom: down.max};
  }

  /**
   * Where on the stage a rectangle of the frame is.
   * @param {number} x0
   * @param {number} y0
   * @param {number} x1
   * @param {number} y1
   * @returns {[Range, Range]}
   */
  stageRanges(x0, y0, x1, y1) {
    const [a, b] = [this.toStage(x0, y0), this.toStage(x1, y1)];
    return /** @type {[Range, Range]} */ (
      [0, 1].map((i) => ({min: Math.min(a[i], b[i]), max: Math.max(a[i], b[i])}))
    );
  }

  /**
   * Where on the stage a point of the frame is; the center of its first pixel is (0, 0).
   * @param {number} x
   * @param {number} y
   * @returns {[sx: number, sy: number]}
   */
  toStage(x, y) {
    const [xs, ys] = this.#rangesIn(this.#base);
    const [sx, sy] = this.scales;
    const {left, top, width, height} = this.#base;
    if (this.isUpright) return [left + (x - xs.min) * sx, top + (y - ys.min) * sy];
    const [cx, cy] = this.#center;
    const [dx, dy] = this.turned((x - cx) * sx, (y - cy) * sy);
    return [left + width / 2 + dx, top + height / 2 + dy];
  }

  /**
   * The point of the frame at a place on the stage; maybe outside of it.
   * @param {number} sx
   * @param {number} sy
   * @returns {[x: number, y: number]}
   */
  toFrame(sx, sy) {
    const [xs, ys] = this.#rangesIn(this.#base);
    const [scaleX, scaleY] = this.scales;
    const {left, top, width, height} = this.#base;
    if (this.isUpright) return [xs.min + (sx - left) / scaleX, ys.min + (sy - top) / scaleY];
    const [cx, cy] = this.#center;
    const [dx, dy] = this.unturned(sx - left - width / 2, sy - top - height / 2);
    return [cx + dx / scaleX, cy + dy / scaleY];
  }

  /**
   * Zoom in by a factor around a place on the stage.
   * @param {number} factor
   * @param {number} sx
   * @param {number} sy
   */
  zoomAt(factor, sx, sy) {
    // What was set to less than a hand can is not enlarged by one that wants less still.
    const least = Math.min(LEAST_FACTOR * this.fitScale, this.scale);
    this.#zoomTo(this.scale * factor, [sx, sy], least);
  }

  /**
   * Give a pixel of the frame a width, in pixels of the screen, around a place, or the middle of what is seen.
   * @param {number} scale
   * @param {[sx: number, sy: number]} place
   */
  setScale(scale, place = this.#middle) {
    this.#zoomTo(scale / screenRatio(), place);
  }

  /**
   * @param {number} wanted
   * @param {[sx: number, sy: number]} place
   * @param {number} [least]
   */
  #zoomTo(wanted, [sx, sy], least) {
    if (!this.isOpen || !(wanted > 0)) return;
    const scale = this.#bounded(wanted, least);
    const by = scale / this.scale;
    const [x, y] = this.toFrame(sx, sy);
    const [cx, cy] = this.#centerOf(this.box);
    this.#show(x + (cx - x) / by, y + (cy - y) / by, scale);
  }

  /**
   * Move the picture by CSS pixels.
   * @param {number} dx
   * @param {number} dy
   */
  pan(dx, dy) {
    if (!this.isOpen) return;
    const [sx, sy] = this.scales;
    const [x, y] = this.#centerOf(this.box);
    const [along, down] = this.unturned(dx, dy);
    this.#show(x - along / sx, y - down / sy, this.scale);
  }

  /**
   * Show a part of the frame as large as it fits in.
   * @param {[x0: number, y0: number, x1: number, y1: number]} part in pixels of the frame
   */
  showPart([x0, y0, x1, y1]) {
    if (!this.isOpen) return;
    const [width, height] = [Math.abs(x1 - x0), Math.abs(y1 - y0) * this.aspect];
    const scale = Math.min(this.#room.width / width, this.#room.height / height);
    this.#show((x0 + x1) / 2, (y0 + y1) / 2, this.#bounded(scale));
  }

  /**
   * Show the whole frame, or what `zoom` says as far as that is possible.
   * @param {Zoom | null} zoom
   */
  fit(zoom = null) {
    this.#zoom = zoom;
    this.#base = this.box;
    this.#settle();
  }

  /**
   * The picture may be somewhere else, or has another size; what is seen stays as it can, and what panels covered of a
   * zoom stays covered.
   * @param {Box} box
   */
  resize(box) {
    if (this.#zoom) this.#rebase();
    this.box = this.#base = box;
    this.#settle();
  }

  /**
   * A panel has opened or closed: each pixel stays where it is on the screen. What the panel covers can be brought up by
   * panning, and a fit is into what it leaves.
   * @param {Box} box that it leaves
   * @param {[dx: number, dy: number]} moved how far the stage itself is somewhere else on the screen now
   */
  cover(box, [dx, dy]) {
    if (isSame(box, this.box) && !dx && !dy) return;
    const {left, top, ...size} = this.#base;
    this.#base = {left: left - dx, top: top - dy, ...size};
    this.box = isSame(box, this.#base) ? this.#base : box;
    this.onChange();
  }

  /** The shape of pixels has changed. */
  reshape() {
    this.#rebase();
    this.#settle();
  }

  /** Count the zoom from the box as it is. */
  #rebase() {
    if (this.#base === this.box || !this.isOpen) return;
    this.#zoom = [...this.#centerOf(this.box), this.scale / this.fitScale];
    this.#base = this.box;
  }

  /** Bring what is to be seen within its bounds. */
  #settle() {
    if (!this.isOpen) return; // a hidden viewer keeps its zoom
    if (!this.#zoom) return this.onChange();
    const [x, y, factor] = this.#zoom;
    this.#show(x, y, this.#bounded(factor * this.#fitScaleIn(this.#base)));
  }

  /** What is in the middle of the base. @returns {[x: number, y: number]} */
  get #center() {
    const {width, height} = this.extent;
    const [x, y] = this.#zoom ?? [(width - 1) / 2, (height - 1) / 2];
    return [x, y];
  }

  /** @param {Box} box @returns {[x: number, y: number]} */
  #centerOf(box) {
    const {left, top, width, height} = box;
    return box === this.#base ? this.#center : this.toFrame(left + width / 2, top + height / 2);
  }

  /** The middle of what is seen of the picture. @returns {[sx: number, sy: number]} */
  get #middle() {
    const {left, right, top, bottom} = this.picture;
    return [(left + right) / 2, (top + bottom) / 2];
  }

  /**
   * @param {number} scale
   * @param {number} [least] by default what can be said: a hand's least, or one to one where that is less
   */
  #bounded(scale, least = Math.min(LEAST_FACTOR * this.fitScale, 1 / screenRatio())) {
    const {fitScale} = this;
    const most = MOST_OF_VIEW * Math.min(this.#room.width, this.#room.height / this.aspect);
    return Math.min(Math.max(fitScale, most), Math.max(least, scale));
  }

  /**
   * @param {number} x in the middle of the box
   * @param {number} y
   * @param {number} scale
   */
  #show(x, y, scale) {
    const {width, height} = this.extent;
    this.#base = this.box;
    const factor = scale / this.fitScale;
    const cx = this.#kept(x, width, this.#room.width / scale);
    const cy = this.#kept(y, height, this.#room.height / (scale * this.aspect));
    const isWhole = Math.abs(factor - 1) < SAME && this.#isMiddle(cx, width) && this.#isMiddle(cy, height);
    this.#zoom = isWhole || ![cx, cy, factor].every(Number.isFinite) ? null : [cx, cy, factor];
    this.onChange();
  }

  /**
   * A center that keeps part of the picture in view.
   * @param {number} center
   * @param {number} size of the frame
   * @param {number} seen how much of it fits into the view
   */
  #kept(center, size, seen) {
    const overlap = ALWAYS_SEEN * Math.min(size, seen);
    const low = -0.5 + overlap - seen / 2;
    const high = size - 0.5 - overlap + seen / 2;
    return Math.min(high, Math.max(low, center));
  }

  /** @param {number} center @param {number} size */
  #isMiddle(center, size) {
    return Math.abs(center - (size - 1) / 2) < SAME * size;
  }
}

/** Zero without a sign. @param {number} value */
function positive(value) {
  return value === 0 ? 0 : value;
}

/** Pixels of the screen for each CSS pixel. */
function screenRatio() {
  return globalThis.devicePixelRatio ?? 1;
}

/** @param {Box} a @param {Box} b */
function isSame(a, b) {
  return a.left === b.left && a.top === b.top && a.width === b.width && a.height === b.height;
}

/** The least box around two. @param {Box} a @param {Box} b @returns {Box} */
function union(a, b) {
  if (a === b) return a;
  const [left, top] = [Math.min(a.left, b.left), Math.min(a.top, b.top)];
  const right = Math.max(a.left + a.width, b.left + b.width);
  const bottom = Math.max(a.top + a.height, b.top + b.height);
  return {left, top, width: right - left, height: bottom - top};
}

/**
 * What of a range is in a part of the stage; all of that part, where nothing is.
 * @param {Range} range
 * @param {number} low
 * @param {number} length
 * @returns {Range}
 */
function inside({min, max}, low, length) {
  const high = low + length;
  return min < high && max > low
    ? {min: Math.max(low, min), max: Math.min(high, max)}
    : {min: low, max: high};
}
