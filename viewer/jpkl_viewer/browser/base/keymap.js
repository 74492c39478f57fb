// The keys: what each of them does, as one table, from which the help is made, too. Nothing here touches the page.

/**
 * A line of the help.
 * @typedef {object} KeyRow
 * @property {string} group
 * @property {string} text what the keys do
 * @property {string[]} caps the keys as they are labeled; `…` stands for those between
 * @property {Record<string, string>} keys names of commands by key, as `comboOf` writes it
 */

/** @typedef {Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">} Key */

/**
 * What has the focus: the viewer or its picture; the slider of a dim; another slider, which goes by arrows itself; a
 * button or switch, which space and Enter press; an item, which is both; or a field, which all keys mean something to.
 * @typedef {"viewer" | "dim" | "slider" | "button" | "item" | "field"} Focus
 */

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/**
 * A row with the digits.
 * @param {string} prefix of the keys
 * @param {string} command prefix of the commands
 */
const digits = (prefix, command) =>
  Object.fromEntries(DIGITS.map((digit) => [prefix + digit, command + digit]));

/** @type {KeyRow[]} */
const MOVE = [
  {
    group: "Move through the stack",
    text: "Step along the active dim",
    caps: ["←", "→"],
    keys: {ArrowLeft: "back", ArrowRight: "on"},
  },
  {
    group: "Move through the stack",
    text: "Ten steps",
    caps: ["Pg Up", "Pg Dn"],
    keys: {PageUp: "tenBack", PageDown: "tenOn"},
  },
  {
    group: "Move through the stack",
    text: "First, last",
    caps: ["Home", "End"],
    keys: {Home: "first", End: "last"},
  },
  {
    group: "Move through the stack",
    text: "Previous, next dim",
    caps: ["↑", "↓"],
    keys: {ArrowUp: "previousDim", ArrowDown: "nextDim"},
  },
  {
    group: "Move through the stack",
    text: "Step along the next dim",
    caps: ["Shift", "←", "→"],
    keys: {"Shift+ArrowLeft": "nextDimBack", "Shift+ArrowRight": "nextDimOn"},
  },
  {group: "Move through the stack", text: "Play, pause", caps: ["Space"], keys: {" ": "play"}},
  {
    group: "Move through the stack",
    text: "Slower, faster",
    caps: [",", "."],
    keys: {",": "slower", ".": "faster"},
  },
];

/** @type {KeyRow[]} */
const SEE = [
  {
    group: "Zoom",
    text: "In, out",
    caps: ["+", "−"],
    keys: {"+": "zoomIn", "=": "zoomIn", "-": "zoomOut", "−": "zoomOut"},
  },
  {group: "Zoom", text: "Fit", caps: ["0"], keys: {0: "fit"}},
  {group: "Zoom", text: "1:1", caps: ["Z"], keys: {z: "oneToOne"}},
  {group: "Zoom", text: "Rotate to the right", caps: ["T"], keys: {t: "turnRight"}},
  {group: "Zoom", text: "Rotate to the left", caps: ["Shift", "T"], keys: {"Shift+t": "turnLeft"}},
  {group: "Zoom", text: "Flip left and right", caps: ["Shift", "F"], keys: {"Shift+f": "flip"}},
  {
    group: "Channels and contrast",
    text: "Show or hide a channel",
    caps: ["1", "…", "9"],
    keys: digits("", "channel"),
  },
  {
    group: "Channels and contrast",
    text: "This channel alone; again for all",
    caps: ["Alt", "1", "…", "9"],
    keys: digits("Alt+", "alone"),
  },
  {
    group: "Channels and contrast",
    text: "Composite, or one channel",
    caps: ["C"],
    keys: {c: "composite"},
  },
  {group: "Channels and contrast", text: "Auto contrast, all channels", caps: ["A"], keys: {a: "auto"}},
  {
    group: "Channels and contrast",
    text: "Full range",
    caps: ["Shift", "A"],
    keys: {"Shift+a": "fullRange"},
  },
  {group: "Channels and contrast", text: "Invert", caps: ["I"], keys: {i: "invert"}},
];

/** @type {KeyRow[]} */
const DO = [
  {group: "Views", text: "Frame", caps: ["Esc"], keys: {Escape: "escape"}},
  {group: "Views", text: "Projection", caps: ["M"], keys: {m: "projection"}},
  {group: "Views", text: "Orthogonal views", caps: ["X"], keys: {x: "ortho"}},
  {group: "Views", text: "Montage", caps: ["N"], keys: {n: "montage"}},
  {group: "Views", text: "Compare", caps: ["K"], keys: {k: "compare"}},
  {group: "Views", text: "Curves and profile", caps: ["D"], keys: {d: "dock"}},
  {group: "Bookmarks", text: "Add this view", caps: ["Shift", "B"], keys: {"Shift+b": "bookmark"}},
  {group: "Bookmarks", text: "Next", caps: ["J"], keys: {j: "nextBookmark"}},
  {group: "Bookmarks", text: "Previous", caps: ["Shift", "J"], keys: {"Shift+j": "previousBookmark"}},
  {group: "Draw and measure", text: "Select and pan", caps: ["V"], keys: {v: "select"}},
  {group: "Draw and measure", text: "Point", caps: ["P"], keys: {p: "point"}},
  {group: "Draw and measure", text: "Line", caps: ["L"], keys: {l: "line"}},
  {group: "Draw and measure", text: "Rectangle", caps: ["R"], keys: {r: "rectangle"}},
  {group: "Draw and measure", text: "Ellipse", caps: ["O"], keys: {o: "ellipse"}},
  {group: "Draw and measure", text: "Polygon", caps: ["G"], keys: {g: "polygon"}},
  {group: "Draw and measure", text: "Freehand", caps: ["H"], keys: {h: "freehand"}},
  {
    group: "Draw and measure",
    text: "Place it, close the polygon",
    caps: ["Enter"],
    keys: {Enter: "closeShape"},
  },
  {group: "Draw and measure", text: "Rename", caps: ["F2"], keys: {F2: "rename"}},
  {
    group: "Draw and measure",
    text: "Delete",
    caps: ["Del"],
    keys: {Delete: "remove", Backspace: "remove"},
  },
  {group: "Draw and measure", text: "Undo", caps: ["Ctrl", "Z"], keys: {"Ctrl+z": "undo"}},
  {
    group: "Draw and measure",
    text: "Redo",
    caps: ["Ctrl", "Shift", "Z"],
    keys: {"Ctrl+Shift+z": "redo", "Ctrl+y": "redo"},
  },
  {group: "Window", text: "Export", caps: ["E"], keys: {e: "export"}},
  {group: "Window", text: "Copy this view", caps: ["Ctrl", "C"], keys: {"Ctrl+c": "copy"}},
  {group: "Window", text: "Full screen", caps: ["F"], keys: {f: "fullScreen"}},
  {group: "Window", text: "Sidebar", caps: ["B"], keys: {b: "sidebar"}},
  {group: "Window", text: "This help", caps: ["?"], keys: {"?": "help"}},
];

/** All keys, in the order in which the help has them. A stack has those whose commands it has. */
export const KEYMAP = [...MOVE, ...SEE, ...DO];

/** Commands that go on while their key is held; others would go on and off. */
const HELD = new Set([
  ...["back", "on", "tenBack", "tenOn", "previousDim", "nextDim", "nextDimBack", "nextDimOn"],
  ...["slower", "faster", "zoomIn", "zoomOut", "nextBookmark", "previousBookmark", "undo", "redo"],
]);

/** @type {Map<string, string>} */
const COMMANDS = new Map(KEYMAP.flatMap(({keys}) => Object.entries(keys)));

/** Keys that a slider goes by itself. */
const SLIDER_KEYS = /^(Shift\+)?(Arrow(Left|Right|Up|Down)|Home|End|Page(Up|Down))$/;

/** Ways of the arrow keys. @type {Record<string, [dx: number, dy: number]>} */
const WAYS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

/** By how many pixels arrow keys with Shift move a region. */
const FAR = 10;

/**
 * A key with its modifiers, e.g. `Ctrl+Shift+z`. Of what Shift is needed to type, as `?`, it is left out.
 * @param {Key} event
 */
export function comboOf({key, code, ctrlKey, metaKey, altKey, shiftKey}) {
  // With Alt, a digit can type something else.
  const digit = altKey ? /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1] : undefined;
  const isLetter = key.length === 1 && key.toLowerCase() !== key.toUpperCase();
  const name = digit ?? (isLetter ? key.toLowerCase() : key);
  const hasShift = shiftKey && (isLetter || key.length > 1);
  return `${ctrlKey || metaKey ? "Ctrl+" : ""}${altKey ? "Alt+" : ""}${hasShift ? "Shift+" : ""}${name}`;
}

/**
 * The command of a key; null where the key belongs to what has the focus, or to the browser.
 * @param {Key} event
 * @param {Focus} focus
 * @returns {string | null}
 */
export function commandOf(event, focus) {
  const combo = comboOf(event);
  if (focus === "field") return combo === "Escape" ? "leave" : null;
  if ((focus === "button" || focus === "item") && (combo === " " || combo === "Enter")) return null;
  if ((focus === "slider" || focus === "item") && SLIDER_KEYS.test(combo)) return null;
  return COMMANDS.get(combo) ?? null;
}

/**
 * Whether a command is run once more while its key is held.
 * @param {string} command
 */
export function isHeld(command) {
  return HELD.has(command);
}

/**
 * How far an arrow key moves a region that is selected, in pixels; null for other keys.
 * @param {Key} event
 * @param {Focus} focus
 * @returns {[dx: number, dy: number] | null}
 */
export function nudgeOf(event, focus) {
  const way = WAYS[event.key];
  if (!way || !(focus === "viewer" || focus === "button")) return null;
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const by = event.shiftKey ? FAR : 1;
  return [by * way[0], by * way[1]];
}

/**
 * The rows of what a viewer can do.
 * @param {(command: string) => boolean} has
 */
export function rowsFor(has) {
  return KEYMAP.filter(({keys}) => Object.values(keys).some(has));
}

/**
 * The key of a command as it is labeled, for tooltips; "" if there is none.
 * @param {string} command
 */
export function capOf(command) {
  const row = KEYMAP.find(({keys}) => Object.values(keys).includes(command));
  if (!row) return "";
  const commands = [...new Set(Object.values(row.keys))];
  return commands.length > 1 ? row.caps[commands.indexOf(command)] : row.caps.join("+");
}

/**
 * A tooltip with the key of a command.
 * @param {string} text
 * @param {string} command
 */
export function titled(text, command) {
  const cap = capOf(command);
  return cap ? `${text} (${cap})` : text;
}
