// What the list of a folder shows and says of its stacks: search, order, texts. Nothing here touches the page.

/**
 * A stack of the folder.
 * @typedef {object} StackFile
 * @property {string} name with its folders
 * @property {number} bytes
 * @property {number} modified in ms since 1970
 * @property {boolean} isOriginal whether it is an image file that is not encoded
 * @property {string} error why it cannot be opened, "" where it can
 */

/**
 * What a look into a stack has shown; without a width nothing is known of it but the error.
 * @typedef {object} Details
 * @property {ArrayBuffer | null} [thumbnail] JPEG
 * @property {string} [error]
 * @property {string} [install] the command that installs what reads the file, where that is missing
 * @property {boolean} [canRecover] whether some of its frames can be brought back
 * @property {number} [width]
 * @property {number} [height]
 * @property {boolean} [color]
 * @property {{name: string, size: number}[]} [dims]
 * @property {string[]} [channels] their names
 */

/** @typedef {"name" | "size" | "date"} Order */
/** @typedef {"all" | "jpkl" | "originals"} Kind */
/** @typedef {{search: string, sort: Order, reverse: boolean, kind: Kind}} Choice what is chosen of the list */

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];
/** Notes that are shown in full; of the others only the number. */
const MOST_NOTES = 3;

/** Stacks are listed by Python in the order of their names, as people count. */
/** @type {Record<Order, (a: StackFile, b: StackFile) => number>} */
const ORDERS = {
  name: () => 0,
  size: (a, b) => b.bytes - a.bytes,
  date: (a, b) => b.modified - a.modified,
};

/** What can be listed, and what the buttons say. */
export const KINDS = /** @type {const} */ (["all", "jpkl", "originals"]);
/** @type {Record<Kind, string>} */
export const KIND_TEXTS = {all: "All", jpkl: "JPkl", originals: "Originals"};

/** @param {string} text @returns {text is Order} */
export function isOrder(text) {
  return Object.hasOwn(ORDERS, text);
}

/**
 * What a link chooses: Back finds the list as it was left.
 * @param {string} hash
 * @returns {Choice}
 */
export function readChoice(hash) {
  const query = new URLSearchParams(hash.slice(1));
  const sort = query.get("sort") ?? "";
  const kind = KINDS.find((each) => each === query.get("kind")) ?? "all";
  return {
    kind,
    search: query.get("search") ?? "",
    sort: isOrder(sort) ? sort : "name",
    reverse: query.has("reverse"),
  };
}

/**
 * The same as a part of the link, "" where nothing is chosen.
 * @param {Choice} choice
 */
export function writeChoice({search, sort, reverse, kind}) {
  const query = new URLSearchParams();
  if (search) query.set("search", search);
  if (sort !== "name") query.set("sort", sort);
  if (reverse) query.set("reverse", "");
  if (kind !== "all") query.set("kind", kind);
  return query.size ? `#${query}` : "";
}

/** Whether a stack is of a kind. @param {StackFile} file @param {Kind} kind */
export function isOfKind({isOriginal}, kind) {
  return kind === "all" || isOriginal === (kind === "originals");
}

/**
 * What a search finds a stack by: its name and, as far as it was looked into, its dims and channels.
 * @param {StackFile} file
 * @param {Details | null} details
 */
function searchedText({name}, details) {
  const {width, height, dims = [], channels = []} = details ?? {};
  const extent = width === undefined ? [] : [`${width} × ${height}`];
  return [name, ...extent, ...dims.map((dim) => `${dim.name} ${dim.size}`), ...channels]
    .join(" ")
    .toLowerCase();
}

/**
 * The items of a kind whose stacks have all the words of a search in their names, dims or channels, in order.
 * @template {{file: StackFile, details?: Details | null}} Item
 * @param {Item[]} items in the order of their names
 * @param {Choice} choice
 */
export function choose(items, {search, sort, reverse, kind}) {
  const words = search.toLowerCase().split(/\s+/);
  const found = items
    .filter(({file}) => isOfKind(file, kind))
    .filter(({file, details = null}) => words.every((word) => searchedText(file, details).includes(word)))
    .sort((a, b) => ORDERS[sort](a.file, b.file));
  return reverse ? found.reverse() : found;
}

/**
 * How much there is: `3 stacks, 1.2 MB`, or `1 of 3 stacks`.
 * @param {number} found
 * @param {StackFile[]} files all of the folder
 */
export function summary(found, files) {
  const all = count(files.length, "stack");
  if (found < files.length) return `${found.toLocaleString()} of ${all}`;
  const bytes = files.reduce((total, file) => total + file.bytes, 0);
  return files.length ? `${all}, ${formatBytes(bytes)}` : all;
}

/**
 * What could not be read of the folder, "" if all could.
 * @param {string[]} notes
 */
export function describeNotes(notes) {
  const more = notes.length - MOST_NOTES;
  const parts = more > 0 ? [...notes.slice(0, MOST_NOTES), `${more} more`] : notes;
  return parts.length ? `Could not be read: ${parts.join("; ")}` : "";
}

/**
 * What is said in place of a list.
 * @param {string} folder
 * @param {string} search of which nothing is found; "" where there are no stacks at all
 * @param {Kind} kind of which there are none
 */
export function describeEmpty(folder, search, kind) {
  if (search)
    return {
      title: `Nothing matches “${search}”`,
      text: "Names, dims and channels are searched.",
      command: "",
    };
  if (kind !== "all")
    return {title: `No ${kind === "jpkl" ? "JPkl files" : "originals"} here`, text: "", command: ""};
  return {
    title: `No stacks in ${folder}`,
    text: "Stacks and originals that you put here appear by themselves. These can be opened:",
    command: "jpkl view --help",
  };
}

/**
 * Size of a frame and the dims, with what these numbers are.
 * @param {Details} details
 */
export function describeExtent({width, height, color, dims = []}) {
  // A name and its size stay on one line.
  const sizes = dims.map(({name, size}) => `${name}\u00a0${size}`);
  return {
    text: [`${width} × ${height}${color ? " RGB" : ""}`, ...sizes].join(" · "),
    title: `width × height of a frame in pixels${dims.length ? ", and the dims" : ""}`,
  };
}

/**
 * The folders of a stack, ending in a slash, and its name in them.
 * @param {string} name
 */
export function splitName(name) {
  const start = name.lastIndexOf("/") + 1;
  return {within: name.slice(0, start), title: name.slice(start)};
}

/**
 * Link to the viewer of a stack; of several, to those compared.
 * @param {string[]} names
 */
export function linkTo(...names) {
  return `?${names.map((name) => `stack=${encodeURIComponent(name).replaceAll("%2F", "/")}`).join("&")}`;
}

/**
 * What kind of file an original is: `TIFF` of `cells.ome.tif`.
 * @param {string} name
 */
export function formatName(name) {
  const plain = name.replace(/(\.[^./]+)\.gz$/i, "$1");
  const suffix = plain.slice(plain.lastIndexOf(".") + 1).toUpperCase();
  return suffix === "TIF" ? "TIFF" : suffix;
}

/** How names of originals end, of which all goes. */
const SUFFIXES = /(\.ome)?\.[^./]+(\.gz)?$/i;

/**
 * The stack that an original is encoded to, beside it.
 * @param {string} name
 */
export function encodedName(name) {
  return `${name.replace(SUFFIXES, "")}.jpkl`;
}

/**
 * A number of bytes in decimal units, with three digits.
 * @param {number} n
 */
export function formatBytes(n) {
  let unit = 0;
  for (; n >= 999.5 && unit < UNITS.length - 1; unit++) n /= 1000;
  return `${unit ? Number(n.toPrecision(3)) : n} ${UNITS[unit]}`;
}

/**
 * A number with its noun: `1 stack`, `3,000 stacks`.
 * @param {number} n
 * @param {string} noun
 */
export function count(n, noun) {
  return `${n.toLocaleString()} ${noun}${n === 1 ? "" : "s"}`;
}

/**
 * What is wrong with a file, as a sentence: its name is said beside it.
 * @param {string} error
 * @param {string} name with its folder
 */
export function problemOf(error, name) {
  const own = `${splitName(name).title}: `;
  const rest = error.startsWith(own) ? error.slice(own.length) : error;
  return rest[0].toUpperCase() + rest.slice(1);
}
