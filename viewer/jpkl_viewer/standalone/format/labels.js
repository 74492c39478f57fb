// Where the label images of a file are: what the trailer says of them; as `jpkl/_file/labels.py`, with the layout.

import {unsigned} from "./bytes.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

/** Where in the file the bytes of all label images begin, and how many there are. @typedef {[start: number, length: number]} Span */

/**
 * A label image as it is stored: groups of frames.
 * @typedef {object} StoredLabels
 * @property {string} name
 * @property {string} dtype of the values, as NumPy calls it
 * @property {number[]} sizes its frames along each dim of the stack: 1 where one is for all indices
 * @property {number} group frames in a group; the last may have fewer
 * @property {number} start where in the file groups are counted from
 * @property {Float64Array} offsets
 * @property {Uint32Array} lengths
 * @property {Uint32Array} checksums
 */

/** Names of the sections with the tables, and with the bytes. */
export const LABEL_TABLES = "LABL";
export const LABEL_BYTES = "LBYT";

const TEXT_HEAD_NBYTES = 4;
const GROUP_NBYTES = 16;
const [MOST_LABELS, MOST_NAME] = [64, 100];
const [MOST_FRAMES, MOST_PIXELS] = [16, 2 ** 20];

/** @type {Record<string, string>} */
const DTYPES = {
  "|b1": "bool",
  "|u1": "uint8",
  "|i1": "int8",
  "<u2": "uint16",
  "<i2": "int16",
  "<u4": "uint32",
  "<i4": "int32",
  "<u8": "uint64",
  "<i8": "int64",
};

/**
 * The label images that a section of tables describes; none where what it says cannot be.
 * @param {Bytes | null} data
 * @param {{sizes: number[], frameShape: [number, number] | null}} stack
 * @param {Span | null} span
 * @returns {StoredLabels[]}
 */
export function parseLabels(data, {sizes, frameShape}, span) {
  if (data === null || span === null || frameShape === null) return [];
  try {
    const end = TEXT_HEAD_NBYTES + unsigned(data.subarray(0, TEXT_HEAD_NBYTES));
    const text = new TextDecoder("utf-8", {fatal: true, ignoreBOM: true}).decode(
      data.subarray(TEXT_HEAD_NBYTES, end),
    );
    const heads = parseHeads(JSON.parse(text).labels, sizes, frameShape);
    return parseTables(data, end, heads, span);
  } catch {
    return [];
  }
}

const refused = () => new TypeError("no label images");

/** @typedef {Pick<StoredLabels, "name" | "dtype" | "sizes" | "group">} Head */

/**
 * @param {any} described
 * @param {number[]} dimSizes
 * @param {[number, number]} frameShape
 * @returns {Head[]}
 */
function parseHeads(described, dimSizes, frameShape) {
  if (!Array.isArray(described) || described.length > MOST_LABELS) throw refused();
  const heads = described.map(({name, dtype, sizes, group}) => {
    const fits =
      Array.isArray(sizes) &&
      sizes.length === dimSizes.length &&
      sizes.every((size, d) => size === 1 || size === dimSizes[d]);
    const isGroup = Number.isInteger(group) && group >= 1 && group <= mostInGroup(frameShape);
    if (!isName(name) || !Object.hasOwn(DTYPES, dtype) || !fits || !isGroup) throw refused();
    return {name, dtype: DTYPES[dtype], sizes, group};
  });
  if (new Set(heads.map(({name}) => name)).size < heads.length) throw refused();
  return heads;
}

/** @param {unknown} name */
function isName(name) {
  if (typeof name !== "string" || name === "" || /[\ud800-\udfff]/u.test(name)) return false;
  return [...name.slice(0, 2 * MOST_NAME + 2)].length <= MOST_NAME;
}

/** How many frames are compressed together. @param {[number, number]} frameShape */
function mostInGroup([height, width]) {
  return Math.max(1, Math.min(MOST_FRAMES, Math.floor(MOST_PIXELS / (height * width))));
}

/**
 * @param {Bytes} data
 * @param {number} at where the tables begin
 * @param {Head[]} heads
 * @param {Span} span
 * @returns {StoredLabels[]}
 */
function parseTables(data, at, heads, [start, nBytes]) {
  return heads.map((head) => {
    const n = Math.ceil(countFrames(head) / head.group);
    const end = at + n * GROUP_NBYTES;
    if (!(end <= data.length)) throw refused();
    const columns = data.slice(at, end).buffer;
    at = end;
    const offsets = Float64Array.from(new BigUint64Array(columns, 0, n), Number);
    const lengths = new Uint32Array(columns, 8 * n, n);
    if (offsets.some((offset, i) => !(offset + lengths[i] <= nBytes))) throw refused();
    return {...head, start, offsets, lengths, checksums: new Uint32Array(columns, 12 * n, n)};
  });
}

/** How many frames are stored. @param {Head} head */
export function countFrames({sizes}) {
  return sizes.reduce((product, size) => product * size, 1);
}

/** Varints of 64 bits have up to so many bytes. */
const MOST_VARINT = 10;

/**
 * How many bytes a frame has at the most; as `most_payload_nbytes` in Python.
 * @param {{width: number, height: number}} frame
 * @param {string} dtype
 */
export function mostFrameNbytes({width, height}, dtype) {
  const nPixels = width * height;
  const nBits = dtype === "bool" ? 1 : Number(dtype.replace(/\D/g, ""));
  const nValues = Math.min(nPixels, 2 ** nBits);
  const differences = nValues * (1 + (nBits - Math.log2(nValues)) / 7);
  const bits = (nValues - 1).toString(2).length;
  return 3 * MOST_VARINT + Math.ceil(differences) + nPixels * Math.max(1, Math.ceil(bits / 7));
}
