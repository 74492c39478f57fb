// Projections: many frames along a dim become one picture; `projection.py` computes the same, bit for bit.

import {makeRun, runKey} from "../../local/frames.js";
import {roundHalfEven} from "../../local/rounding.js";

/** @typedef {import("../../local/types.js").Pixels} Pixels */

/** A standard deviation of 8-bit values is at most 127.5: twice that fills a byte. */
const STD_SCALE = 2;

/** Of so many frames, sums of squares times their number are whole numbers that a float holds. */
const EXACT_FRAMES = 370_000;

/**
 * Takes in frames one by one, in any order.
 * @typedef {object} Accumulator
 * @property {(data: Uint8Array) => void} add
 * @property {(n: number) => Uint8Array<ArrayBuffer>} result of so many frames
 */

/** @param {number} length @returns {Accumulator} */
function maximum(length) {
  const most = new Uint8Array(length);
  return {
    add(data) {
      for (let i = 0; i < length; i++) if (data[i] > most[i]) most[i] = data[i];
    },
    result: () => most,
  };
}

/** @param {number} length @returns {Accumulator} */
function minimum(length) {
  const least = new Uint8Array(length).fill(255);
  return {
    add(data) {
      for (let i = 0; i < length; i++) if (data[i] < least[i]) least[i] = data[i];
    },
    result: () => least,
  };
}

/** Rounded to nearest, half up. @param {number} length @returns {Accumulator} */
function mean(length) {
  const sums = new Uint32Array(length);
  return {
    add(data) {
      for (let i = 0; i < length; i++) sums[i] += data[i];
    },
    result: (n) => Uint8Array.from(sums, (sum) => Math.floor((sum + Math.floor(n / 2)) / n)),
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
    result: (n) =>
      Uint8Array.from(sums, (sum, i) =>
        roundHalfEven((STD_SCALE * Math.sqrt(spread(n, sum, squares[i]))) / n),
      ),
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
 * A projection through a position, computed if it is not kept.
 * @param {import("../../local/frames.js").Frames} frames
 * @param {number[]} position
 * @param {import("../../browser/types.js").Projection} projection
 * @param {import("../../local/task.js").Task} task
 * @returns {Promise<Pixels>}
 */
export async function project(frames, position, {dim, method, start, stop}, task) {
  const make = METHODS[method];
  if (!make) throw new Error(`there is no projection ${method}`);
  const run = makeRun(frames.stack, position, dim, {start, stop});
  const compute = async () => {
    const {width, height, color} = frames.stack;
    const samples = color ? 3 : 1;
    const accumulator = make(width * height * samples);
    await frames.each(run, task, (_, {data}) => accumulator.add(data));
    return /** @type {Pixels} */ ({data: accumulator.result(run.indices.length), width, height, samples});
  };
  return frames.product(`projection ${method} ${runKey(run)}`, compute, ({data}) => data.length);
}
