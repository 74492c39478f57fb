// Paths of a hand with fewer points: what is left out was less than a fraction of a pixel beside the path.

/** @typedef {import("./shapes.js").Point} Point */

/** How far a point that is left out can have been from the path, in pixels. */
const TOLERANCE = 0.25;

/**
 * How far a point is from the line between two others; from one of them where they are the same.
 * @param {Point} point
 * @param {Point} from
 * @param {Point} to
 */
function distance([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1);
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

/**
 * The points that are needed for a path to stay within a tolerance, in their order.
 * @param {Point[]} points
 * @param {number} tolerance
 */
function needed(points, tolerance) {
  const isNeeded = points.map((_, i) => i === 0 || i === points.length - 1);
  /** @type {[first: number, last: number][]} parts of the path that are still to be looked at */
  const parts = [[0, points.length - 1]];
  for (let part = parts.pop(); part; part = parts.pop()) {
    const [first, last] = part;
    let [farthest, most] = [first, tolerance];
    for (let i = first + 1; i < last; i++) {
      const away = distance(points[i], points[first], points[last]);
      if (away > most) [farthest, most] = [i, away];
    }
    if (farthest === first) continue;
    isNeeded[farthest] = true;
    parts.push([first, farthest], [farthest, last]);
  }
  return points.filter((_, i) => isNeeded[i]);
}

/**
 * A path with the points that it needs; where it comes back to where it began, that point is there once.
 * @param {Point[]} points
 * @param {number} most points at most, for which more may be left out
 */
export function simplified(points, most) {
  const unique = points.filter(([x, y], i) => i === 0 || x !== points[i - 1][0] || y !== points[i - 1][1]);
  let tolerance = TOLERANCE;
  let path = needed(unique, tolerance);
  while (path.length > most) path = needed(unique, (tolerance *= 2));
  const [first, last] = [path[0], path[path.length - 1]];
  const isClosed = path.length > 1 && distance(last, first, first) <= tolerance;
  return isClosed ? path.slice(0, -1) : path;
}
