// Where the parts of a viewer are.

import {chained, viewCommands, zooms} from "../input/commands.js";
import {focusIn, h, toggle} from "../base/dom.js";
import {helpDialog} from "../input/help.js";
import {sprite} from "../base/icons.js";
import {Info} from "./info.js";
import {parseLength} from "../state/scale_bar.js";
import {commandOf, isHeld, nudgeOf, rowsFor} from "../base/keymap.js";
import {SCALE_BAR_COLORS, SCALE_BAR_CORNERS} from "../base/limits.js";
import {turns} from "./orientation.js";
import {section, sidebar} from "./sidebar.js";
import {strip} from "./strip.js";
import {choice} from "./fields.js";
import {topBar} from "./topbar.js";
import {Views} from "./views.js";

/** @typedef {import("../contrast/channel_contrast.js").ChannelContrast} ChannelContrast */
/** @typedef {import("../state/stack.js").Stack} Stack */
/** @typedef {import("../tool.js").Tool} Tool */

const SEE_KEYS = "Press ? for the keyboard";

/** @typedef {ReturnType<typeof makePlaces>} Places */

/**
 * The root of a viewer, and in it what takes room: the stage with the place of the figure, the dims and the footer. What
 * else is around has its place, of the same size, and is made later: see `Page`.
 * @param {Stack} stack
 * @param {boolean} ownsUrl
 * @param {HTMLElement} dims
 * @param {HTMLElement} readout
 */
export function makePlaces({title}, ownsUrl, dims, readout) {
  const figureSlot = h("div", {className: "figure"});
  const stage = h("div", {className: "stage"}, figureSlot);
  // The page may have a header, a main part and a footer of its own, which these are not.
  const middle = h("div", {className: "middle", role: "group", "aria-label": "picture"}, stage);
  const hint = h("span", {className: "hint", role: "status"});
  const later = {
    top: h("div", {className: "top"}),
    strip: h("nav", {className: "toolstrip"}),
    side: h("aside", {className: "side"}),
    // As high as the plots are where they are folded, which all stacks have.
    below: h("div", {className: "below"}, h("div", {className: "dock"}, h("div", {className: "head"}))),
  };
  const app = h(
    "div",
    {className: "app"},
    later.top,
    later.strip,
    middle,
    later.side,
    later.below,
    dims,
    h("div", {className: "foot", role: "group", "aria-label": "values"}, readout, hint),
  );
  const label = `stack ${title}`;
  // In English, whatever the direction of the page around.
  const root = h(
    "div",
    {className: "viewer", tabIndex: 0, role: "application", "aria-label": label, lang: "en", dir: "ltr"},
    app,
  );
  root.toggleAttribute("data-owns-url", ownsUrl);
  return {root, app, middle, stage, figureSlot, hint, later};
}

/**
 * What is used of the viewer.
 * @typedef {import("../input/commands.js").Commanded & Around} Parts
 */

/**
 * @typedef {object} Around
 * @property {HTMLElement} root
 * @property {Places} places
 * @property {Tool[]} tools
 * @property {ChannelContrast} contrast
 * @property {string} whyUpright
 * @property {(values: Partial<import("../types.js").State>) => void} goTo
 */

/** @typedef {{shows: Shows, turning: import("./orientation.js").TurnButtons}} Switches of what is seen of the picture */

/** What is around the picture, filled and laid out. */
export class Page {
  #app;
  #bar;
  #strip;
  #hint;
  #info;
  /** @type {HTMLElement | null} */
  #help = null;
  /** Gives the focus back that it has. */
  #leaveHelp = () => {};
  #root;
  #shows;
  #parts;
  #tools;
  #viewport;
  /** Whether the key that was pressed last meant something. */
  #wasTaken = false;
  /** What keys do; what is added counts. @type {Record<string, import("../input/commands.js").Command>} */
  commands;

  /**
   * Put all around the picture that is not there yet.
   * @param {Parts} parts
   * @param {Switches} switches
   */
  constructor(parts, {shows, turning}) {
    const {stack, root, places, tools} = parts;
    const {app, middle, stage, figureSlot, hint, later} = places;
    this.#root = root;
    this.#app = app;
    this.#hint = hint;
    this.#shows = shows;
    this.#parts = parts;
    this.#tools = tools;
    this.#viewport = parts.viewport;
    this.#info = new Info(stack, (position) => parts.goTo({position}));
    this.views = new Views(tools, () => parts.state);
    const sheets = tools.flatMap(({sheet}) => sheet ?? []);
    const beside = tools.flatMap((tool) => tool.beside ?? []);
    this.#bar = topBar(stack, beside, this.views.switch, sheets, this.#handlers(parts));
    this.#strip = strip(
      tools.flatMap((tool) => (tool.strip ? [tool.strip] : [])),
      [...shows.elements, turning.element],
    );
    figureSlot.after(...tools.flatMap((tool) => tool.overlay ?? []));
    stage.append(this.#strip.pencil);
    middle.prepend(this.views.bar);
    later.top.replaceWith(this.#bar.element);
    later.strip.replaceWith(this.#strip.element);
    later.side.replaceWith(sidebar(sections(parts, this.#info)));
    later.below.replaceChildren(...tools.flatMap((tool) => tool.below ?? []));
    app.append(...this.#bar.sheets);
    root.prepend(sprite());
    this.hint("");
    this.commands = {
      ...viewCommands(parts),
      ...turns(parts),
      ...this.views.commands,
      ...chained(tools.map(({commands}) => commands)),
      ...this.#bar.commands,
      sidebar: () => this.toggleSidebar(),
      help: () => this.toggleHelp(),
      escape: () => this.#escape(),
    };
  }

  /** @param {Parts} parts @returns {import("./topbar.js").TopBarHandlers} */
  #handlers(parts) {
    const {root, tools} = parts;
    const copy = tools.find(({commands}) => commands?.copy)?.commands?.copy;
    return {
      ...zooms(parts),
      onCopy: copy ? () => void copy() : null,
      onScale: (scale) => parts.viewport.setScale(scale),
      onFullScreen: () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()),
      onHelp: () => this.toggleHelp(),
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
    this.#hint.textContent = text || SEE_KEYS;
  }

  /** @param {import("../types.js").State} state */
  update(state) {
    this.views.update(state);
    this.#bar.setZoomUsable(this.#parts.whyNoZoom);
    this.#shows.update(state);
  }

  /**
   * Follow the sliders.
   * @param {number[]} position
   */
  follow(position) {
    this.#info.follow(position);
  }

  /** @param {number} scale */
  updateZoom(scale) {
    this.#bar.updateZoom(scale);
  }

  toggleHelp() {
    if (this.#closeHelp()) return;
    this.#help = helpDialog(
      rowsFor((command) => command in this.commands),
      () => this.#closeHelp(),
    );
    for (const each of this.#app.children) each.toggleAttribute("inert", true);
    this.#app.append(this.#help);
    this.#leaveHelp = focusIn(/** @type {HTMLElement} */ (this.#help.firstElementChild));
  }

  /** @returns {boolean} whether it was open */
  #closeHelp() {
    if (!this.#help) return false;
    for (const each of this.#app.children) each.removeAttribute("inert");
    this.#leaveHelp();
    this.#help.remove();
    this.#help = null;
    return true;
  }

  /** Close what lies over the page, end what a tool does, or go back to the frame: one of them. */
  #escape() {
    return (
      this.#closeHelp() ||
      this.#strip.close() ||
      this.#bar.close() ||
      this.#tools.some((tool) => tool.escape?.()) ||
      this.views.close()
    );
  }

  /**
   * A key was pressed that is the viewer's.
   * @param {KeyboardEvent} event
   * @param {import("../base/keymap.js").Focus} focus
   * @returns {boolean} whether it meant something
   */
  onKey(event, focus) {
    const hadFocus = this.#hasFocus;
    const isTaken = this.#press(event, focus);
    // What has closed does not take the focus with it: the next keys would be those of the page around.
    if (hadFocus && !this.#hasFocus) this.#root.focus({preventScroll: true});
    return isTaken;
  }

  /** Whether something in the viewer has the focus, and can be seen. */
  get #hasFocus() {
    const {activeElement} = /** @type {Document | ShadowRoot} */ (this.#root.getRootNode());
    return this.#root.contains(activeElement) && activeElement?.checkVisibility?.() !== false;
  }

  /**
   * @param {KeyboardEvent} event
   * @param {import("../base/keymap.js").Focus} focus
   */
  #press(event, focus) {
    const nudge = nudgeOf(event, focus);
    if (nudge && this.#tools.some((tool) => tool.nudge?.(...this.#viewport.unturned(...nudge)))) return true;
    const command = commandOf(event, focus);
    if (command === "leave") {
      // Fields that take what was typed when they are left have to know that this is not wanted.
      event.composedPath()[0].dispatchEvent(new Event("cancel"));
      if (!this.#closeHelp()) this.#root.focus({preventScroll: true});
      return true;
    }
    if (command === null) return false;
    if (event.repeat && !isHeld(command)) return this.#wasTaken;
    this.#wasTaken = command in this.commands && this.commands[command]() !== false;
    return this.#wasTaken;
  }
}

/** @param {Parts} parts @param {Info} info */
function sections({contrast, tools}, info) {
  const channels = section("Channels", contrast.actions, contrast.element);
  return [channels, ...tools.flatMap(({element}) => element ?? []), info.element];
}

/** @typedef {ReturnType<typeof makeShows>} Shows */

/** Settings that show what lies over the picture or beside it, with what people call it. */
const SHOWS = /** @type {const} */ ([
  ["scale_bar", "scale bar"],
  ["stamp", "stamp"],
  ["names", "names"],
  ["colorbar", "color bar"],
  ["axes", "axes"],
  ["smooth", "smooth pixels"],
]);

/**
 * What the axes count, to choose from where the size of pixels is known.
 * @param {Stack} stack
 * @param {(unit: string) => void} onPick
 */
function axesUnit(stack, onPick) {
  const physical = h("option", {value: "physical"});
  const onchange = () => onPick(select.value);
  const select = h(
    "select",
    {"aria-label": "unit of the axes", onchange},
    h("option", {value: "pixel"}, "px"),
    physical,
  );
  return {
    element: select,
    /** @param {import("../types.js").State} state */
    update({axes_unit}) {
      select.hidden = stack.pixelSize === null; // it may have been set by hand
      physical.textContent = stack.pixelUnit || "units";
      select.value = axes_unit;
    },
  };
}

/**
 * Where the scale bar is, its color, and its length.
 * @param {Stack} stack
 * @param {(values: Partial<import("../types.js").State>) => void} change
 */
function barSettings(stack, change) {
  const corner = choice("corner of the scale bar", SCALE_BAR_CORNERS, (scale_bar_corner) =>
    change({scale_bar_corner}),
  );
  const color = choice("color of the scale bar", SCALE_BAR_COLORS, (scale_bar_color) =>
    change({scale_bar_color}),
  );
  const length = h("input", {type: "text", inputMode: "decimal", placeholder: "automatic"});
  length.setAttribute("aria-label", "length of the scale bar");
  length.onchange = () => change({scale_bar_length: parseLength(length.value)});
  const unit = h("span", {});
  const element = h(
    "div",
    {className: "of-bar"},
    h("label", {}, "corner", corner),
    h("label", {}, "color", color),
    h("label", {}, "length", h("span", {className: "typed"}, length, unit)),
  );
  return {
    element,
    /** @param {import("../types.js").State} state */
    update({scale_bar, scale_bar_corner, scale_bar_color, scale_bar_length}) {
      element.hidden = !scale_bar;
      corner.value = scale_bar_corner;
      color.value = scale_bar_color;
      length.value = scale_bar_length ? String(scale_bar_length) : "";
      unit.textContent = stack.pixelSize ? stack.pixelUnit || "units" : "px"; // it may have been set by hand
    },
  };
}

/**
 * Switches of what is shown beside the picture itself.
 * @param {{stack: Stack, change: (values: Partial<import("../types.js").State>) => void}} view
 */
export function makeShows({stack, change}) {
  // Colors of an RGB picture stand for nothing.
  const switches = SHOWS.filter(([name]) => name !== "colorbar" || !stack.color).map(([name, text]) => ({
    name,
    ...toggle(text, {onChange: (isOn) => change({[name]: isOn})}),
  }));
  const bar = barSettings(stack, change);
  const unit = axesUnit(stack, (axes_unit) => change({axes: true, axes_unit}));
  return {
    elements: switches.flatMap(({name, element}) => {
      if (name === "axes") return h("div", {className: "pair"}, element, unit.element);
      return name === "scale_bar" ? [element, bar.element] : element;
    }),
    /** @param {import("../types.js").State} state */
    update(state) {
      for (const each of switches) each.update(state[each.name]);
      bar.update(state);
      unit.update(state);
    },
  };
}
