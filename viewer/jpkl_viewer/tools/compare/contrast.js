// The contrast of stacks that are compared: that of the first for all, or each its own. `contrast.py` computes the same.

/** @typedef {"shared" | "own"} Contrast */

/** With less of the wider range in common, one of two stacks is all black or white in the contrast of the other. */
const LEAST_COMMON = 0.1;

/** @type {[Contrast, string][]} */
export const CONTRASTS = [
  ["shared", "shared"],
  ["own", "each its own"],
];

/**
 * The contrast of another stack where nobody has chosen: that of the first, unless their values have next to nothing in
 * common, as of counts and of a probability.
 * @param {[number, number] | null} mine lowest and highest value of the files; null where they are not known
 * @param {[number, number] | null} its
 * @returns {Contrast}
 */
export function usualContrast(mine, its) {
  if (!mine || !its || mine[0] === mine[1] || its[0] === its[1]) return "shared";
  const common = Math.min(mine[1], its[1]) - Math.max(mine[0], its[0]);
  const widest = Math.max(mine[1] - mine[0], its[1] - its[0]);
  return common < LEAST_COMMON * widest ? "own" : "shared";
}

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
