// From the bytes of a picture to pixels: JPEG, or what else a stack has that browsers decode.

import {ByteCache, Share} from "../frames/cache.js";
import {decodeJpeg, loadJpeg} from "./jpeg/jpeg.js";
import {RawFrame, withoutAlpha} from "./raw_frame.js";
import {isKnown, pictureType} from "./picture_type.js";
import {UNREADABLE, readsTruly} from "./readback.js";

/** @typedef {import("../types.js").FrameKey} FrameKey */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

const SCALES = [8, 4, 2];
/** Marker of what says which way up a picture is, among others. */
const EXIF = 0xe1;
/** Decoded frames: bitmaps, or pixels where the browser is not to decode. @typedef {ImageBitmap | RawFrame} Decoded */

/** Those of all pictures of a page; two of the largest frames that are not shown in parts have room. */
const BITMAPS = /** @type {ByteCache<Decoded>} */ (new ByteCache(128 * 2 ** 20));

/** Decodes pictures, JPEG to exactly the pixels of libjpeg, and keeps some frames. */
export class Decoder {
  /** @type {Map<FrameKey, Promise<Decoded>>} */
  #pending = new Map();
  bitmaps = new Share(BITMAPS);

  /**
   * The frame under a key; throws where the bytes are no picture of that size.
   * @param {FrameKey} key
   * @param {Bytes} bytes
   * @param {number} width
   * @param {number} height
   * @param {boolean} isPixels whether the bytes are pixels as they are
   * @returns {Decoded | Promise<Decoded>}
   */
  decode(key, bytes, width, height, isPixels = false) {
    const known = this.bitmaps.get(key) ?? this.#pending.get(key);
    if (known) return known;
    const decoding = this.#decode(key, bytes, width, height, isPixels).finally(() =>
      this.#pending.delete(key),
    );
    this.#pending.set(key, decoding);
    return decoding;
  }

  /**
   * @param {FrameKey} key
   * @param {Bytes} bytes
   * @param {number} width
   * @param {number} height
   * @param {boolean} isPixels
   */
  async #decode(key, bytes, width, height, isPixels) {
    if (!readsTruly()) {
      const frame = (await jpegFrame(bytes, width, height)) ?? rawFrame(bytes, width, height);
      this.bitmaps.put(key, frame, frame.data.length);
      return frame;
    }
    if (isPixels) return this.#bitmapOf(key, rawFrame(bytes, width, height, true));
    const type = pictureType(bytes);
    // The size of a JPEG is known before it is decoded; that of others, Python has looked at.
    const {hasProfile, hasExif} =
      type === "image/jpeg" ? readHeaders(bytes, width, height) : {hasProfile: true, hasExif: false};
    // Without a profile there is nothing to convert, but asking for "none" costs half the decode again.
    /** @type {ImageBitmapOptions} */
    const options = {imageOrientation: "none", ...(hasProfile ? {colorSpaceConversion: "none"} : {})};
    const bitmap = await createImageBitmap(new Blob(hasExif ? withoutExif(bytes) : [bytes], {type}), options);
    if (bitmap.width !== width || bitmap.height !== height) {
      throw new Error(`it is ${bitmap.width} x ${bitmap.height} pixels, not ${width} x ${height}`);
    }
    this.bitmaps.put(key, bitmap, 4 * width * height);
    return bitmap;
  }

  /**
   * Computed pixels, in the form in which the browser scales them fast.
   * @param {FrameKey} key
   * @param {RawFrame} frame
   */
  async #bitmapOf(key, frame) {
    const {width, height} = frame;
    const bitmap = await createImageBitmap(new ImageData(frame.rgba(), width, height));
    this.bitmaps.put(key, bitmap, 4 * width * height);
    return bitmap;
  }
}

/**
 * A JPEG that is decoded without the browser; null if it is none of these.
 * @param {Bytes} bytes
 * @param {number} width
 * @param {number} height
 */
export async function jpegFrame(bytes, width, height) {
  await loadJpeg();
  const whole = {x: 0, y: 0, width, height};
  for (const color of [false, true]) {
    const pixels = decodeJpeg(bytes, {width, height, color}, whole, width, height, 1);
    if (pixels) return new RawFrame(color ? withoutAlpha(pixels) : pixels, width, height);
  }
  return null;
}

/**
 * Pixels that were sent as they are.
 * @param {Bytes} bytes
 * @param {number} width
 * @param {number} height
 * @param {boolean} isPixels whether that is known; otherwise they may be JPEG, as reports have it
 */
function rawFrame(bytes, width, height, isPixels = false) {
  const n = width * height;
  const isPicture = !isPixels && isKnown(bytes);
  if (isPicture || (bytes.length !== n && bytes.length !== 3 * n)) throw new Error(UNREADABLE);
  return new RawFrame(bytes, width, height);
}

/**
 * By how much a crop may be scaled down in decoding, which for JPEG saves most of the work, to be shown
 * with so many pixels: 1, 2, 4 or 8.
 * @param {{width: number, height: number}} crop
 * @param {number} width
 * @param {number} height
 */
export function scaleFor(crop, width, height) {
  return SCALES.find((scale) => crop.width >= scale * width && crop.height >= scale * height) ?? 1;
}

/**
 * Decodes for one use, at 1 / `scale` of the size or as near as the browser can: calls `use(image, scale)`
 * and closes the image. It saves the way of the bytes through a blob, half of the time for small frames.
 * At full size gray pixels are exactly those of libjpeg; a few of colors may differ by one, as the browser
 * keeps them as YCbCr until they are drawn.
 *
 * Resolves to null where it cannot, or where the headers ask for anything but plain pixels.
 * @template Result
 * @param {Bytes} bytes
 * @param {{width: number, height: number}} size of the frame
 * @param {number} scale
 * @param {(image: VideoFrame, scale: number) => Result} use
 * @returns {Promise<Result | null>}
 */
export async function decodeOnce(bytes, {width, height}, scale, use) {
  if (!readsTruly() || pictureType(bytes) !== "image/jpeg") return null;
  const {hasProfile, hasExif} = readHeaders(bytes, width, height);
  if (!globalThis.ImageDecoder || hasProfile || hasExif) return null; // it is there in secure contexts alone
  const smaller = {desiredWidth: Math.ceil(width / scale), desiredHeight: Math.ceil(height / scale)};
  const decoder = new ImageDecoder({data: bytes, type: "image/jpeg", ...(scale > 1 ? smaller : {})});
  try {
    const {image} = await decoder.decode();
    try {
      return use(image, width / image.displayWidth);
    } finally {
      image.close();
    }
  } finally {
    decoder.close();
  }
}

/**
 * What the headers of a JPEG say; throws where its size is another.
 * @param {Bytes} bytes
 * @param {number} width
 * @param {number} height
 */
export function readHeaders(bytes, width, height) {
  const found = {hasProfile: false, hasExif: false};
  for (const [marker, at] of segments(bytes)) {
    const word = (/** @type {number} */ offset) => 256 * bytes[at + offset] + bytes[at + offset + 1];
    if (marker === EXIF) found.hasExif = true;
    if (marker === 0xe2 && String.fromCharCode(...bytes.subarray(at + 4, at + 15)) === "ICC_PROFILE")
      found.hasProfile = true;
    // Start of frame; three markers among these mean something else.
    if (
      (marker & 0xf0) === 0xc0 &&
      ![0xc4, 0xc8, 0xcc].includes(marker) &&
      (word(7) !== width || word(5) !== height)
    ) {
      throw new Error(`it is ${word(7)} x ${word(5)} pixels, not ${width} x ${height}`);
    }
  }
  return found;
}

/**
 * A JPEG without Exif, by which browsers turn a picture: Chromium does so whatever `imageOrientation` is, and a frame is what
 * its pixels are.
 * @param {Bytes} bytes
 * @returns {BlobPart[]}
 */
export function withoutExif(bytes) {
  const parts = [];
  let from = 0;
  for (const [marker, at, end] of segments(bytes)) {
    if (marker !== EXIF) continue;
    parts.push(bytes.subarray(from, at));
    from = end;
  }
  return [...parts, bytes.subarray(from)];
}

/**
 * Markers before the pixels, where they are, and where what they begin ends.
 * @param {Bytes} bytes
 * @returns {Generator<[marker: number, at: number, end: number], void, void>}
 */
function* segments(bytes) {
  let at = 2;
  while (at + 16 < bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda) {
    if (bytes[at + 1] === 0xff) {
      at++; // any number of these may be before a marker
      continue;
    }
    const end = at + 2 + 256 * bytes[at + 2] + bytes[at + 3];
    yield [bytes[at + 1], at, end];
    at = end;
  }
}
