// Open a JPkl file: the dict of format v1 or v2, read as data only, and its trailer; as `jpkl/_file/opening.py`.

import {MemoryBytes, areEqual, crc32, joined, latin1Text} from "./bytes.js";
import {FormatError, TrailerError, TruncatedFileError, UnsafePickleError} from "./errors.js";
import {parseLabels} from "./labels.js";
import {readOrigin} from "./origin.js";
import {readPickle} from "./reader.js";
import {resolve} from "./resolve.js";
import {FIELDS, checkedTop, frameMap, parseImages, parseInfo} from "./schema.js";
import {
  FOOTER_NBYTES,
  PICKLE_END,
  SKIP_NBYTES,
  blockBeforeLabels,
  checkAgreement,
  frameHead,
  parseBlock,
  parseFooter,
  parseSkip,
} from "./trailer.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./schema.js").StackInfo} StackInfo */
/** @typedef {import("./schema.js").FrameMap} FrameMap */

/** What a file says, and where its frames are. @typedef {{info: StackInfo, map: FrameMap}} Opened */

/**
 * A file of which any part can be read.
 * @typedef {object} FileBytes
 * @property {string} name
 * @property {number} size
 * @property {boolean} isRemote whether each reading takes the way to a server and back
 * @property {(offset: number, count: number, signal?: AbortSignal) => Promise<Bytes>} read rejects where the file
 *   has fewer bytes
 * @property {() => Promise<Blob>} blob all of it
 */

/**
 * Open a file by its trailer, in a few short reads; null where it has none that can be used.
 * @param {FileBytes} file
 * @returns {Promise<Opened | null>}
 */
export async function openWithTrailer(file) {
  try {
    const trailer = await readTrailer(file);
    if (trailer === null) return null;
    const info = parseHead(await readHead(file, trailer), trailer);
    checkAgreement(trailer, info);
    if (!areEqual(trailer.end, PICKLE_END)) throw new TrailerError("the pickle does not end where it should");
    await checkPlaces(file, trailer, info);
    const {offsets, lengths, checksums, displayRange, sourceDtype, fidelity} = trailer;
    const frameShape = trailer.frameShape ?? info.frameShape;
    const labels = parseLabels(trailer.labels, {sizes: info.sizes, frameShape}, trailer.labelSpan);
    return {
      info: {...info, frameShape, displayRange, sourceDtype, fidelity, labels},
      map: {offsets, lengths, checksums, encodings: null, inline: []},
    };
  } catch (error) {
    if (error instanceof TrailerError) return null;
    throw error;
  }
}

/** @param {FileBytes} file */
async function readTrailer(file) {
  const place = file.size - FOOTER_NBYTES;
  if (place < 0) return null;
  const footer = parseFooter(await file.read(place, FOOTER_NBYTES));
  if (footer === null) return null;
  if (footer.offset + footer.length !== place) throw new TrailerError("it does not end where the file does");
  return (await readBeforeLabels(file, footer)) ?? readAll(file, footer);
}

/** @typedef {NonNullable<ReturnType<typeof parseFooter>>} Footer */

/**
 * A trailer with labels, without their bytes; null where it has none.
 * @param {FileBytes} file
 * @param {Footer} footer
 */
async function readBeforeLabels(file, footer) {
  const end = footer.offset + footer.length;
  const skip = parseSkip(await file.read(Math.max(0, end - SKIP_NBYTES), Math.min(end, SKIP_NBYTES)), footer);
  if (skip === null) return null;
  const [ending, start] = await readBlock(file, footer.offset, skip.span[0] - footer.offset);
  const block = blockBeforeLabels(start, skip);
  return block && {...parseBlock(block, footer.offset), labelSpan: skip.span, end: ending};
}

/**
 * @param {FileBytes} file
 * @param {Footer} footer
 */
async function readAll(file, {offset, length, checksum}) {
  const [ending, block] = await readBlock(file, offset, length);
  if (crc32(block) !== checksum) throw new TrailerError("its checksum is wrong");
  return {...parseBlock(block, offset), end: ending};
}

/**
 * A part of the trailer from its beginning; the end of the pickle comes with it.
 * @param {FileBytes} file
 * @param {number} offset
 * @param {number} length
 */
async function readBlock(file, offset, length) {
  const before = Math.min(PICKLE_END.length, offset);
  const bytes = await file.read(offset - before, before + length);
  return [bytes.slice(0, before), bytes.slice(before)];
}

/**
 * The pickle up to its first frame.
 * @param {FileBytes} file
 * @param {import("./trailer.js").Trailer} trailer
 */
async function readHead(file, {headLength, headChecksum, head, offset}) {
  if (headLength > offset) throw new TrailerError("its frames begin after their end");
  if (file.isRemote && head !== null && crc32(head) === headChecksum) return head;
  return file.read(0, headLength);
}

/**
 * @param {Bytes} head
 * @param {import("./trailer.js").Trailer} trailer
 */
function parseHead(head, {headChecksum}) {
  if (crc32(head) !== headChecksum) throw new TrailerError("it belongs to another pickle");
  const source = new MemoryBytes(joined([head, PICKLE_END]));
  return infoOf(checkedTop(readPickle(source).value), source);
}

/**
 * Compare a few places of the file with the trailer. Behind a URL, that is done with each frame that is read.
 * @param {FileBytes} file
 * @param {import("./trailer.js").Trailer} trailer
 * @param {StackInfo} info
 */
async function checkPlaces(file, {offsets, lengths}, {sizes}) {
  const n = offsets.length;
  if (file.isRemote || !n) return;
  for (const number of new Set([0, Math.floor(n / 2), n - 1])) {
    const expected = frameHead(number, sizes, lengths[number]);
    if (!areEqual(await file.read(offsets[number] - expected.length, expected.length), expected))
      throw new TrailerError(`frame ${number} is not where it says`);
  }
}

/**
 * Find the frames of a file by its opcodes, whatever its trailer says.
 * @param {import("./bytes.js").ByteSource} source
 * @param {(position: number) => void} [onProgress]
 * @returns {Opened}
 */
export function openByWalking(source, onProgress) {
  checkSignature(source);
  const {value, end} = walk(source, onProgress);
  const top = checkedTop(value);
  const told = infoOf(top, source);
  const info = {...told, ...readOrigin(source, told.sizes)};
  const map = frameMap(parseImages(top.get("images"), info.sizes), info.sizes);
  if (source.readAt(end, 1)[0] === 0x80)
    throw new FormatError("a second pickle follows the first; a JPkl file holds one", end);
  return {info, map};
}

/**
 * @param {import("./bytes.js").ByteSource} source
 * @param {(position: number) => void} [onProgress]
 */
function walk(source, onProgress) {
  try {
    return readPickle(source, onProgress);
  } catch (error) {
    // The first byte of a pickle; or of a dict of protocols 0 and 1.
    const isPickle = [0x80, 0x28, 0x7d].includes(source.readAt(0, 1)[0]);
    if (!(error instanceof FormatError) || error instanceof UnsafePickleError || isPickle) throw error;
    throw new FormatError("not a JPkl file: it does not start as one");
  }
}

/**
 * What the fields beside `images` say.
 * @param {import("./values.js").Dict} top
 * @param {import("./bytes.js").ByteSource} source
 */
function infoOf(top, source) {
  for (const name of FIELDS) if (top.has(name)) top.set(name, resolve(top.get(name), source));
  return parseInfo(top);
}

/** What a file is that begins so, and what to do about it. @type {[string, string][]} */
const SIGNATURES = [
  ["\x1f\x8b", "a gzip file; decompress it first"],
  ["BZh", "a bzip2 file; decompress it first"],
  ["\xfd7zXZ", "an xz file; decompress it first"],
  ["\x28\xb5\x2f\xfd", "a Zstandard file; decompress it first"],
  ["PK\x03\x04", "a zip file; unpack it first"],
  ["7z\xbc\xaf", "a 7-Zip file; unpack it first"],
  ["\x93NUMPY", "a NumPy array; make a stack of it with `jpkl encode`"],
  ["II*\0", "a TIFF file; make a stack of it with `jpkl encode`"],
  ["MM\0*", "a TIFF file; make a stack of it with `jpkl encode`"],
  ["II+\0", "a BigTIFF file; make a stack of it with `jpkl encode`"],
  ["MM\0+", "a BigTIFF file; make a stack of it with `jpkl encode`"],
  ["\x89HDF", "an HDF5 file; open it with h5py and give the dataset to JPkl"],
  ["\x89PNG", "a PNG picture"],
  ["\xff\xd8\xff", "a JPEG picture"],
  ["%PDF", "a PDF document"],
  ["<", "a web page or XML, perhaps an error message in place of the file"],
];

/**
 * Refuse files of other formats, saying which.
 * @param {import("./bytes.js").ByteSource} source
 */
export function checkSignature(source) {
  if (source.size === 0) throw new TruncatedFileError("the file is empty");
  const start = latin1Text(source.readAt(0, 8));
  const [, what] = SIGNATURES.find(([signature]) => start.startsWith(signature)) ?? [];
  if (what) throw new FormatError(`not a JPkl file but, by its first bytes, ${what}`);
}
