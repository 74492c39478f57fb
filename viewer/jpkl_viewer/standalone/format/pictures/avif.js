// What an AVIF says about itself before its first pixel, in its boxes and in the AV1 data, which may say another size;
// as `jpkl/_codecs/avif_header.py`.

import {BitReader, hasText, viewOf} from "./bits.js";

/** @typedef {import("../codec.js").PictureHeader} PictureHeader */
/** @typedef {{kind: string, start: number, end: number}} Box */

const HEAD_NBYTES = 8;
const VERSION_NBYTES = 4;
/** Boxes with other boxes in them, and how many bytes there are before these. @type {Record<string, number>} */
const NESTED = {meta: VERSION_NBYTES, iprp: 0, ipco: 0};
/** Boxes of animations, of pictures made of others, and of turned ones. */
const REFUSED = ["moov", "idat", "iref", "irot", "imir", "clap"];
const [SEQUENCE_HEADER, TEMPORAL_DELIMITER] = [1, 2];
const SEQUENCE_NBYTES = 64;

/** @param {Uint8Array} data @returns {PictureHeader} */
export function parseAvif(data) {
  if (!hasText(data, "ftypavif", 4)) throw new Error("it does not begin as one");
  const view = viewOf(data);
  /** @type {Map<string, Box>} */
  const boxes = new Map();
  for (const box of boxesOf(view, 0, data.length)) {
    if (REFUSED.includes(box.kind) || (boxes.has(box.kind) && box.kind !== "free"))
      throw new Error(`its box ${box.kind} makes more of it than a plain picture`);
    boxes.set(box.kind, box);
  }
  const [size, depths, coded] = ["ispe", "pixi", "mdat"].map((kind) => {
    const box = boxes.get(kind);
    if (!box) throw new Error(`its box ${kind} is missing`);
    return box;
  });
  if (size.end - size.start < VERSION_NBYTES + 8) throw new Error("it is cut off");
  const [width, height] = [4, 8].map((at) => view.getUint32(size.start + at));
  const pixels = data.subarray(depths.start + VERSION_NBYTES, depths.end);
  if (pixels.length < 2 || !pixels.subarray(1).every((nBits) => nBits === 8))
    throw new Error("its samples have not 8 bits");
  const inData = codedSize(data.subarray(coded.start, coded.start + SEQUENCE_NBYTES));
  if (inData.width !== width || inData.height !== height)
    throw new Error("its boxes say another size than its AV1 data");
  return {width, height, nBits: 8, nComponents: pixels[0]};
}

/**
 * Each box, those in others included: its kind, and where its content begins and ends.
 * @param {DataView} view
 * @param {number} from
 * @param {number} to
 * @returns {Generator<Box>}
 */
function* boxesOf(view, from, to) {
  for (let at = from; at < to;) {
    if (at + HEAD_NBYTES > to) throw new Error("it is cut off");
    const length = view.getUint32(at);
    const kind = String.fromCharCode(...[4, 5, 6, 7].map((i) => view.getUint8(at + i)));
    const [start, end] = [at + HEAD_NBYTES, at + length];
    if (length < HEAD_NBYTES || end > to) throw new Error("it is cut off, or has a box of unknown length");
    yield {kind, start, end};
    if (Object.hasOwn(NESTED, kind)) yield* boxesOf(view, start + NESTED[kind], end);
    at = end;
  }
}

/**
 * The size that AV1 data begin with (AV1 specification, 5.5).
 * @param {Uint8Array} data
 */
function codedSize(data) {
  const bits = new BitReader(data, "big");
  let kind = unitKind(bits);
  if (kind === TEMPORAL_DELIMITER) kind = unitKind(bits);
  if (kind !== SEQUENCE_HEADER) throw new Error("its AV1 data do not begin with a sequence header");
  bits.take(3); // profile
  if (bits.take(2) !== 0b11) throw new Error("its AV1 data are not those of a still picture");
  bits.take(5); // level
  const [nWidth, nHeight] = [bits.take(4) + 1, bits.take(4) + 1];
  return {width: bits.take(nWidth) + 1, height: bits.take(nHeight) + 1};
}

/**
 * Read the header of an open bitstream unit: its type.
 * @param {BitReader} bits
 */
function unitKind(bits) {
  bits.take(1);
  const kind = bits.take(4);
  const [hasExtension, hasSize] = [bits.take(1), bits.take(1)];
  bits.take(1 + 8 * hasExtension);
  while (hasSize && bits.take(1)) bits.take(7); // seven bits at a time, the first says whether more follow
  if (hasSize) bits.take(7);
  return kind;
}
