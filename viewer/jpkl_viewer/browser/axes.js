// The axes of the figure that HoloViews built. Their changes stay in the browser.

/** @typedef {import("./bokeh.js").FigureView} FigureView */

/**
 * Give the axes a color of the page.
 * @param {FigureView} figureView
 * @param {string} color
 */
export function colorAxes({model}, color) {
  const lines = {axis_line_color: color, major_tick_line_color: color, minor_tick_line_color: color};
  const texts = {major_label_text_color: color, axis_label_text_color: color};
  for (const axis of [...model.below, ...model.left]) axis.setv({...lines, ...texts}, {sync: false});
}

/**
 * @param {FigureView} figureView
 * @param {boolean} visible
 */
export function showAxes({model}, visible) {
  for (const axis of [...model.below, ...model.left]) axis.setv({visible}, {sync: false});
}
