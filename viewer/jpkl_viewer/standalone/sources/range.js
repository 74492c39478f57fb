// Which values are shown as black and white where values are kept exactly and the file does not say it: those of some
// frames of each channel; as `jpkl/_displayed.py`.

import {indexOf} from "../format/trailer.js";

/** Frames of a channel that are looked at. */
const N_SAMPLED = 5;

/**
 * @param {number[]} sizes of the dims
 * @param {number | null} channel which of them is that of the channels
 * @param {(number: number) => Promise<ArrayLike<number>>} read values of a frame
 * @param {[number, number]} limits of the dtype
 * @returns {Promise<{shape: number[], values: Float64Array}>}
 */
export async function sampledRange(sizes, channel, read, limits) {
  const shape = sizes.map((size, d) => (d === channel ? size : 1));
  const n = channel === null ? 1 : sizes[channel];
  const values = new Float64Array(2 * n);
  for (let at = 0; at < n; at++) {
    const range = await rangeOf(framesOf(sizes, channel, at), read);
    values.set(range ?? limits, 2 * at);
  }
  return {shape: [...shape, 2], values};
}

/**
 * Numbers of the frames of a channel that are looked at.
 * @param {number[]} sizes
 * @param {number | null} channel
 * @param {number} at
 */
function framesOf(sizes, channel, at) {
  const others = sizes.map((size, d) => (d === channel ? 1 : size));
  const total = others.reduce((product, size) => product * size, 1);
  const n = Math.min(N_SAMPLED, total);
  const places = Array.from({length: n}, (_, i) => (n === 1 ? 0 : Math.trunc((i * (total - 1)) / (n - 1))));
  return [...new Set(places)].map((place) => {
    const index = indexOf(place, others);
    if (channel !== null) index[channel] = at;
    return index.reduce((number, i, d) => number * sizes[d] + i, 0);
  });
}

/**
 * Lowest and highest value; null where no frame can be read.
 * @param {number[]} numbers
 * @param {(number: number) => Promise<ArrayLike<number>>} read
 * @returns {Promise<[number, number] | null>}
 */
async function rangeOf(numbers, read) {
  let [low, high] = [Infinity, -Infinity];
  for (const number of numbers) {
    const values = await read(number).catch(() => null); // it says so when it is shown
    for (let i = 0; values && i < values.length; i++) {
      if (values[i] < low) low = values[i];
      if (values[i] > high) high = values[i];
    }
  }
  return low <= high ? [low, high] : null;
}
