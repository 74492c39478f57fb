// From the bytes of a picture to pixels that can be reckoned with: exactly those that a picture shows.

import {readHeaders, withoutExif} from "../browser/pixels/decoder.js";
import {decodeJpeg, loadJpeg} from "../browser/pixels/jpeg/jpeg.js";
import {pictureType} from "../browser/pixels/picture_type.js";
import {readableContext} from "../browser/pixels/planes.js";
import {withoutAlpha} from "../browser/pixels/raw_frame.js";
import {UNREADABLE, readsTruly} from "../browser/pixels/readback.js";
import {resizeBox} from "./resize.js";

/** @typedef {import("./types.js").FrameSize} FrameSize */
/** @typedef {import("./types.js").Pixels} Pixels */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/** Where the first sample is in the four bytes of a pixel. @type {Record<string, number>} */
const FIRST_SAMPLE = {BGRX: 0, BGRA: 0, RGBX: 0, RGBA: 0};

/** What may be in the headers of other pictures than JPEG. */
const OTHER = {hasProfile: true, hasExif: false};

/**
 * A canvas that all frames are read from, made when it is needed.
 * @type {OffscreenCanvasRenderingContext2D | undefined}
 */
let canvas;

/** Runs so much at a time: more than there are cores only takes room from the caches. */
class Turns {
  #free;
  /** @type {((value?: undefined) => void)[]} */
  #waiting = [];

  /** @param {number} n */
  constructor(n) {
    this.#free = n;
  }

  /**
   * @template Result
   * @param {() => Promise<Result>} work
   * @returns {Promise<Result>}
   */
  async run(work) {
    if (this.#free > 0) this.#free--;
    else await new Promise((/** @type {(value?: undefined) => void} */ go) => this.#waiting.push(go));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}

const DECODING = new Turns(globalThis.navigator?.hardwareConcurrency ?? 2);

/**
 * Decode a frame; throws where its bytes are no picture of that size.
 * @type {import("./types.js").Decode}
 */
export async function decodePixels(bytes, size, scale) {
  await loadJpeg();
  return decodeQuickly(bytes, size, scale) ?? decodeByBrowser(bytes, size, scale);
}

/**
 * In this thread, without a canvas; null where it cannot be done so.
 * @param {Bytes} bytes
 * @param {FrameSize} size
 * @param {number} scale
 * @returns {Pixels | null}
 */
function decodeQuickly(bytes, size, scale) {
  const [width, height] = [size.width, size.height].map((length) => Math.ceil(length / scale));
  const whole = {x: 0, y: 0, width: size.width, height: size.height};
  const data = decodeJpeg(bytes, size, whole, width, height, scale);
  if (data === null) return null;
  return size.color
    ? {data: withoutAlpha(data), width, height, samples: 3}
    : {data, width, height, samples: 1};
}

/**
 * @param {Bytes} bytes
 * @param {FrameSize} size
 * @param {number} scale
 */
async function decodeByBrowser(bytes, size, scale) {
  if (!readsTruly()) throw new Error(UNREADABLE);
  const type = pictureType(bytes);
  const isJpeg = type === "image/jpeg";
  const {hasProfile, hasExif} = isJpeg ? readHeaders(bytes, size.width, size.height) : OTHER;
  const pixels =
    globalThis.ImageDecoder && isJpeg && !hasProfile && !hasExif && !size.color
      ? await DECODING.run(() => decodeGray(bytes, size, scale))
      : await decodeBitmap(hasExif ? withoutExif(bytes) : [bytes], type, size, hasProfile);
  // Not every browser decodes at part of the size.
  return resizeBox(pixels, Math.ceil(size.width / scale), Math.ceil(size.height / scale));
}

/**
 * Without a canvas: its pixels are copied as they are.
 * @param {Bytes} bytes
 * @param {FrameSize} size
 * @param {number} scale
 */
async function decodeGray(bytes, {width, height}, scale) {
  const smaller = {desiredWidth: Math.ceil(width / scale), desiredHeight: Math.ceil(height / scale)};
  const decoder = new ImageDecoder({data: bytes, type: "image/jpeg", ...(scale > 1 ? smaller : {})});
  try {
    const {image} = await decoder.decode();
    try {
      return await grayOf(image);
    } finally {
      image.close();
    }
  } finally {
    decoder.close();
  }
}

/** @param {VideoFrame} image @returns {Promise<Pixels>} */
async function grayOf(image) {
  const {displayWidth: width, displayHeight: height, format} = image;
  const first = FIRST_SAMPLE[format ?? ""];
  const n = 4 * width * height;
  if (first === undefined || image.allocationSize() !== n) return read(image, width, height, 1);
  const all = SCRATCH.take(width * height);
  await image.copyTo(all);
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) data[i] = all[i]; // keeps the low bytes
  SCRATCH.give(all);
  return {data, width, height, samples: 1};
}

/** Room for four bytes a pixel, which is used again: to make it takes as long as to decode into it. */
class Scratch {
  /** @type {Uint32Array<ArrayBuffer>[]} all of one length */
  #free = [];

  /** @param {number} length */
  take(length) {
    const room = this.#free.pop();
    return room?.length === length ? room : new Uint32Array(length);
  }

  /** @param {Uint32Array<ArrayBuffer>} room */
  give(room) {
    if (this.#free.some(({length}) => length !== room.length)) this.#free = [];
    if ((this.#free.length + 1) * room.byteLength <= SCRATCH_BYTES) this.#free.push(room);
  }
}

const SCRATCH_BYTES = 32 * 2 ** 20;
const SCRATCH = new Scratch();

/**
 * @param {BlobPart[]} parts of the picture
 * @param {string} type
 * @param {FrameSize} size
 * @param {boolean} hasProfile or anything else by which the browser would change colors
 */
export async function decodeBitmap(parts, type, {width, height, color}, hasProfile) {
  /** @type {ImageBitmapOptions} */
  const options = {imageOrientation: "none", ...(hasProfile ? {colorSpaceConversion: "none"} : {})};
  const bitmap = await createImageBitmap(new Blob(parts, {type}), options);
  try {
    if (bitmap.width !== width || bitmap.height !== height)
      throw new Error(`it is ${bitmap.width} x ${bitmap.height} pixels, not ${width} x ${height}`);
    return read(bitmap, width, height, color ? 3 : 1);
  } finally {
    bitmap.close();
  }
}

/**
 * @param {CanvasImageSource} image
 * @param {number} width
 * @param {number} height
 * @param {1 | 3} samples
 * @returns {Pixels}
 */
function read(image, width, height, samples) {
  canvas ??= readableContext();
  if (canvas.canvas.width !== width || canvas.canvas.height !== height)
    Object.assign(canvas.canvas, {width, height});
  canvas.drawImage(image, 0, 0);
  const {data} = canvas.getImageData(0, 0, width, height);
  if (samples === 1) return {data: new Uint8Array(new Uint32Array(data.buffer)), width, height, samples};
  return {data: withoutAlpha(data), width, height, samples};
}
