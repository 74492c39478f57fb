// The contrast of stacks that are compared: that of the first for all, or each its own. `contrast.py` computes the same.

/** @typedef {"shared" | "own"} Contrast */

/** @type {[Contrast, string][]} */
export const CONTRASTS = [
  ["shared", "shared"],
  ["own", "each its own"],
];

/**
 * Contrast limits of one stack, in pixel values of another: they stand for the same values in the units of the files,
 * also where the other has none of these.
 * @param {[number, number]} limits
 * @param {Ends | null} mine what 0 and 255 stand for; null where that is not known: the pixel values are taken as they are
 * @param {Ends | null} its
 * @returns {[number, number]}
 * @typedef {{low: number, high: number}} Ends
 */
export function sharedLimits(limits, mine, its) {
  if (!mine || !its || its.low === its.high) return limits;
  if (mine.low === its.low && mine.high === its.high) return limits;
  const [low, high] = limits.map((level) => {
    const value = mine.low + (level / 255) * (mine.high - mine.low);
    return (255 * (value - its.low)) / (its.high - its.low);
  });
  return [low, high];
}
