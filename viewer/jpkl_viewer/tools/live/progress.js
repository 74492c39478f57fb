// How far a stack is written, in words.

/**
 * What Python says of it.
 * @typedef {object} Progress
 * @property {number} written frames
 * @property {number} total
 * @property {boolean} isGrowing whether somebody is writing more
 * @property {boolean} isThere whether the frames at the position have been written
 * @property {number | null} dim along which the recording goes on
 * @property {number | null} latest index along it at which there are frames
 */

/** @param {Progress} progress */
export function describeProgress({written, total, isGrowing}) {
  if (written === total) return `All ${total} frames written`;
  return isGrowing ? `${written} of ${total} frames written` : `Writing ended: ${written} of ${total} frames`;
}

/**
 * Where the view is to go: nowhere is null.
 * @param {Progress} progress
 * @param {number[]} position
 * @param {boolean} isFollowing
 * @returns {number[] | null}
 */
export function nextPosition({dim, latest}, position, isFollowing) {
  if (!isFollowing || dim === null || latest === null || position[dim] === latest) return null;
  return position.map((index, each) => (each === dim ? latest : index));
}
