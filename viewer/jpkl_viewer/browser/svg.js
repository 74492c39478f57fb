// SVG: elements, and paths as text.

/** @typedef {[x: number, y: number]} Point */

/**
 * An element of an SVG picture.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

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
