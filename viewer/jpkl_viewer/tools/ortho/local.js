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
 * Against x at a row: the dim runs down.
 * @param {Volume} volume
 * @param {number} y in pixels of the frame
 * @returns {Pixels}
 */
export function againstX({planes, scale}, y) {
  const [{width, samples}] = planes;
  const length = width * samples;
  const data = new Uint8Array(planes.length * length);
  const row = Math.floor(y / scale);
  planes.forEach((plane, i) => data.set(plane.data.subarray(row * length, (row + 1) * length), i * length));
  return {data, width, height: planes.length, samples};
}

/**
 * Against y at a column: the dim runs to the right, so that rows are beside those of the frame.
 * @param {Volume} volume
 * @param {number} x in pixels of the frame
 * @returns {Pixels}
 */
export function againstY({planes, scale}, x) {
  const [{width, height, samples}] = planes;
  const n = planes.length;
  const data = new Uint8Array(height * n * samples);
  const column = Math.floor(x / scale);
  planes.forEach((plane, i) => {
    for (let row = 0; row < height; row++)
      for (let sample = 0; sample < samples; sample++)
        data[samples * (row * n + i) + sample] = plane.data[samples * (row * width + column) + sample];
  });
  return {data, width: n, height, samples};
}

/** @type {Record<string, import("../../local/types.js").Answer>} */
export const ORTHO_ANSWERS = {
  async *reslice({stack, frames}, {dim, x, y, positions}, task) {
    checkCut("column", x, stack.width);
    checkCut("row", y, stack.height);
    const cuts = {againstX: /** @type {Pixels[]} */ ([]), againstY: /** @type {Pixels[]} */ ([]), scale: 1};
    for (const position of positions) {
      const volume = await readVolume(frames, position, dim, task);
      cuts.againstX.push(againstX(volume, y));
      cuts.againstY.push(againstY(volume, x));
      cuts.scale = volume.scale;
    }
    yield cuts;
  },
};

/** @param {string} what @param {number} at @param {number} size */
function checkCut(what, at, size) {
  if (!(at >= 0 && at < size)) throw new Error(`there is no ${what} ${at}: frames have ${size}`);
}
