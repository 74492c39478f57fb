// What images were before they were mapped to gray values; as `jpkl/_file/origin.py`, with the layout.

import {areEqual, crc32, joined, latin1, latin1Text, unsigned} from "./bytes.js";
import {TrailerError} from "./errors.js";
import {MAX_DIMS} from "./schema.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {{shape: number[], values: Float64Array} | null} DisplayRange */
/** @typedef {{displayRange: DisplayRange, sourceDtype: string | null}} Origin */

const RANGE_HEAD_NBYTES = 4;

/** The first opcodes of a file, up to those of the bytes that say it: with the headers of both versions. */
const STARTS = ["1", "2"].map((version) =>
  latin1(`\x80\x04}\x8c\x06header(\x8c\x04JPkl\x8c\x01${version}tsB`),
);
const MAGIC = latin1("JPkO");

/**
 * Display range, source dtype, and where they end.
 * @param {Bytes} data
 * @returns {Origin & {end: number}}
 */
export function parseOrigin(data) {
  if (data.length < RANGE_HEAD_NBYTES) throw new TrailerError("it is too short for the display range");
  const [hasRange, nDims, dtypeLength] = [data[0], data[1], data[2] | (data[3] << 8)];
  const valuesAt = RANGE_HEAD_NBYTES + 8 * nDims;
  if (hasRange > 1 || nDims > MAX_DIMS + 1 || valuesAt > data.length)
    throw new TrailerError("its display range is invalid");
  const shape = Array.from({length: nDims}, (_, i) => unsigned(data.subarray(4 + 8 * i, 12 + 8 * i)));
  const nValues = hasRange ? shape.reduce((product, side) => product * side, 1) : 0;
  const dtypeAt = valuesAt + 8 * nValues;
  const end = dtypeAt + dtypeLength;
  if (!(end <= data.length) || shape.some((side) => side >= 2 ** 31))
    throw new TrailerError("its display range is invalid");
  const dtype = latin1Text(data.subarray(dtypeAt, end));
  if (dtype && !isNumberDtype(dtype)) throw new TrailerError("its source dtype is invalid");
  const values = new Float64Array(data.slice(valuesAt, dtypeAt).buffer);
  return {displayRange: hasRange ? {shape, values} : null, sourceDtype: dtype || null, end};
}

const DTYPES = new Set([
  ...["|b1", "|i1", "|u1"],
  ...["i2", "i4", "i8", "u2", "u4", "u8", "f2", "f4", "f8", "f16", "c8", "c16", "c32"].flatMap((kind) => [
    `<${kind}`,
    `>${kind}`,
  ]),
]);

/** @param {string} text */
function isNumberDtype(text) {
  return DTYPES.has(text);
}

/**
 * What the opcodes behind the header say, where a file has no trailer; nothing where there are none.
 * @param {import("./bytes.js").ByteSource} source
 * @param {number[]} sizes of the dims
 * @returns {Origin}
 */
export function readOrigin(source, sizes) {
  const none = {displayRange: null, sourceDtype: null};
  const read = (/** @type {number} */ at, /** @type {number} */ count) =>
    source.readAt(at, Math.max(0, Math.min(count, source.size - at)));
  const at = STARTS[0].length;
  if (!STARTS.some((start) => areEqual(read(0, at), start))) return none;
  const nBytes = unsigned(read(at, 4)) - MAGIC.length - 4;
  const [magic, checksum] = [read(at + 4, 4), read(at + 8, 4)];
  if (!areEqual(magic, MAGIC) || checksum.length < 4) return none;
  const data = joined([read(at + 12, nBytes)]);
  if (unsigned(checksum) !== crc32(data)) return none;
  try {
    const {end, ...origin} = parseOrigin(data);
    return end === data.length && fitsDims(origin.displayRange, sizes) ? origin : none;
  } catch (error) {
    if (error instanceof TrailerError) return none;
    throw error;
  }
}

/**
 * Whether a display range, if there is one, broadcasts over the dims of a stack.
 * @param {DisplayRange} displayRange
 * @param {number[]} sizes
 */
export function fitsDims(displayRange, sizes) {
  if (displayRange === null) return true;
  const {shape} = displayRange;
  const fits = shape.length === sizes.length + 1 && shape.at(-1) === 2;
  return fits && sizes.every((size, d) => shape[d] === 1 || shape[d] === size);
}
