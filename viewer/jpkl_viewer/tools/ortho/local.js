// Reslices without Python: a dim against x or y; `reslice.py` cuts the same.

import {SCALES, makeRun, runKey} from "../../local/frames.js";

/** @typedef {import("../../local/frames.js").Frames} Frames */
/** @typedef {import("../../local/types.js").Pixels} Pixels */
/** @typedef {import("../../local/task.js").Task} Task */

/** Share of the cache that one volume may take: frames of the scrub have to stay as well. */
const SHARE = 0.5;

/** The frames along a dim, at 1 / `scale` of the size. @typedef {{planes: Pixels[], scale: number}} Volume */

/**
 * The frames along a dim, decoded if they are not kept.
 * @param {Frames} frames
 * @param {number[]} position
 * @param {number} dim
 * @param {Task} task
 * @returns {Promise<Volume>}
 */
export async function readVolume(frames, position, dim, task) {
  const run = makeRun(frames.stack, position, dim);
  const n = run.indices.length;
  const budget = frames.maxBytes * SHARE;
  const scale = SCALES.find((each) => n * frames.nbytes(each) <= budget);
  if (scale === undefined) {
    const {height, width, dims} = frames.stack;
    throw new Error(
      `${n} frames of ${height} x ${width} pixels along ${dims[dim].name} are too many for this page, even at 1/8`,
    );
  }
  const read = async () => {
    /** @type {Pixels[]} */
    const planes = new Array(n);
    await frames.each(run, task, (i, pixels) => (planes[i] = pixels), {scale});
    return planes;
  };
  const planes = await frames.product(`volume ${scale} ${runKey(run)}`, read, () => n * frames.nbytes(scale));
  return {planes, scale};
}

/**
 * So many rows or columns on each side of a cut, and how they are combined: as `slabOf` says.
 * @typedef {{half: number, method: string}} Slab
 */

/** @type {Slab} */
const THIN = {half: 0, method: "max"};

/**
 * Rows or columns that are in a slab, from the first to the last.
 * @param {number} at in pixels of the frame
 * @param {number} half
 * @param {number} scale
 * @param {number} n of the volume
 * @returns {[first: number, last: number]}
 */
function within(at, half, scale, n) {
  return [Math.floor(Math.max(0, at - half) / scale), Math.min(n - 1, Math.floor((at + half) / scale))];
}

/** How values of a slab are combined. @type {Record<string, (values: number[]) => number>} */
const COMBINE = {
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
  mean: (values) =>
    Math.floor((values.reduce((sum, value) => sum + value, 0) + (values.length >> 1)) / values.length),
};

/**
 * Against x at a row: the dim runs down.
 * @param {Volume} volume
 * @param {number} y in pixels of the frame
 * @param {Slab} [slab]
 * @returns {Pixels}
 */
export function againstX({planes, scale}, y, {half, method} = THIN) {
  const [{width, height, samples}] = planes;
  const length = width * samples;
  const data = new Uint8Array(planes.length * length);
  const [first, last] = within(y, half, scale, height);
  const combine = COMBINE[method];
  planes.forEach((plane, i) => {
    if (first === last)
      return data.set(plane.data.subarray(first * length, (first + 1) * length), i * length);
    const values = new Array(last - first + 1);
    for (let at = 0; at < length; at++) {
      for (let row = first; row <= last; row++) values[row - first] = plane.data[row * length + at];
      data[i * length + at] = combine(values);
    }
  });
  return {data, width, height: planes.length, samples};
}

/**
 * Against y at a column: the dim runs to the right, so that rows are beside those of the frame.
 * @param {Volume} volume
 * @param {number} x in pixels of the frame
 * @param {Slab} [slab]
 * @returns {Pixels}
 */
export function againstY({planes, scale}, x, {half, method} = THIN) {
  const [{width, height, samples}] = planes;
  const n = planes.length;
  const data = new Uint8Array(height * n * samples);
  const [first, last] = within(x, half, scale, width);
  const combine = COMBINE[method];
  const values = new Array(last - first + 1);
  planes.forEach((plane, i) => {
    for (let row = 0; row < height; row++)
      for (let sample = 0; sample < samples; sample++) {
        for (let column = first; column <= last; column++)
          values[column - first] = plane.data[samples * (row * width + column) + sample];
        data[samples * (row * n + i) + sample] = combine(values);
      }
  });
  return {data, width: n, height, samples};
}

/** @type {Record<string, import("../../local/types.js").Answer>} */
export const ORTHO_ANSWERS = {
  async *reslice(
    {stack, frames},
    {dim, x, y, positions, half = 0, method = "max", against = ["x", "y"]},
    task,
  ) {
    checkCut("column", x, stack.width);
    checkCut("row", y, stack.height);
    const cuts = {againstX: /** @type {Pixels[]} */ ([]), againstY: /** @type {Pixels[]} */ ([]), scale: 1};
    for (const position of positions) {
      const volume = await readVolume(frames, position, dim, task);
      if (against.includes("x")) cuts.againstX.push(againstX(volume, y, {half, method}));
      if (against.includes("y")) cuts.againstY.push(againstY(volume, x, {half, method}));
      cuts.scale = volume.scale;
    }
    yield cuts;
  },
};

/** @param {string} what @param {number} at @param {number} size */
function checkCut(what, at, size) {
  if (!(at >= 0 && at < size)) throw new Error(`there is no ${what} ${at}: frames have ${size}`);
}
