// What is used of Bokeh and Panel, as types: both bring none for what runs in the browser.

/** Setting properties without `sync` stays in the browser. @typedef {{sync: boolean}} SetOptions */

/** @typedef {{left: number, top: number, width: number, height: number}} Box in CSS pixels of the figure */

/** @typedef {{setv: (values: object, options: SetOptions) => void}} Range */

/**
 * @typedef {object} Figure
 * @property {Range} x_range
 * @property {Range} y_range
 * @property {Document} document
 * @property {(values: object, options: SetOptions) => void} setv
 */

/**
 * A figure on the page.
 * @typedef {object} FigureView
 * @property {Figure} model
 * @property {HTMLElement} el
 * @property {{bbox: Box}} frame where data are drawn
 * @property {() => void} compute_layout
 */

/** @typedef {{events?: DocumentChange[], sync?: boolean}} DocumentChange */

/**
 * Panel's side of a notebook's comm.
 * @typedef {object} CommManager
 * @property {string} type
 * @property {number} debounce
 * @property {(event: DocumentChange) => void} _document_changed
 * @property {(values: object, options: SetOptions) => void} setv
 */

/**
 * @typedef {object} Document
 * @property {Iterable<{type: string}>} all_models
 * @property {(name: string, handle: () => void) => void} on_event
 */

/**
 * What Panel makes of a component in Python.
 * @template Message what Python sends it
 * @typedef {object} PanelModel
 * @property {(message: object) => void} send_msg to Python
 * @property {(event: "msg:custom" | "remove", handle: (message: Message) => void) => void} on
 * @property {(event: "msg:custom", handle: (message: Message) => void) => void} off
 * @property {(name: string) => Node} get_child a child by the name of its parameter
 */

/**
 * The same on the page. `data` has the parameters; those that are children are models.
 * @typedef {object} PanelView
 * @property {{document: Document, data: Record<string, object>}} model
 * @property {(model: object) => FigureView | null | undefined} get_child_view
 */

export {};
