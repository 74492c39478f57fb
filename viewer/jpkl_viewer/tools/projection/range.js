// Which frames a projection takes. Nothing here touches the page.

import {clampIndex} from "../../browser/tool.js";

/**
 * The dim that is projected first: z where there is one.
 * @param {{name: string}[]} dims all dims of the stack
 * @param {number[]} numbers those that can be projected
 * @param {number} otherwise
 */
export function firstDim(dims, numbers, otherwise) {
  return numbers.find((d) => dims[d].name.toLowerCase().startsWith("z")) ?? otherwise;
}

/**
 * From the first and the last index, in any order and as they were typed, to a range of those that there are.
 * @param {unknown} first
 * @param {unknown} last
 * @param {number} n indices
 * @returns {{start: number, stop: number}} `stop` is the index after the last
 */
export function rangeOf(first, last, n) {
  const [start, end] = [first, last].map((value) => clampIndex(value, n - 1)).sort((a, b) => a - b);
  return {start, stop: end + 1};
}
