// With which codec the frames of a file are encoded, and what its pictures say of themselves: nothing is decoded before
// that was checked; as `jpkl/_codecs/stored.py` and `checked.py`.

import {UnsupportedVersionError} from "./errors.js";
import {leastNbytes as leastOfJpeg, checkedHeader as checkedJpeg} from "./jpeg_header.js";
import {parseAvif} from "./pictures/avif.js";
import {parseJpegXl} from "./pictures/jpegxl.js";
import {parsePng} from "./pictures/png.js";
import {parseWebp} from "./pictures/webp.js";
import {plain} from "./values.js";

/** @typedef {import("./values.js").Value} Value */
/** @typedef {{height: number, width: number, nBits: number, nComponents: number}} PictureHeader */
/** @typedef {{height: number, width: number, color: boolean}} FrameKind */

/**
 * How frames are encoded: the name of a codec, and the dtype of values that are kept exactly.
 * @typedef {{name: string, dtype: string | null}} StoredCodec
 */

/**
 * A picture format: most bits of a sample, 0 where values are not kept exactly, whether it has a quality.
 * @typedef {{title: string, parse: (data: Uint8Array) => PictureHeader, bits: number, hasQuality: boolean}} Format
 */

/** @param {Uint8Array} data @returns {PictureHeader} */
const parseJpeg = (data) => ({...checkedJpeg(data), nBits: 8});

/** @type {Record<string, Format>} */
const FORMATS = {
  jpeg: {title: "JPEG", parse: parseJpeg, bits: 0, hasQuality: true},
  png: {title: "PNG", parse: parsePng, bits: 16, hasQuality: false},
  webp: {title: "WebP", parse: parseWebp, bits: 8, hasQuality: true},
  avif: {title: "AVIF", parse: parseAvif, bits: 0, hasQuality: true},
  jpegxl: {title: "JPEG XL", parse: parseJpegXl, bits: 16, hasQuality: true},
};

/** Codecs that browsers decode to the same pixels as Python, and those of which they do so where values are kept exactly. */
const SAME_EVERYWHERE = ["jpeg", "png"];
const SAME_WHERE_EXACT = ["webp", "avif"];
const LOSSLESS = ["png"];

const CUSTOM = "custom:";
/** Values of bool or integers, in any byte order. */
const EXACT = /^[<>|=]?(b1|[iu][1248])$/;
/** No more bytes come out of one of deflated data. */
const MOST_INFLATED = 1032;
const LONGEST_NAME = 80;

/** What to do with frames that no browser decodes. */
export const CONVERT =
  "Open it with jpkl view, or make one that browsers show: jpkl export stack.jpkl stack.ome.tif, and then " +
  "jpkl encode stack.ome.tif, with --lossless to keep values exactly";

/**
 * The codec that a file names; throws where this page does not decode it.
 * @param {string} name
 * @param {import("./values.js").Dict} options
 * @returns {StoredCodec}
 */
export function codecOf(name, options) {
  if (name.startsWith(CUSTOM)) {
    const cls = name.slice(CUSTOM.length, LONGEST_NAME);
    throw new UnsupportedVersionError(`only the class that wrote this file decodes it: use ${cls}.load`);
  }
  if (name === "jpeg") return {name, dtype: null};
  const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : null;
  if (!format) throw new UnsupportedVersionError(whyNotShown(name));
  for (const [key] of options.entries.values())
    if (!(key === "dtype" || (key === "quality" && format.hasQuality)))
      throw new UnsupportedVersionError(
        `codec '${name}': it has no option '${String(plain(key)).slice(0, 40)}'`,
      );
  checkQuality(name, plain(options.get("quality") ?? null));
  return {name, dtype: exactDtype(name, format, plain(options.get("dtype") ?? null))};
}

/**
 * Why frames of a codec are not shown.
 * @param {string} name
 */
export function whyNotShown(name) {
  return `its frames are encoded by '${name.slice(0, LONGEST_NAME)}', which this browser does not decode. ${CONVERT}`;
}

/**
 * @param {string} name
 * @param {Value} quality
 */
function checkQuality(name, quality) {
  const isQuality = quality === null || (typeof quality === "bigint" && quality >= 0n && quality <= 100n);
  if (!isQuality)
    throw new UnsupportedVersionError(`codec '${name}': the quality must be an int from 0 to 100`);
}

/**
 * @param {string} name
 * @param {Format} format
 * @param {Value} dtype
 */
function exactDtype(name, {bits}, dtype) {
  if (dtype === null) return null;
  const [, kind] = (typeof dtype === "string" && EXACT.exec(dtype)) || [];
  if (!kind || !bits)
    throw new UnsupportedVersionError(`codec '${name}': it does not keep values of this dtype exactly`);
  if (8 * sampleNbytes(kind) > bits)
    throw new UnsupportedVersionError(`codec '${name}' holds ${bits} bits, too few for ${kind}`);
  return kind;
}

/** Lowest and highest value of a dtype. @param {string} dtype @returns {[number, number]} */
export function limitsOf([kind, nbytes]) {
  const n = 8 * Number(nbytes);
  if (kind === "b") return [0, 1];
  return kind === "u" ? [0, 2 ** n - 1] : [-(2 ** (n - 1)), 2 ** (n - 1) - 1];
}

/** Bytes of a sample of the pictures in which values of a dtype are kept. @param {string | null} dtype */
export function sampleNbytes(dtype) {
  return Math.min(2, Number(dtype?.[1] ?? 1));
}

/** Pictures, one below the other, that a frame is kept in. @param {string | null} dtype */
export function picturesOf(dtype) {
  return Math.max(1, Number(dtype?.[1] ?? 1) / 2);
}

/**
 * What a picture says of itself, checked; height is that of the frame.
 * @param {StoredCodec} codec
 * @param {Uint8Array} data
 */
export function checkedHeader({name, dtype}, data) {
  const {title, parse} = FORMATS[name];
  const header = name === "jpeg" ? parse(data) : parsed(title, parse, data);
  const {nComponents, nBits, height} = header;
  if (nComponents !== 1 && nComponents !== 3)
    throw new Error(`${title} of ${nComponents} components; frames have 1 or 3`);
  const expected = 8 * sampleNbytes(dtype);
  if (nBits !== expected)
    throw new Error(`${title} of ${nBits} bits per sample, where the stack has ${expected}`);
  const rows = height / picturesOf(dtype);
  if (!Number.isInteger(rows)) throw new Error(`broken ${title}: ${dtype} has not ${height} rows`);
  return {...header, height: rows};
}

/**
 * @param {string} title
 * @param {Format["parse"]} parse
 * @param {Uint8Array} data
 */
function parsed(title, parse, data) {
  try {
    return parse(data);
  } catch (error) {
    throw new Error(`broken ${title}: ${error instanceof Error ? error.message : error}`, {cause: error});
  }
}

/**
 * Throw unless a picture is what the stack says of its frames.
 * @param {StoredCodec} codec
 * @param {Uint8Array} data
 * @param {FrameKind} frame
 */
export function checkFrame(codec, data, {height, width, color}) {
  const header = checkedHeader(codec, data);
  const nComponents = color ? 3 : 1;
  if (header.height !== height || header.width !== width || header.nComponents !== nComponents)
    throw new Error(
      `it is a ${FORMATS[codec.name].title} of ${kindOf(header)} pixels, where the stack has ` +
        `${kindOf({height, width, nComponents})} pixels`,
    );
}

/** @param {{height: number, width: number, nComponents: number}} size */
function kindOf({height, width, nComponents}) {
  return `${height} x ${width} ${nComponents === 1 ? "gray" : nComponents === 3 ? "RGB" : `${nComponents}-component`}`;
}

/**
 * How many bytes a frame has at the least.
 * @param {StoredCodec} codec
 * @param {FrameKind} frame
 */
export function leastNbytes({name, dtype}, {height, width, color}) {
  if (name === "jpeg") return leastOfJpeg(height, width);
  const nbytes = height * width * (color ? 3 : 1) * sampleNbytes(dtype);
  return name === "png" ? Math.floor(nbytes / MOST_INFLATED) : 0;
}

/**
 * The dtype of values that no browser decodes to what is shown: all that are kept exactly, but for 8 bits that are shown
 * as they are.
 * @param {StoredCodec} codec
 * @param {{values: ArrayLike<number>} | null} displayRange
 */
export function hiddenDtype({dtype}, displayRange) {
  const isWhole =
    displayRange === null || Array.from(displayRange.values).every((value, i) => value === 255 * (i % 2));
  return dtype === "u1" && isWhole ? null : dtype;
}

/**
 * What is said of the pixels, see `Description`.
 * @param {StoredCodec} codec
 * @param {boolean} isHidden whether the browser does not decode them
 */
export function exactness({name, dtype}, isHidden) {
  const isExact = dtype !== null;
  const isSame = SAME_EVERYWHERE.includes(name) || (isExact && SAME_WHERE_EXACT.includes(name));
  return {isExact, isLossy: !isExact && !LOSSLESS.includes(name), sendsStored: isSame && !isHidden};
}

/**
 * How frames are stored, for people.
 * @param {StoredCodec} codec
 * @param {number} quality of JPEG
 */
export function encodingText({name, dtype}, quality) {
  if (name === "jpeg") return `8-bit JPEG, quality ${quality}`;
  return dtype === null ? `8-bit ${name}` : `${name}, lossless ${longName(dtype)}`;
}

/** A dtype as NumPy names it. @param {string} dtype */
function longName(dtype) {
  const [kind, nbytes] = dtype;
  return kind === "b" ? "bool" : `${kind === "u" ? "u" : ""}int${8 * Number(nbytes)}`;
}
