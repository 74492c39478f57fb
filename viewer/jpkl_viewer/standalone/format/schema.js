// What the dict in a JPkl file must hold; as `jpkl/_file/schema.py`.

import {FormatError, UnsupportedVersionError} from "./errors.js";
import {
  Dict,
  FrameTable,
  INLINE,
  describeType,
  frameKey,
  isBool,
  isInt,
  isText,
  itemsOf,
  plain,
} from "./values.js";

/** @typedef {import("./values.js").Value} Value */

/**
 * What a file says about a stack, apart from its frames.
 * @typedef {object} StackInfo
 * @property {boolean} color
 * @property {number} quality
 * @property {number[]} sizes of the dims
 * @property {string[]} names of the dims, each once
 * @property {Dict} metadata
 * @property {[number, number] | null} frameShape height and width; null where only the frames say it
 * @property {string} codec
 * @property {Dict} codecOptions
 * @property {{shape: number[], values: Float64Array} | null} displayRange
 * @property {string | null} sourceDtype
 * @property {import("./fidelity.js").Fidelity | null} fidelity what is on record of how much frames lost
 * @property {import("./labels.js").StoredLabels[]} labels label images over the frames
 */

/** Every field but `images`. */
export const FIELDS = [
  "header",
  "color",
  "jpeg_quality",
  "dim_names",
  "dim_sizes",
  "metadata",
  "codec",
  "codec_options",
];

export const MAX_DIMS = 60;
const MAX_FRAME_PIXELS = 2 ** 30;
const V1_CODEC = "jpeg";
const CUSTOM = "custom:";

/** @type {Record<string, string[]>} */
const REQUIRED = {
  1: ["header", "color", "jpeg_quality", "images", "dim_sizes", "metadata"],
  2: ["header", "color", "jpeg_quality", "images", "dim_sizes", "metadata", "codec", "codec_options"],
};

/**
 * The outermost object of a file, having checked that it is the dict of a JPkl file.
 * @param {Value} top
 * @returns {Dict}
 */
export function checkedTop(top) {
  if (!(top instanceof Dict))
    throw new FormatError(`not a JPkl file: it holds ${describeType(top)}, not a dict with a 'header'`);
  if (!top.has("header")) throw new FormatError("not a JPkl file: its dict has no 'header'");
  return top;
}

/**
 * What the fields beside `images` say.
 * @param {Dict} top
 * @returns {StackInfo}
 */
export function parseInfo(top) {
  const version = parseHeader(top.get("header"));
  for (const name of REQUIRED[version])
    if (!top.has(name)) throw new FormatError(`${name}: missing from the dict in the file`);
  const sizes = parseSizes(top.get("dim_sizes"));
  const codec = version === "2" ? parseCodec(top.get("codec")) : V1_CODEC;
  const options = version === "2" ? parseOptions(top.get("codec_options")) : new Dict();
  return {
    color: parseColor(top.get("color")),
    quality: parseQuality(top.get("jpeg_quality")),
    sizes,
    names: parseNames(top.get("dim_names") ?? null, sizes.length),
    metadata: parseDict("metadata", top.get("metadata")),
    frameShape: codec.startsWith(CUSTOM) ? parseFrameShape(options.get("frame_shape") ?? null) : null,
    codec,
    codecOptions: options,
    displayRange: null,
    sourceDtype: null,
    fidelity: null,
    labels: [],
  };
}

/**
 * Whether a frame of so many pixels can be.
 * @param {number} height
 * @param {number} width
 */
export function isPossibleFrame(height, width) {
  return height > 0 && width > 0 && height * width <= MAX_FRAME_PIXELS;
}

/** @param {Value} header */
function parseHeader(header) {
  const items = itemsOf(header)?.map(plain) ?? [];
  if (items.length !== 2 || !items.every(isText) || items[0] !== "JPkl")
    throw new FormatError(`header: must be ('JPkl', version), not ${describeType(header)}`);
  if (!Object.hasOwn(REQUIRED, items[1]))
    throw new UnsupportedVersionError(
      `header: format version '${items[1].slice(0, 20)}' is not known; this page reads 1 and 2`,
    );
  return items[1];
}

/** @param {Value} color */
function parseColor(color) {
  if (!isBool(color)) throw new FormatError(`color: must be True or False, not ${describeType(color)}`);
  return plain(color);
}

/** @param {Value} quality */
function parseQuality(quality) {
  const value = plain(quality);
  if (!isInt(value) || value < 0n || value > 100n)
    throw new FormatError(`jpeg_quality: must be an int from 0 to 100, not ${describeType(quality)}`);
  return Number(value);
}

/**
 * Sizes beyond any file lose their last digits, and are refused where frames are counted.
 * @param {Value} sizes
 */
function parseSizes(sizes) {
  const items = itemsOf(sizes)?.map(plain);
  if (!items || !items.every((size) => isInt(size) && size >= 0n))
    throw new FormatError(`dim_sizes: must be a tuple of ints >= 0, not ${describeType(sizes)}`);
  if (items.length > MAX_DIMS)
    throw new FormatError(`dim_sizes: ${items.length} dims; up to ${MAX_DIMS} are supported`);
  return items.map(Number);
}

/**
 * @param {Value} names
 * @param {number} nDims
 */
function parseNames(names, nDims) {
  const items = names === null ? [] : itemsOf(names)?.map(plain);
  if (!items?.every(isText))
    throw new FormatError(`dim_names: must be a list of str, not ${describeType(names)}`);
  return resolveNames(items, nDims);
}

/**
 * One name per dim: the given ones where they serve, `dim0`, `dim1`, ... elsewhere.
 * @param {string[]} names
 * @param {number} nDims
 */
function resolveNames(names, nDims) {
  const given = names.slice(0, nDims);
  /** @type {string[]} */
  const resolved = [];
  for (let i = 0; i < nDims; i++) {
    let name = given[i] ?? "";
    if (name === "" || resolved.includes(name)) {
      name = `dim${i}`;
      while (given.includes(name) || resolved.includes(name)) name += "_";
    }
    resolved.push(name);
  }
  return resolved;
}

/**
 * @param {string} name
 * @param {Value} value
 * @returns {Dict}
 */
function parseDict(name, value) {
  if (!(value instanceof Dict)) throw new FormatError(`${name}: must be a dict, not ${describeType(value)}`);
  return value;
}

/** @param {Value} value */
function parseOptions(value) {
  const options = parseDict("codec_options", value);
  if (![...options.entries.values()].every(([key]) => isText(key)))
    throw new FormatError("codec_options: its keys must be str");
  return options;
}

/** @param {Value} name @returns {string} */
function parseCodec(name) {
  const text = plain(name);
  if (typeof text !== "string" || !text)
    throw new FormatError(`codec: must be the name of a codec, not ${describeType(name)}`);
  return text;
}

/** @param {Value} shape @returns {[number, number] | null} */
function parseFrameShape(shape) {
  if (shape === null) return null;
  const sides = itemsOf(shape) ?? [];
  const [height, width] = sides.map((side) => Number(plain(side)));
  if (sides.length !== 2 || !sides.every(isInt) || !isPossibleFrame(height, width))
    throw new FormatError(`codec_options: frame_shape must be (height, width), not ${describeType(shape)}`);
  return [height, width];
}

// ---- frames

/**
 * The `images` of a file as a table whose keys are frame indices.
 * @param {Value} images
 * @param {number[]} sizes
 * @returns {FrameTable}
 */
export function parseImages(images, sizes) {
  const table = images instanceof Dict ? tableOf(images) : images;
  if (!(table instanceof FrameTable))
    throw new FormatError(`images: must be a dict, not ${describeType(images)}`);
  for (const [key, frame] of table.misfits.entries.values())
    throw new FormatError(
      frameKey(key) === null
        ? `images: a key must be a tuple of ints, not ${describeType(key)}`
        : `images: a frame is ${describeType(frame)}, not bytes, or its key does not fit ${sizes.length} dims`,
    );
  if (table.length && table.nDims !== sizes.length)
    throw new FormatError(
      `images: key (${table.key(0)}) does not have one index for each of ${sizes.length} dims`,
    );
  return table;
}

/** @param {Dict} images */
function tableOf(images) {
  const table = new FrameTable();
  for (const [key, value] of images.entries.values())
    if (!table.set(key, value)) table.misfits.set(key, value);
  return table;
}

/**
 * Where each frame of a file is, by its number.
 * @typedef {object} FrameMap
 * @property {Float64Array} offsets where the stored form is; of inline frames an index into `inline`
 * @property {Float64Array | Uint32Array} lengths
 * @property {Uint32Array | null} checksums CRC-32 of each frame, where the file has them
 * @property {Uint8Array | null} encodings how bytes are stored; null where all are as they are
 * @property {Uint8Array[]} inline
 */

/**
 * The frames of a table by their numbers, having checked that there is exactly one at each index.
 * @param {FrameTable} table
 * @param {number[]} sizes
 * @returns {FrameMap}
 */
export function frameMap(table, sizes) {
  const total = sizes.reduce((product, size) => product * size, 1);
  const n = table.length;
  const map = {
    offsets: new Float64Array(n),
    lengths: new Float64Array(n),
    encodings: new Uint8Array(n),
    checksums: null,
    inline: table.inline,
  };
  const isThere = new Uint8Array(n);
  for (let row = 0; row < n; row++) {
    const key = table.key(row);
    if (!key.every((index, d) => index >= 0 && index < sizes[d]))
      throw new FormatError(`images: frame (${key}) is outside of dim_sizes (${sizes})`);
    const number = key.reduce((sum, index, d) => sum * sizes[d] + index, 0);
    if (number >= n) throw missing(n, total);
    if (isThere[number]) throw new FormatError(`images: frame (${key}) appears twice`);
    isThere[number] = 1;
    map.offsets[number] = table.offsets.numbers[row];
    map.lengths[number] = table.lengths.numbers[row];
    map.encodings[number] = table.encodings.numbers[row];
  }
  if (n < total) throw missing(n, total);
  if (map.encodings.includes(INLINE) || map.encodings.some((encoding) => encoding !== 0)) return map;
  return {...map, encodings: null};
}

/**
 * @param {number} n
 * @param {number} total
 */
function missing(n, total) {
  return new FormatError(
    `images: ${total - n} of ${total} frames are missing; ` +
      "`jpkl recover` makes a stack of the part that is complete",
  );
}
