// Where the parts of a viewer are.

import {group, h, toggle} from "./dom.js";

/** @typedef {import("./stack.js").Stack} Stack */
/** @typedef {import("./tool.js").Tool} Tool */

const LOSSY = "Pixel values are 8-bit and lossy: made for looking, not for measuring";
const KEYS = "space plays · ← → step · Home End";

/**
 * The root of a viewer, and in it the stage with the place of the figure: what tools are made around.
 * @param {Stack} stack
 */
export function makePlaces({title}) {
  const figureSlot = h("div", {className: "figure"});
  const stage = h("div", {className: "stage"}, figureSlot);
  const root = h("div", {
    className: "viewer",
    tabIndex: 0,
    role: "application",
    "aria-label": `stack ${title}`,
  });
  return {root, stage, figureSlot};
}

/**
 * @typedef {object} Parts
 * @property {Stack} stack
 * @property {HTMLElement} root
 * @property {HTMLElement} stage
 * @property {Tool[]} tools
 * @property {import("./controls.js").Controls} controls
 * @property {HTMLElement[]} overlays what lies over the picture, above the tools
 * @property {Shows} shows
 * @property {HTMLElement} readout
 */

/**
 * Fill a viewer.
 * @param {Parts} parts
 */
export function layOut({stack, root, stage, tools, controls, overlays, shows, readout}) {
  const rows = controls.scrubbed;
  stage.append(...tools.flatMap((tool) => tool.overlay ?? []), ...overlays);
  root.append(
    header(stack),
    stage,
    h("div", {className: "below"}, ...tools.flatMap((tool) => tool.below ?? [])),
    h("div", {className: "dims"}, ...rows, rows.length ? controls.playback.element : null),
    side(stack, controls, shows, tools),
    h("footer", {}, readout, rows.length ? h("span", {className: "keys"}, KEYS) : null),
  );
}

/** @param {Stack} stack */
function header(stack) {
  const dims = stack.dims.map((dim) => `${dim.name} ${dim.size}`).join(" · ");
  return h(
    "header",
    {},
    h("b", {title: stack.title}, stack.title),
    h("span", {}, `${stack.width} × ${stack.height}${stack.color ? " RGB" : ""}`),
    h("span", {}, dims),
    h("span", {className: "quality", title: LOSSY}, `8-bit JPEG, q=${stack.quality}`),
  );
}

/**
 * @param {Stack} stack
 * @param {import("./controls.js").Controls} controls
 * @param {Shows} shows
 * @param {Tool[]} tools
 */
function side(stack, controls, shows, tools) {
  controls.colormapGroup.append(shows.colorbar.element);
  return h(
    "div",
    {className: "side"},
    stack.canCompose ? group("Channels", controls.channels.element) : null,
    group("Contrast", controls.contrast.element),
    stack.color ? null : controls.colormapGroup,
    group("Show", shows.stamp.element, shows.bar.element, shows.axes.element),
    ...tools.map(({element}) => element),
  );
}

/** @typedef {ReturnType<typeof makeShows>} Shows */

/**
 * Switches of what is shown beside the picture itself.
 * @param {Record<"onBar" | "onStamp" | "onColorbar" | "onAxes", (isOn: boolean) => void>} handlers
 */
export function makeShows({onBar, onStamp, onColorbar, onAxes}) {
  return {
    bar: toggle("scale bar", {isOn: true, onChange: onBar}),
    stamp: toggle("position", {isOn: true, onChange: onStamp}),
    colorbar: toggle("colorbar", {onChange: onColorbar}),
    axes: toggle("axes", {onChange: onAxes}),
  };
}
