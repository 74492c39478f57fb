// The trailer: where each frame is, after the end of the pickle; as `jpkl/_file/trailer.py`, with the layout.

import {areEqual, crc32, joined, latin1, latin1Text, unsigned} from "./bytes.js";
import {TrailerError} from "./errors.js";
import {FIDELITY, parseFidelity} from "./fidelity.js";
import {LABEL_BYTES, LABEL_TABLES} from "./labels.js";
import {fitsDims, parseOrigin} from "./origin.js";
import {isPossibleFrame} from "./schema.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

export const FOOTER_NBYTES = 32;
const MAGIC = latin1("JPklTrlr");
const VERSION = 1;
export const BLOCK_MAGIC = latin1("JPix");
const BLOCK_HEAD_NBYTES = 32;
const FRAME_NBYTES = 16;
const SECTION_HEAD_NBYTES = 12;
/** Names of the sections with a copy of the pickle up to its first frame, and of what labels may be skipped by. */
const [HEAD, SKIP] = ["HEAD", "SKIP"];
/** The last section of a trailer with labels. */
export const SKIP_NBYTES = SECTION_HEAD_NBYTES + 12;
/** The SETITEM of images, and STOP. */
export const PICKLE_END = latin1("s.");

/**
 * @typedef {object} Trailer
 * @property {number} offset where it begins: the end of the pickle
 * @property {[number, number] | null} frameShape
 * @property {Float64Array} offsets
 * @property {Uint32Array} lengths
 * @property {Uint32Array} checksums
 * @property {number} headLength of the pickle up to its first frame
 * @property {number} headChecksum
 * @property {Bytes | null} head a copy of it
 * @property {{shape: number[], values: Float64Array} | null} displayRange
 * @property {string | null} sourceDtype
 * @property {import("./fidelity.js").Fidelity | null} fidelity
 * @property {Bytes | null} labels the tables of label images
 * @property {import("./labels.js").Span | null} labelSpan where their bytes are
 */

/**
 * What the footer says: where the block begins, its length, and its checksum; null where there is no footer.
 * @param {Bytes} footer the last bytes of the file
 */
export function parseFooter(footer) {
  if (footer.length < FOOTER_NBYTES || !areEqual(footer.subarray(24), MAGIC)) return null;
  const at = (/** @type {number} */ start, /** @type {number} */ end) =>
    unsigned(footer.subarray(start, end));
  if (at(20, 24) !== VERSION) throw new TrailerError(`it has version ${at(20, 24)}, which is not known`);
  return {offset: at(0, 8), length: at(8, 16), checksum: at(16, 20)};
}

/** What a block has before the bytes of labels, without reading these. @typedef {{length: number, checksum: number, span: import("./labels.js").Span}} BeforeLabels */

/**
 * What the last bytes of a block say of the part before the bytes of labels; null where they say nothing.
 * @param {Bytes} tail the last bytes of the block
 * @param {{offset: number, length: number}} footer
 * @returns {BeforeLabels | null}
 */
export function parseSkip(tail, {offset, length: whole}) {
  if (tail.length !== SKIP_NBYTES || !areEqual(tail.subarray(0, SECTION_HEAD_NBYTES), sectionHead(SKIP, 12)))
    return null;
  const [length, checksum] = [unsigned(tail.subarray(12, 20)), unsigned(tail.subarray(20))];
  const nBytes = whole - length - SECTION_HEAD_NBYTES - SKIP_NBYTES;
  return nBytes < 0 ? null : {length, checksum, span: [offset + length + SECTION_HEAD_NBYTES, nBytes]};
}

/**
 * The part of a block before the bytes of labels; null where it is not what was written.
 * @param {Bytes} start of the block, up to the bytes of labels
 * @param {BeforeLabels} before
 */
export function blockBeforeLabels(start, {length, checksum, span: [, nBytes]}) {
  const block = start.subarray(0, length);
  const isWhole = areEqual(start.subarray(length), sectionHead(LABEL_BYTES, nBytes));
  return isWhole && crc32(block) === checksum ? block : null;
}

/** @param {string} name @param {number} nBytes */
function sectionHead(name, nBytes) {
  return joined([latin1(name), littleEndian(nBytes, 8)]);
}

/**
 * Read a block whose checksum is right.
 * @param {Bytes} block
 * @param {number} offset where it is in the file
 * @returns {Trailer}
 */
export function parseBlock(block, offset) {
  if (block.length < BLOCK_HEAD_NBYTES || !areEqual(block.subarray(0, 4), BLOCK_MAGIC))
    throw new TrailerError("it does not begin as it should");
  const at = (/** @type {number} */ start, /** @type {number} */ end) => unsigned(block.subarray(start, end));
  const [height, width, count] = [at(4, 8), at(8, 12), at(12, 20)];
  const end = BLOCK_HEAD_NBYTES + count * FRAME_NBYTES;
  if (end > block.length) throw new TrailerError("it is too short for its frames");
  if ((height || width) && !isPossibleFrame(height, width))
    throw new TrailerError(`its frames of ${height} x ${width} pixels cannot be`);
  const columns = block.slice(BLOCK_HEAD_NBYTES, end).buffer;
  const offsets = Float64Array.from(new BigUint64Array(columns, 0, count), Number);
  if (offsets.some((each) => each >= 2 ** 62)) throw new TrailerError("it has offsets beyond any file");
  return {
    offset,
    frameShape: height && width ? [height, width] : null,
    offsets,
    lengths: new Uint32Array(columns, 8 * count, count),
    checksums: new Uint32Array(columns, 12 * count, count),
    headLength: at(20, 28),
    headChecksum: at(28, 32),
    ...parseRest(block.slice(end), count, offset + end),
  };
}

/**
 * Display range, source dtype, and what sections follow them.
 * @param {Bytes} data
 * @param {number} nFrames
 * @param {number} offset where this is in the file
 */
function parseRest(data, nFrames, offset) {
  const {displayRange, sourceDtype, end} = parseOrigin(data);
  const {sections, starts} = parseSections(data.subarray(end));
  const labelBytes = sections.get(LABEL_BYTES);
  return {
    displayRange,
    sourceDtype,
    head: sections.get(HEAD) ?? null,
    fidelity: parseFidelity(sections.get(FIDELITY), nFrames),
    labels: sections.get(LABEL_TABLES) ?? null,
    labelSpan: labelBytes
      ? /** @type {import("./labels.js").Span} */ ([
          offset + end + (starts.get(LABEL_BYTES) ?? 0),
          labelBytes.length,
        ])
      : null,
  };
}

/**
 * Sections by their names, and where the bytes of each begin; those that nobody knows are skipped.
 * @param {Bytes} data
 */
function parseSections(data) {
  /** @type {Map<string, Bytes>} */
  const sections = new Map();
  /** @type {Map<string, number>} */
  const starts = new Map();
  for (let at = 0; at < data.length;) {
    const start = at + SECTION_HEAD_NBYTES;
    const end = start + unsigned(data.subarray(at + 4, start));
    if (!(end <= data.length)) throw new TrailerError("one of its sections is cut off");
    const name = latin1Text(data.subarray(at, at + 4));
    sections.set(name, data.slice(start, end));
    starts.set(name, start);
    at = end;
  }
  return {sections, starts};
}

/**
 * Raise unless a trailer is that of the pickle before it: as many frames as the dims ask for, which with the opcodes
 * between them fill exactly the bytes between the head and the end of the pickle.
 * @param {Trailer} trailer
 * @param {import("./schema.js").StackInfo} info
 */
export function checkAgreement(trailer, info) {
  const {sizes, frameShape} = info;
  const {offsets, lengths} = trailer;
  if (frameShape !== null && String(trailer.frameShape) !== String(frameShape))
    throw new TrailerError(`its frames have (${trailer.frameShape}) pixels, not (${frameShape})`);
  const nFrames = sizes.reduce((product, size) => product * size, 1);
  if (offsets.length !== nFrames)
    throw new TrailerError(`it has ${offsets.length} frames, dim_sizes (${sizes}) ask for ${nFrames}`);
  if (!fitsDims(trailer.displayRange, sizes))
    throw new TrailerError(
      `its display range of shape (${trailer.displayRange?.shape}) does not fit dim_sizes (${sizes})`,
    );
  let border = trailer.headLength;
  for (const number of inFileOrder(offsets)) {
    if (offsets[number] - frameHeadLength(number, sizes) !== border)
      throw new TrailerError("its frames do not fit together");
    border = offsets[number] + lengths[number] + 1;
  }
  if (border + PICKLE_END.length !== trailer.offset)
    throw new TrailerError("the pickle does not end where it should");
}

/** Numbers of frames in the order in which the file has them. @param {Float64Array} offsets */
function inFileOrder(offsets) {
  const isInOrder = offsets.every((offset, i) => i === 0 || offset >= offsets[i - 1]);
  const numbers = Uint32Array.from(offsets.keys());
  return isInOrder ? numbers : numbers.sort((a, b) => offsets[a] - offsets[b] || a - b);
}

/**
 * Index along the dims of a frame.
 * @param {number} number
 * @param {number[]} sizes
 */
export function indexOf(number, sizes) {
  let rest = number;
  return sizes.reduceRight((index, size) => {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
    return index;
  }, /** @type {number[]} */ ([]));
}

/**
 * How many bytes there are from the end of the frame before to the bytes of a frame.
 * @param {number} number
 * @param {number[]} sizes
 */
export function frameHeadLength(number, sizes) {
  const keys = indexOf(number, sizes).reduce((sum, i) => sum + (i < 256 ? 2 : i < 65536 ? 3 : 5), 0);
  return keys + 5 + (sizes.length > 3 ? 2 : 1);
}

/**
 * The opcodes before the bytes of a frame, which say which it is.
 * @param {number} number
 * @param {number[]} sizes
 * @param {number} length of the frame
 */
export function frameHead(number, sizes, length) {
  const ints = indexOf(number, sizes).map(encodedInt);
  const n = sizes.length;
  const short = [")", "\x85", "\x86", "\x87"][n];
  const key = short === undefined ? [latin1("("), ...ints, latin1("t")] : [...ints, latin1(short)];
  return joined([...key, latin1("B"), littleEndian(length, 4)]);
}

/** @param {number} number */
function encodedInt(number) {
  if (number < 256) return Uint8Array.of(0x4b, number);
  return number < 65536
    ? joined([latin1("M"), littleEndian(number, 2)])
    : joined([latin1("J"), littleEndian(number, 4)]);
}

/**
 * @param {number} number
 * @param {number} nBytes
 */
function littleEndian(number, nBytes) {
  return Uint8Array.from({length: nBytes}, (_, i) => Math.floor(number / 256 ** i) % 256);
}
