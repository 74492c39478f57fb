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
 * @property {number} [width]
 * @property {number} [height]
 * @property {boolean} [color]
 * @property {{name: string, size: number}[]} [dims]
 */

/** @typedef {"name" | "size" | "date"} Order */
/** @typedef {{search: string, sort: Order, reverse: boolean}} Choice what is chosen of the list */

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
  return {
    search: query.get("search") ?? "",
    sort: isOrder(sort) ? sort : "name",
    reverse: query.has("reverse"),
  };
}

/**
 * The same as a part of the link, "" where nothing is chosen.
 * @param {Choice} choice
 */
export function writeChoice({search, sort, reverse}) {
  const query = new URLSearchParams();
  if (search) query.set("search", search);
  if (sort !== "name") query.set("sort", sort);
  if (reverse) query.set("reverse", "");
  return query.size ? `#${query}` : "";
}

/**
 * The items whose stacks have all the words of a search in their names, in order.
 * @template {{file: StackFile}} Item
 * @param {Item[]} items in the order of their names
 * @param {Choice} choice
 */
export function choose(items, {search, sort, reverse}) {
  const words = search.toLowerCase().split(/\s+/);
  const found = items
    .filter(({file}) => words.every((word) => file.name.toLowerCase().includes(word)))
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
 * @param {string} search of which nothing is found; "" where there are no stacks at all
 */
export function describeEmpty(search) {
  return search
    ? {title: `Nothing matches “${search}”`, text: "No name of a stack holds these words.", command: ""}
    : {
        title: "No stacks yet",
        text: "JPkl files and image files appear here, in this folder and those within it. All that can be opened:",
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
  const suffix = name.slice(name.lastIndexOf(".") + 1).toUpperCase();
  return suffix === "TIF" ? "TIFF" : suffix;
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
