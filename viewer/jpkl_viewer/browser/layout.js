// Where the parts of a viewer are.

import {group, h, toggle} from "./dom.js";

/** @typedef {import("./channel_contrast.js").ChannelContrast} ChannelContrast */
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
 * What is used of the viewer.
 * @typedef {object} Parts
 * @property {Stack} stack
 * @property {HTMLElement} root
 * @property {HTMLElement} stage
 * @property {Tool[]} tools
 * @property {import("./controls.js").Controls} controls
 * @property {ChannelContrast} contrast
 * @property {Shows} shows
 * @property {import("./types.js").State} state
 */

/**
 * Fill a viewer.
 * @param {Parts} parts
 * @param {HTMLElement[]} overlays what lies over the picture, above the tools
 * @param {HTMLElement} readout
 */
export function layOut(parts, overlays, readout) {
  const {stack, root, stage, tools, controls, state} = parts;
  const rows = controls.scrubbed;
  stage.append(...tools.flatMap((tool) => tool.overlay ?? []), ...overlays);
  root.append(
    header(stack),
    stage,
    h("div", {className: "below"}, ...tools.flatMap((tool) => tool.below ?? [])),
    h("div", {className: "dims"}, ...rows, rows.length ? controls.playback.element : null),
    side(parts),
    h("footer", {}, readout, rows.length ? h("span", {className: "keys"}, KEYS) : null),
  );
  // What is not in use stays folded: looking needs none of it.
  const settings = /** @type {Record<string, unknown>} */ ({...state.tools, ...state});
  for (const {element, name} of tools) element.open = Boolean(settings[name]);
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

/** @param {Parts} parts */
function side({stack, controls, contrast, shows, tools}) {
  controls.colormapGroup.append(shows.colorbar.element);
  return h(
    "div",
    {className: "side"},
    stack.canCompose ? group("Channels", controls.channels.element) : null,
    group("Contrast", contrast.editor.element),
    stack.color ? null : controls.colormapGroup,
    group("Show", shows.stamp.element, shows.bar.element, shows.axes.element),
    ...tools.map(({element}) => element),
  );
}

/** @typedef {ReturnType<typeof makeShows>} Shows */

/**
 * Switches of what is shown beside the picture itself.
 * @param {import("./corners.js").Corners} corners
 * @param {ChannelContrast} contrast
 * @param {import("./figure.js").Figure} figure
 */
export function makeShows({bar, stamp}, contrast, figure) {
  const show = (/** @type {HTMLElement} */ element) => (/** @type {boolean} */ isOn) => {
    element.hidden = !isOn;
  };
  return {
    bar: toggle("scale bar", {isOn: true, onChange: show(bar.element)}),
    stamp: toggle("position", {isOn: true, onChange: show(stamp)}),
    colorbar: toggle("colorbar", {onChange: (isOn) => contrast.showColorbar(isOn)}),
    axes: toggle("axes", {onChange: (isOn) => figure.showAxes(isOn)}),
  };
}
