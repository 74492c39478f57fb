// What a frame, a projection or a part of one is asked for and cached under; `FrameKey` in Python reads it.
//
//     7                        frame 7, in C order of the dims
//     7@max,1,0,50             maximum along dim 1 from index 0 to before 50, through frame 7
//     7 0 64 1024 512 256 128  of frame 7 the part at x 0, y 64 of 1024 x 512 pixels, shown as 256 x 128

/** @typedef {import("../types.js").FrameKey} FrameKey */
/** @typedef {import("../types.js").Projection} Projection */
/** @typedef {{crop: import("../types.js").Rect, width: number, height: number}} Part */

const PROJECTION = /^(\d+)@([a-z]+),(\d+),(\d+),(\d+)$/;

/**
 * @param {number} number of the frame, or of any frame in the projection
 * @param {Projection | null} [projection]
 * @returns {FrameKey}
 */
export function frameKey(number, projection) {
  if (!projection) return number;
  const {dim, method, start, stop} = projection;
  return `${number}@${method},${dim},${start},${stop}`;
}

/**
 * A part of a frame, as it follows the key of the frame.
 * @param {Part} part
 */
export function formatPart({crop, width, height}) {
  return [crop.x, crop.y, crop.width, crop.height, width, height].join(" ");
}

/**
 * The key of a part of what has a key.
 * @param {FrameKey} frame
 * @param {string} part as `formatPart` writes it
 * @returns {string}
 */
export function partKey(frame, part) {
  return `${frame} ${part}`;
}

/**
 * What a key means.
 * @param {FrameKey} key
 * @returns {{number: number, projection: Projection | null, part: Part | null}}
 */
export function parseKey(key) {
  const [frame, ...words] = String(key).split(" ");
  const [, number = frame, method, ...range] = PROJECTION.exec(frame) ?? [];
  const [dim, start, stop] = range.map(Number);
  const [x, y, w, h, width, height] = words.map(Number);
  return {
    number: Number(number),
    projection: method ? {dim, method, start, stop} : null,
    part: words.length ? {crop: {x, y, width: w, height: h}, width, height} : null,
  };
}

/**
 * What a dim is called in links, and where the browser remembers: its name in the file, whatever is set by hand.
 * @param {import("../types.js").Dim} dim
 */
export const keyOf = (dim) => dim.key ?? dim.name;
