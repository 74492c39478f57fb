// What single pixels are in frames and projections, where the browser has none but computed ones; `frames/pixels.py`.

import {parseKey} from "../browser/state/keys.js";
import {FrameProblem} from "./frames.js";

/**
 * @param {import("./answers.js").Computed["project"]} project
 * @returns {Record<string, import("./types.js").Answer>}
 */
export const PIXEL_ANSWERS = (project) => ({
  async *pixels({stack, frames, exact}, {x, y, frames: keys}, task) {
    const values = [];
    const texts = [];
    for (const key of keys) {
      const {number, projection} = parseKey(key);
      const reading = projection
        ? project(frames, stack.position(number), projection, task)
        : frames.pixels(number, task.signal);
      const pixels = await reading.catch((error) => {
        if (error instanceof FrameProblem) return null;
        throw error;
      });
      const value = pixels && valueAt(pixels, x, y);
      values.push(value);
      texts.push(
        projection || !value || !stack.isExact
          ? null
          : await textsOf(value, exact?.(number, x, y, task.signal)),
      );
    }
    yield {values, exact: texts};
  },
});

/**
 * What is kept of a pixel: what is shown, unless there is more.
 * @param {number[]} value
 * @param {Promise<string[]> | undefined} exact
 */
async function textsOf(value, exact) {
  return (await exact) ?? value.map(String);
}

/**
 * Gray, or red, green and blue.
 * @param {import("./types.js").Pixels} pixels
 * @param {number} x
 * @param {number} y
 */
function valueAt({data, width, samples}, x, y) {
  const at = samples * (y * width + x);
  return [...data.subarray(at, at + samples)];
}
