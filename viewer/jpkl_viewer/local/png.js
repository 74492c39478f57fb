// PNG to samples, 8 or 16 bits: browsers keep the highest 8 bits alone.

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** A part of the file: its four letters, and where its data are. @typedef {{kind: string, start: number, end: number}} Chunk */

const SIGNATURE_NBYTES = 8;
/** Length and kind before a chunk, and the checksum after it. */
const [HEAD_NBYTES, CRC_NBYTES] = [8, 4];
/** Chunks that change what the samples mean. */
const REFUSED = ["acTL", "tRNS"];

/**
 * All chunks, of which each follows the one before up to the end of the bytes; throws otherwise.
 * @param {Uint8Array} data
 */
export function chunksOf(data) {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  /** @type {Chunk[]} */
  const chunks = [];
  let [at, kind] = [SIGNATURE_NBYTES, ""];
  while (at + HEAD_NBYTES <= data.length && kind !== "IEND") {
    kind = String.fromCharCode(...data.subarray(at + 4, at + HEAD_NBYTES));
    if (REFUSED.includes(kind)) throw new Error(`it has ${kind}, which no frame has`);
    const start = at + HEAD_NBYTES;
    const end = start + view.getUint32(at);
    chunks.push({kind, start, end});
    at = end + CRC_NBYTES;
  }
  if (kind !== "IEND" || at !== data.length) throw new Error("it is cut off, or goes on after its end");
  return chunks;
}

/**
 * Decode a PNG whose header was checked: gray or RGB, not interlaced.
 * @param {Bytes} data
 * @param {{width: number, height: number, samples: number, nbytes: number}} size samples of a pixel, bytes of a sample
 */
export async function decodePng(data, {width, height, samples, nbytes}) {
  const step = samples * nbytes;
  const stride = width * step;
  const parts = chunksOf(data)
    .filter(({kind}) => kind === "IDAT")
    .map(({start, end}) => data.subarray(start, end));
  const lines = await inflate(parts, (stride + 1) * height);
  const pixels = unfilter(lines, height, stride, step);
  return nbytes === 1 ? pixels : swapped(pixels);
}

/**
 * @param {Bytes[]} parts
 * @param {number} nbytes that there have to be
 */
async function inflate(parts, nbytes) {
  const out = new Uint8Array(nbytes);
  let at = 0;
  try {
    const stream = new Blob(parts).stream().pipeThrough(new DecompressionStream("deflate"));
    const reader = stream.getReader();
    for (;;) {
      const {done, value} = await reader.read();
      if (done) break;
      if (at + value.length > nbytes) {
        await reader.cancel();
        throw new Error("more pixels than it has");
      }
      out.set(value, at);
      at += value.length;
    }
  } catch (error) {
    throw new Error(`broken PNG: ${error instanceof Error ? error.message : error}`, {cause: error});
  }
  if (at !== nbytes) throw new Error("broken PNG: it has too few pixels");
  return out;
}

/**
 * Undo what was done to each line before it was deflated: the first byte of each says what.
 * @param {Bytes} lines
 * @param {number} height
 * @param {number} stride bytes of a line without the first
 * @param {number} step bytes of a pixel
 */
function unfilter(lines, height, stride, step) {
  const out = new Uint8Array(stride * height);
  for (let row = 0; row < height; row++) {
    const from = row * (stride + 1);
    const line = out.subarray(row * stride, (row + 1) * stride);
    line.set(lines.subarray(from + 1, from + 1 + stride));
    const above = row ? out.subarray((row - 1) * stride, row * stride) : new Uint8Array(stride);
    undo(lines[from], line, above, step);
  }
  return out;
}

/**
 * @param {number} filter
 * @param {Uint8Array} line
 * @param {Uint8Array} above
 * @param {number} step
 */
function undo(filter, line, above, step) {
  const n = line.length;
  if (filter === 1) for (let i = step; i < n; i++) line[i] += line[i - step];
  else if (filter === 2) for (let i = 0; i < n; i++) line[i] += above[i];
  else if (filter === 3)
    for (let i = 0; i < n; i++) line[i] += ((i < step ? 0 : line[i - step]) + above[i]) >> 1;
  else if (filter === 4) {
    for (let i = 0; i < step; i++) line[i] += above[i];
    for (let i = step; i < n; i++) line[i] += predicted(line[i - step], above[i], above[i - step]);
  } else if (filter !== 0) throw new Error("broken PNG: it has an unknown filter");
}

/**
 * The neighbor that is nearest to what the three of them suggest.
 * @param {number} left
 * @param {number} above
 * @param {number} corner
 */
function predicted(left, above, corner) {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/** Samples of 16 bits, whose high byte comes first. @param {Bytes} bytes */
function swapped(bytes) {
  const out = new Uint16Array(bytes.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = (bytes[2 * i] << 8) | bytes[2 * i + 1];
  return out;
}
