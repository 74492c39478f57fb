// Projections: many frames along a dim become one picture; `projection.py` computes the same, bit for bit.

import {takeExtremes} from "../../browser/pixels/jpeg/jpeg.js";
import {makeRun, runKey} from "../../local/frames.js";
import {roundHalfEven} from "../../local/rounding.js";
import {Task} from "../../local/task.js";

/** @typedef {import("../../browser/types.js").Projection} Projection */
/** @typedef {import("../../local/frames.js").Frames} Frames */
/** @typedef {import("../../local/types.js").Pixels} Pixels */
/** @typedef {import("../../local/types.js").Sums} Sums */

/** A standard deviation of 8-bit values is at most 127.5: twice that fills a byte. */
const STD_SCALE = 2;

/** Up to so many frames, sums of squares times their number are whole numbers that a float holds. */
const EXACT_FRAMES = 370_000;

/**
 * Takes in frames one by one, in any order, or what others have of further ones.
 * @typedef {object} Accumulator
 * @property {(data: Uint8Array) => void} add
 * @property {Sums[]} sums what it has
 * @property {(sums: Sums[]) => void} merge takes in what another has
 * @property {(n: number) => Uint8Array<ArrayBuffer>} result of so many frames
 */

/** @param {number} length @returns {Accumulator} */
function maximum(length) {
  const most = new Uint8Array(length);
  const add = (/** @type {Uint8Array} */ data) => {
    if (takeExtremes(most, data, true)) return;
    for (let i = 0; i < length; i++) most[i] = Math.max(most[i], data[i]);
  };
  return {add, sums: [most], merge: ([other]) => add(/** @type {Uint8Array} */ (other)), result: () => most};
}

/** @param {number} length @returns {Accumulator} */
function minimum(length) {
  const least = new Uint8Array(length).fill(255);
  const add = (/** @type {Uint8Array} */ data) => {
    if (takeExtremes(least, data, false)) return;
    for (let i = 0; i < length; i++) least[i] = Math.min(least[i], data[i]);
  };
  return {
    add,
    sums: [least],
    merge: ([other]) => add(/** @type {Uint8Array} */ (other)),
    result: () => least,
  };
}

/** Rounded to nearest, half up. @param {number} length @returns {Accumulator} */
function mean(length) {
  const sums = new Uint32Array(length);
  const add = (/** @type {Sums | Uint8Array} */ data) => {
    for (let i = 0; i < length; i++) sums[i] += data[i];
  };
  return {
    add,
    sums: [sums],
    merge: ([other]) => add(other),
    result(n) {
      const means = new Uint8Array(length);
      const half = Math.floor(n / 2);
      for (let i = 0; i < length; i++) means[i] = Math.floor((sums[i] + half) / n);
      return means;
    },
  };
}

/** The pixels of the mean: what they stand for is in the scale, see `Stack.scale`. */
const sum = mean;

/** The standard deviation of the population, times 2. @param {number} length @returns {Accumulator} */
function deviation(length) {
  const sums = new Uint32Array(length);
  const squares = new Float64Array(length);
  return {
    add(data) {
      for (let i = 0; i < length; i++) {
        const value = data[i];
        sums[i] += value;
        squares[i] += value * value;
      }
    },
    sums: [sums, squares],
    merge([otherSums, otherSquares]) {
      for (let i = 0; i < length; i++) {
        sums[i] += otherSums[i];
        squares[i] += otherSquares[i];
      }
    },
    result(n) {
      const deviations = new Uint8Array(length);
      for (let i = 0; i < length; i++)
        deviations[i] = roundHalfEven((STD_SCALE * Math.sqrt(spread(n, sums[i], squares[i]))) / n);
      return deviations;
    },
  };
}

/**
 * The variance times n squared, in whole numbers: the difference of two means of squares would lose digits.
 * @param {number} n
 * @param {number} sum
 * @param {number} squares
 */
function spread(n, sum, squares) {
  if (n <= EXACT_FRAMES) return n * squares - sum * sum;
  return Number(BigInt(n) * BigInt(squares) - BigInt(sum) ** 2n);
}

/** @type {Record<string, (length: number) => Accumulator>} */
export const METHODS = {max: maximum, mean, sum, min: minimum, std: deviation};

/**
 * Through a position, of the frames from `start` to before `stop` of the projection.
 * @typedef {{position: number[], projection: Projection}} ProjectionPart
 */

/** Pixels from which on a projection is divided among workers; fewer are there before these have heard of it. */
const MANY_PIXELS = 2 ** 24;

/** Frames that a worker takes at a time. */
const SHARE = 16;

/**
 * A projection through a position, computed if it is not kept.
 * @param {Frames} frames
 * @param {number[]} position
 * @param {Projection} projection
 * @param {Task} task
 * @returns {Promise<Pixels>}
 */
export async function project(frames, position, projection, task) {
  const {dim, method, start, stop} = projection;
  const run = makeRun(frames.stack, position, dim, {start, stop});
  const n = run.indices.length;
  const compute = async () => {
    const accumulator = accumulatorOf(frames, projection);
    const {width, height, color} = frames.stack;
    if (frames.helpers.length && n * width * height >= MANY_PIXELS)
      await addShared(accumulator, frames, {position, projection: {...projection, stop: start + n}}, task);
    else await frames.each(run, task, (_, {data}) => accumulator.add(data));
    return /** @type {Pixels} */ ({data: accumulator.result(n), width, height, samples: color ? 3 : 1});
  };
  return frames.product(`projection ${method} ${runKey(run)}`, compute, ({data}) => data.length);
}

/**
 * What an accumulator has of a part of a projection.
 * @param {Frames} frames
 * @param {ProjectionPart} part
 * @param {Task} task
 */
export async function projectPart(frames, {position, projection}, task) {
  const accumulator = accumulatorOf(frames, projection);
  const run = makeRun(frames.stack, position, projection.dim, projection);
  await frames.each(run, task, (_, {data}) => accumulator.add(data), {isOnce: true});
  return accumulator.sums;
}

/**
 * @param {Frames} frames
 * @param {Projection} projection
 */
function accumulatorOf({stack: {width, height, color}}, {method}) {
  const make = METHODS[method];
  if (!make) throw new Error(`there is no projection ${method}`);
  return make(width * height * (color ? 3 : 1));
}

/**
 * Add up a projection together with other workers: whoever is free takes the next frames.
 * @param {Accumulator} accumulator
 * @param {Frames} frames
 * @param {ProjectionPart} whole
 * @param {Task} task
 */
async function addShared(accumulator, frames, {position, projection}, task) {
  const {start, stop} = projection;
  let next = start;
  let done = 0;
  /** @param {(part: ProjectionPart) => Promise<Sums[]>} work */
  const lane = async (work) => {
    while (next < stop) {
      const first = next;
      next = Math.min(stop, first + SHARE);
      const n = next - first;
      accumulator.merge(await work({position, projection: {...projection, start: first, stop: next}}));
      done += n;
      task.report(done, stop - start);
    }
  };
  const quiet = new Task(task.signal);
  await Promise.all([
    lane((part) => projectPart(frames, part, quiet)),
    ...frames.helpers.map((help) => lane((part) => help(part, task.signal))),
  ]);
}
