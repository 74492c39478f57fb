// Paths of SVG as text.

/** @typedef {[x: number, y: number]} Point */

/**
 * A path through points, closed or not.
 * @param {Point[]} points
 */
export function pathThrough(points, isClosed = false) {
  const places = points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`);
  return `M${places.join("L")}${isClosed ? "Z" : ""}`;
}

/**
 * A path that marks a point and leaves its pixel free.
 * @param {Point} point
 */
export function crossAt([x, y]) {
  return `M${x - 8} ${y}H${x - 2}M${x + 2} ${y}H${x + 8}M${x} ${y - 8}V${y - 2}M${x} ${y + 2}V${y + 8}`;
}
