// Where orthogonal views and their crosshair are on the stage. Nothing here touches the page.

/** @typedef {{dim: number, x: number, y: number}} OrthoSettings a dim, and where the crosshair is in a frame */
/** @typedef {{width: number, height: number}} Size */
/** @typedef {Size & {aspect?: number}} Frame its size, and the height of a pixel by its width */
/** @typedef {[left: number, top: number, width: number, height: number]} Box */

/**
 * Which part of a frame is seen where: a `Viewport`.
 * @typedef {object} Seen
 * @property {{left: number, top: number, width: number, height: number}} box of the figure, on the stage
 * @property {number[]} scales CSS pixels that a pixel of the frame is wide, and high
 * @property {(x: number, y: number) => [number, number]} toStage where on the stage a point of the frame is
 * @property {(sx: number, sy: number) => [number, number]} toFrame the other way
 * @property {{left: number, top: number, right: number, bottom: number}} picture what is seen of it, on the stage
 */

/**
 * The views against x and against y, each with the part of the stage that the whole cut would fill, and the
 * lines of the crosshair; null for those outside of what is seen.
 * @typedef {object} Layout
 * @property {{box: Box, image: Box}[]} views
 * @property {(Box | null)[]} lines at x, at y, and at the index in the views against x and y
 */

/** Least thickness of a view in screen pixels, and its most as a share of the stage. */
const THINNEST = 80;
const THICKEST = 0.33;
export const GAP = 6;

/**
 * Settings that can be used with a stack, or null. They come from links, too.
 * @param {any} value
 * @param {number[]} dims that can be cut along
 * @param {Size} frame
 * @returns {OrthoSettings | null}
 */
export function readSettings(value, dims, frame) {
  /** @type {(number: unknown, size: number) => boolean} */
  const isIndex = (number, size) => Number.isInteger(number) && Number(number) >= 0 && Number(number) < size;
  const isValid =
    dims.includes(value?.dim) && isIndex(value.x, frame.width) && isIndex(value.y, frame.height);
  return isValid ? value : null;
}

/**
 * Settings to begin with: the crosshair is in the middle of the frame.
 * @param {number} dim
 * @param {Size} frame
 * @returns {OrthoSettings}
 */
export function centered(dim, {width, height}) {
  return {dim, x: Math.floor(width / 2), y: Math.floor(height / 2)};
}

/**
 * Width of the view against y and height of that against x.
 * @param {number} n frames along the dim
 * @param {[dy: number, dx: number] | null} spacing of frames in heights and widths of a pixel, if it is known
 * @param {Frame} frame
 * @param {Size} stage
 * @returns {[width: number, height: number]}
 */
export function thickness(n, spacing, frame, stage) {
  const {aspect = 1} = frame;
  const scale = Math.min(stage.width / frame.width, stage.height / (frame.height * aspect));
  const [dy, dx] = spacing ?? [1, 1];
  /** @type {(length: number, room: number) => number} */
  const fit = (length, room) => Math.round(Math.min(THICKEST * room, Math.max(THINNEST, length)));
  return [fit(n * dx * scale, stage.width), fit(n * dy * scale * aspect, stage.height)];
}

/**
 * Column and row of the frame at a place on the stage, or the nearest.
 * @param {number} sx
 * @param {number} sy
 * @param {Pick<Seen, "toFrame">} seen
 * @param {Size} frame
 */
export function pixelAt(sx, sy, seen, frame) {
  const [x, y] = seen.toFrame(sx, sy).map(Math.round);
  return clampToFrame(x, y, frame);
}

/**
 * The pixel of a frame that is nearest to a point.
 * @param {number} x
 * @param {number} y
 * @param {Size} frame
 */
export function clampToFrame(x, y, {width, height}) {
  return {x: clamp(x, width), y: clamp(y, height)};
}

/**
 * Index along a dim at a place in a view, or the nearest.
 * @param {number} place in the direction of the dim
 * @param {number} length of the view
 * @param {number} n
 */
export function indexAt(place, length, n) {
  return clamp(Math.floor((place / length) * n), n);
}

/** @type {(value: number, size: number) => number} */
function clamp(value, size) {
  return Math.min(size - 1, Math.max(0, value));
}

/**
 * @param {Seen} seen
 * @param {Size} frame
 * @param {Size} slot what the figure fills of the stage
 * @param {[width: number, height: number]} thick from `thickness`
 * @param {{x: number, y: number, share: number}} cross crosshair; `share` is how far along the dim it is, 0 to 1
 * @returns {Layout}
 */
export function layOut(seen, frame, slot, [width, height], {x, y, share}) {
  const {box, picture, scales} = seen;
  const {left, top, right, bottom} = picture;
  const sideLeft = beside(right, width, box.left + box.width, slot.width);
  const belowTop = beside(bottom, height, box.top + box.height, slot.height);
  // Where the frame's own edges are, on the stage.
  const [x0, y0] = seen.toStage(-0.5, -0.5);
  const [lineX, lineY] = seen.toStage(x, y);
  return {
    views: [
      {box: [left, belowTop, right - left, height], image: [x0, belowTop, frame.width * scales[0], height]},
      {box: [sideLeft, top, width, bottom - top], image: [sideLeft, y0, width, frame.height * scales[1]]},
    ],
    lines: [
      lineX >= left && lineX < right ? [lineX, top, 1, belowTop + height - top] : null,
      lineY >= top && lineY < bottom ? [left, lineY, sideLeft + width - left, 1] : null,
      [left, belowTop + share * height, right - left, 1],
      [sideLeft + share * width, top, 1, bottom - top],
    ],
  };
}

/**
 * Right beside the picture where there is room, else beside the figure.
 * @type {(edge: number, size: number, end: number, slot: number) => number}
 */
function beside(edge, size, end, slot) {
  return edge + GAP + size <= end ? edge + GAP : slot;
}

/**
 * What views do not show as it is, in words.
 * @param {string} name of the dim
 * @param {[number, number] | null} spacing
 * @param {number} scale pixels of the frame per pixel of the views
 */
export function remark(name, spacing, scale) {
  const parts = [];
  if (!spacing) parts.push(`${name} is not to scale`);
  if (scale > 1) parts.push(`shown at 1/${scale} of the size`);
  return parts.join("; ");
}
