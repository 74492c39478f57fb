// What a tool of the viewer is, what it may use of the viewer, and which dims tools go along.
//
// A tool is a function that takes the viewer (`ToolHost`) and returns a `Tool`, or null where it has nothing to
// do: where nothing computes (`asks` is null) or Python does not (`asks.isPython`), without other stacks, without dims.
// Its settings are plain data under its name in `state.tools`; they come from links, too, so that a tool checks them
// itself. It keeps nothing of its settings but reads them from the state that `update` brings. Its module adds it with
// `addTool`, and has a line in
// `tools/tools.js`.
//
// Where a tool is on the page: as a view of the stack, which has a button in the top bar and its settings in a bar over
// the stage (`asView`); in the strip beside the stage (`strip`); in the sidebar (`element`); below the stage (`below`); or
// as a sheet that a button of the top bar opens (`sheet`); or beside the name of the stack (`beside`). It can have several
// of them.

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Settings} Settings */

/**
 * @typedef {object} Tool
 * @property {string} name of its settings in `state.tools`, or in the state itself
 * @property {ToolView} [asView]
 * @property {HTMLElement[]} [strip] its buttons beside the stage
 * @property {HTMLElement} [element] its section of the sidebar
 * @property {ToolSheet} [sheet]
 * @property {HTMLElement} [beside] what it says beside the name of the stack
 * @property {HTMLElement | SVGElement | (HTMLElement | SVGElement)[]} [overlay] what lies over the stage
 * @property {HTMLElement | HTMLElement[]} [below] what is below the stage
 * @property {Record<string, import("./input/commands.js").Command>} [commands] what keys of `keymap.js` do
 * @property {() => boolean} [escape] ends what it is doing; returns whether there was anything
 * @property {(dx: number, dy: number) => boolean} [nudge] moves what is selected by pixels; returns whether there
 *   was anything
 * @property {(state: State) => void} [update] called when the state has changed
 * @property {() => void} [reload] called when Python has changed what it keeps for the tool
 * @property {() => void} [layout] called when the picture has another size or place on the stage
 * @property {(shown: import("./types.js").Shown) => void} [onShown] called when a picture has come to the screen
 * @property {(x: number, y: number) => void} [onClick] called on a click on a pixel of the picture
 * @property {(pixel: [x: number, y: number] | null) => void} [onPoint] called when the pointer is over another pixel of
 *   the picture, or over none
 * @property {() => void} [end] called when the viewer is off the page
 * @property {(channel: number) => void} [renameChannel] has the name of a channel typed
 * @property {(x: number, y: number) => string[]} [read] what it has to say of a pixel, for the readout
 */

/**
 * A view of the stack in place of its frames. Views exclude each other: where one is opened, the others are closed.
 * @typedef {object} ToolView
 * @property {string} text on its button
 * @property {string} icon
 * @property {string} [reason] why this stack cannot have it; the rest is not used then
 * @property {boolean} [isUpright] whether frames are as they are stored in it, and not turned
 * @property {HTMLElement[]} [bar] its settings
 * @property {(state: State) => boolean} [isOn]
 * @property {() => void} [open] opens it with the settings that it had last
 * @property {() => void} [close]
 * @property {(state: State) => boolean} [isBright] whether what is little or nothing is bright in it
 * @property {(state: State) => string} [whyNoZoom] why the zoom of the frame does nothing in it; "" where it does
 * @property {() => import("../tools/montage/layout.js").Arrangement | null} [arrangement] of many frames on the screen
 */

/**
 * What a button of the top bar opens.
 * @typedef {object} ToolSheet
 * @property {string} text on the button, and over the sheet
 * @property {string} icon
 * @property {HTMLElement} element
 * @property {() => void} [onOpen]
 */

/**
 * A stack that the one shown is compared with, and where its frames come from.
 * @typedef {{description: import("./types.js").Description, provider: import("./types.js").Provider}} OtherStack
 */

/**
 * What tools may use of the viewer (`JPklView`).
 * @typedef {object} ToolHost
 * @property {import("./state/stack.js").Stack} stack
 * @property {State} state what is wanted now; each change makes another object
 * @property {Settings} settings the same as Python knows it, without the zoom
 * @property {State} initial the state that the viewer started with
 * @property {Record<string, Uint8Array>} colormaps 256 times red, green, blue
 * @property {import("./types.js").Shown | null} shown what is on the screen, which may be older than the state
 * @property {number} selected the channel whose contrast is set
 * @property {import("./frames/asks.js").Asks | null} asks by which Python, or what stands in for it, is asked to compute
 * @property {OtherStack[]} others the stacks to compare with
 * @property {import("./pixels/picture.js").Picture} picture
 * @property {import("./pixels/pixels.js").PixelReader} pixels what the pixels of the picture are
 * @property {import("./state/viewport.js").Viewport} viewport which part of the frame is seen
 * @property {Pick<import("./stage/figure.js").Figure, "addLayer" | "reserve">} figure gives a canvas over the picture, and
 *   keeps room beside it
 * @property {{bar: {length: number}, taken: (corner: string) => number}} corners what lies over the picture: what its scale
 *   bar stands for, and how many CSS pixels it takes of a corner
 * @property {HTMLElement} root of the viewer; takes the focus back from what is removed
 * @property {HTMLElement} stage where the picture is; overlays are placed in its pixels
 * @property {HTMLElement} figureSlot what the figure fills
 * @property {string} link a link to the view as it is
 * @property {boolean} ownsUrl whether that link brings the view back
 * @property {import("../tools/bookmarks/marks.js").Bookmark[]} bookmarks that came with the page
 * @property {Tool | null} openView the tool whose view is open; null for frames
 * @property {import("../tools/montage/layout.js").Arrangement | null} arrangement that of its view, if it has one
 * @property {(text: string) => void} hint says in the footer how the tool that is armed is used; "" for none
 * @property {(dim: number, index: number) => void} move goes to an index along a dim, which ends playing
 * @property {(values: Partial<State>) => void} change changes parts of the state
 * @property {(values: Partial<State>) => void} goTo shows something else altogether, its zoom included; playing ends
 * @property {(name: string, settings: object | null) => void} setTool changes the settings of a tool; null is off
 * @property {(pane: HTMLElement) => void} pannedBy pans and clicks by an element of the class "pane", which shows
 *   the part that is seen once more
 * @property {() => number[][]} ahead positions that likely come next
 * @property {import("./types.js").Pace} pace at which they do
 * @property {() => void} read says again what is under the pointer
 */

/** @typedef {(view: ToolHost) => Tool | null} MakeTool */

/** All tools, in the order in which they were added. @type {MakeTool[]} */
export const TOOLS = [];

/**
 * Add a tool to the viewer.
 * @param {MakeTool} make
 */
export function addTool(make) {
  TOOLS.push(make);
}

/**
 * A tool with a view that a stack cannot have: its button says why.
 * @param {string} name
 * @param {string} text on the button
 * @param {string} icon
 * @param {string} reason
 * @returns {Tool}
 */
export function impossible(name, text, icon, reason) {
  return {name, asView: {text, icon, reason}};
}

/**
 * Dims with more than one index.
 * @param {import("./types.js").Description["dims"]} dims
 * @returns {number[]}
 */
export function scrubbable(dims) {
  return dims.flatMap((dim, d) => (dim.size > 1 ? [d] : []));
}

/**
 * The same without the channels: what is next to each other along them is not so in space or time.
 * @param {Pick<import("./types.js").Description, "dims" | "channelDim">} stack
 */
export function scrubbableButChannel({dims, channelDim}) {
  return scrubbable(dims).filter((d) => d !== channelDim);
}

/**
 * The dim that a view goes along first: z where there is one.
 * @param {{name: string}[]} dims all dims of the stack
 * @param {number[]} numbers those that it can go along
 * @param {number} otherwise
 */
export function firstDim(dims, numbers, otherwise) {
  return numbers.find((d) => dims[d].name.toLowerCase().startsWith("z")) ?? otherwise;
}

/**
 * A whole number from 0 to `most`; 0 for what is no number.
 * @param {unknown} value
 * @param {number} most
 */
export function clampIndex(value, most) {
  return Math.min(most, Math.max(0, Math.trunc(Number(value)) || 0));
}
