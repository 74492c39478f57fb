// Where the parts of a viewer are.

import {h, toggle} from "./dom.js";
import {sprite} from "./icons.js";
import {infoSection} from "./info.js";
import {section, sidebar} from "./sidebar.js";
import {strip} from "./strip.js";
import {topBar} from "./topbar.js";
import {Views} from "./views.js";

/** @typedef {import("./channel_contrast.js").ChannelContrast} ChannelContrast */
/** @typedef {import("./stack.js").Stack} Stack */
/** @typedef {import("./tool.js").Tool} Tool */

const SEE_KEYS = "space plays · ← → step · Home End";

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
 * @property {import("./viewport.js").Viewport | null} viewport
 */

/** What is around the picture, filled and laid out. */
export class Page {
  #app;
  #bar;
  #strip;
  #hint = h("span", {className: "hint"});
  #whenIdle;

  /**
   * @param {Parts} parts
   * @param {HTMLElement[]} overlays what lies over the picture, above the tools
   * @param {HTMLElement} readout
   */
  constructor(parts, overlays, readout) {
    const {stack, root, stage, tools, controls} = parts;
    this.#whenIdle = stack.sizes.some((size) => size > 1) ? SEE_KEYS : "";
    this.views = new Views(tools, () => parts.state);
    const sheets = tools.flatMap(({sheet}) => sheet ?? []);
    this.#bar = topBar(stack, this.views.switch, sheets, this.#handlers(parts));
    this.#strip = strip(
      tools.flatMap((tool) => (tool.strip ? [tool.strip] : [])),
      Object.values(parts.shows).flatMap((shown) => shown?.element ?? []),
    );
    stage.append(...tools.flatMap((tool) => tool.overlay ?? []), ...overlays, this.#strip.pencil);
    this.#app = h(
      "div",
      {className: "app"},
      this.#bar.element,
      this.#strip.element,
      h("main", {className: "middle"}, this.views.bar, stage),
      sidebar(sections(parts)),
      h("div", {className: "below"}, ...tools.flatMap((tool) => tool.below ?? [])),
      controls.dims,
      h("footer", {className: "foot"}, readout, this.#hint),
      ...this.#bar.sheets,
    );
    root.append(sprite(), this.#app);
    this.hint("");
  }

  /** @param {Parts} parts @returns {import("./topbar.js").TopBarHandlers} */
  #handlers(parts) {
    const {root} = parts;
    return {
      onZoom: (factor) => {
        const {viewport} = parts;
        const {left = 0, top = 0, width = 0, height = 0} = viewport?.box ?? {};
        viewport?.zoomAt(factor, left + width / 2, top + height / 2);
      },
      onScale: (scale) => parts.viewport?.setScale(scale),
      onFit: () => parts.viewport?.fit(),
      onFullScreen: () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()),
      onSidebar: () => this.toggleSidebar(),
    };
  }

  /** Open or shut the sidebar: where it is a drawer, it is shut at first. */
  toggleSidebar() {
    this.#app.classList.toggle("side-toggled");
  }

  /**
   * Say how the tool in the hand is used; "" for none.
   * @param {string} text
   */
  hint(text) {
    this.#hint.textContent = text || this.#whenIdle;
  }

  /** @param {import("./types.js").State} state */
  update(state) {
    this.views.update(state);
  }

  /** @param {number} scale */
  updateZoom(scale) {
    this.#bar.updateZoom(scale);
  }

  /** Close what lies over the page, or go back to the frame. @returns {boolean} whether there was anything */
  escape() {
    return this.#strip.close() || this.#bar.close() || this.views.close();
  }
}

/** @param {Parts} parts */
function sections({stack, controls, contrast, tools}) {
  const channels = section(
    "Channels",
    stack.canCompose ? controls.channels.element : null,
    contrast.editor.element,
    stack.color ? null : controls.colormap.element,
  );
  return [channels, ...tools.flatMap(({element}) => element ?? []), infoSection(stack)];
}

/** @typedef {ReturnType<typeof makeShows>} Shows */

/**
 * Switches of what is shown beside the picture itself.
 * @param {import("./corners.js").Corners} corners
 * @param {ChannelContrast} contrast
 * @param {import("./figure.js").Figure} figure
 * @param {boolean} isColor whether the stack is RGB
 */
export function makeShows({bar, stamp}, contrast, figure, isColor) {
  const show = (/** @type {HTMLElement} */ element) => (/** @type {boolean} */ isOn) => {
    element.hidden = !isOn;
  };
  return {
    bar: toggle("scale bar", {isOn: true, onChange: show(bar.element)}),
    stamp: toggle("stamp", {isOn: true, onChange: show(stamp)}),
    // Colors of an RGB picture stand for nothing.
    colorbar: isColor ? null : toggle("color bar", {onChange: (isOn) => contrast.showColorbar(isOn)}),
    axes: toggle("axes", {onChange: (isOn) => figure.showAxes(isOn)}),
  };
}
