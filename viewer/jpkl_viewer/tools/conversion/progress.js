// How far an original is encoded, in words.

/**
 * What Python says of it.
 * @typedef {object} Progress
 * @property {string} what is being done; "" when nothing is any more
 * @property {number} part of it that is done, 0 to 1
 * @property {number | null} secondsLeft
 * @property {string} size of what was written, "" where nothing was
 * @property {string} problem why nothing will be
 */

/** @param {number} seconds */
export function formatLeft(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s left`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min left`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

/** @param {Progress} progress */
export function describeProgress({what, part, secondsLeft, size, problem}) {
  if (problem) return "Not encoded";
  if (!what) return `Encoded, ${size}`;
  const percent = `${what} ${Math.floor(100 * part)} %`;
  return secondsLeft === null ? percent : `${percent}, ${formatLeft(secondsLeft)}`;
}
