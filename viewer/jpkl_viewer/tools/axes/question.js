// What is asked of the axes of an image file, in words. Nothing here touches the page.

/** @typedef {import("../../browser/state/stack.js").Stack} Stack */

/**
 * How a file was read: `100 × 2 px, 300 frames`.
 * @param {Pick<Stack, "width" | "height" | "sizes">} stack
 */
export function readAs({width, height, sizes}) {
  const n = sizes.reduce((product, size) => product * size, 1);
  return `Read as ${width} × ${height} px, ${n === 1 ? "1 frame" : `${n} frames`}.`;
}

/**
 * @param {string} axes that are likely, e.g. "TYXS"
 * @param {number} n dims that the stack has now
 */
export function question(axes, n) {
  // Only the colors are taken for frames.
  if (axes.startsWith("YX") && axes.endsWith("S") && axes.length === n + 2) return "Is the last axis color?";
  return `Are its axes ${[...axes].join(" ")}${axes.endsWith("S") ? ", the last one color" : ""}?`;
}

/**
 * The link to the file with other axes: without what is seen of it now, whose dims are others.
 * @param {string} href
 * @param {string} axes
 */
export function axesUrl(href, axes) {
  const url = new URL(href);
  url.searchParams.set("axes", axes);
  url.hash = "";
  return url.href;
}
