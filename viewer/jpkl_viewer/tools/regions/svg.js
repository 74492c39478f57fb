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

/**
 * A path along an ellipse.
 * @param {Point[]} corners of the box around it
 */
export function ellipseIn(corners) {
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const [rx, ry, middle] = [(right - left) / 2, (bottom - top) / 2, ((top + bottom) / 2).toFixed(1)];
  const half = (/** @type {number} */ to) =>
    `A${rx.toFixed(1)} ${ry.toFixed(1)} 0 1 1 ${to.toFixed(1)} ${middle}`;
  return `M${left.toFixed(1)} ${middle}${half(right)}${half(left)}Z`;
}
