// Which frames a projection takes. Nothing here touches the page.

import {clampIndex} from "../../browser/tool.js";

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
