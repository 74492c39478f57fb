// What a JPEG says about itself before its first pixel; as `jpkl/_codecs/jpeg_header.py`. What that refuses is not
// given to the browser's decoder.

const [START_OF_SCAN, PROGRESSIVE] = [0xda, 0xc2];
/** Baseline, extended and progressive. */
const KINDS = [0xc0, 0xc1, PROGRESSIVE];
/** Markers among those of frames that mean something else. */
const NOT_FRAMES = [0xc4, 0xc8, 0xcc];
const MAX_SCANS = 32;

/**
 * @typedef {object} JpegHeader
 * @property {number} height
 * @property {number} width
 * @property {number} nComponents 1 for gray, 3 for RGB
 * @property {number} scanOffset
 * @property {boolean} isSingleScan
 */

/**
 * The markers up to the first scan; throws unless these are the bytes of an 8-bit baseline, extended or progressive
 * JPEG.
 * @param {Uint8Array} data
 * @returns {JpegHeader}
 */
export function parseJpegHeader(data) {
  if (!(data[0] === 0xff && data[1] === 0xd8 && data[2] === 0xff)) throw new Error("it is not a JPEG");
  /** @type {{kind: number, height: number, width: number, nComponents: number} | null} */
  let frame = null;
  let [marker, start, end] = segment(data, 2);
  for (; marker !== START_OF_SCAN; [marker, start, end] = segment(data, end)) {
    if ((marker & 0xf0) !== 0xc0 || NOT_FRAMES.includes(marker)) continue;
    if (frame !== null) throw new Error("it is a JPEG with more than one frame header");
    frame = parseFrame(marker, data.subarray(start, end));
  }
  if (frame === null) throw new Error("it is a JPEG without a frame header before its first scan");
  const {kind, ...size} = frame;
  return {...size, scanOffset: end, isSingleScan: kind !== PROGRESSIVE && data[start] === size.nComponents};
}

/**
 * Marker, start and end of the payload of the segment at an offset.
 * @param {Uint8Array} data
 * @param {number} offset
 * @returns {[number, number, number]}
 */
function segment(data, offset) {
  let at = offset;
  while (data[at] === 0xff && data[at + 1] === 0xff) at++; // any number of fill bytes may precede a marker
  if (data.length < at + 2 || data[at] !== 0xff)
    throw new Error(`it is a broken JPEG: no marker at byte ${at}`);
  const marker = data[at + 1];
  if (marker === 1 || (marker >= 0xd0 && marker < 0xd8)) return [marker, at + 2, at + 2];
  const end = at + 2 + ((data[at + 2] << 8) | data[at + 3]);
  if (end < at + 4 || end >= data.length) throw new Error("it is a truncated JPEG");
  return [marker, at + 4, end];
}

/**
 * @param {number} kind
 * @param {Uint8Array} payload
 */
function parseFrame(kind, payload) {
  if (!KINDS.includes(kind)) throw new Error("it is a lossless, hierarchical or arithmetic JPEG");
  if (payload.length < 6) throw new Error("it is a JPEG with a broken frame header");
  if (payload[0] !== 8) throw new Error(`it is a JPEG of ${payload[0]} bits per sample; frames have 8`);
  const word = (/** @type {number} */ at) => (payload[at] << 8) | payload[at + 1];
  return {kind, height: word(1), width: word(3), nComponents: payload[5]};
}

/**
 * Least size of a JPEG of so many pixels: one bit per 8 x 8 block.
 * @param {number} height
 * @param {number} width
 */
export function leastNbytes(height, width) {
  return Math.floor((Math.ceil(height / 8) * Math.ceil(width / 8)) / 8);
}

/**
 * The header of a JPEG that a decoder may be given: not out of proportion to its bytes, in pixels or in scans.
 * @param {Uint8Array} data
 */
export function checkedHeader(data) {
  const header = parseJpegHeader(data);
  if (!header.isSingleScan) {
    let scans = 1;
    for (let i = header.scanOffset; i + 1 < data.length; i++)
      if (data[i] === 0xff && data[i + 1] === 0xda) scans++;
    if (scans > MAX_SCANS)
      throw new Error(`it is a JPEG with ${scans} scans; at most ${MAX_SCANS} are decoded`);
  }
  if (data.length < leastNbytes(header.height, header.width))
    throw new Error(
      `it is a broken JPEG: ${data.length} bytes cannot hold ${header.height} x ${header.width} pixels`,
    );
  return header;
}
