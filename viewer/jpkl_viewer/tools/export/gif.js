// Pictures as an animated GIF (89a). A picture has 256 colors: all of them where it has no more, and the nearest of a
// choice otherwise.

/**
 * Colors of the choice: boxes of the cube of colors, halved where most pixels are.
 * @typedef {{colors: number[], counts: Map<number, number>}} Box
 */

/** GIF counts in hundredths of a second, and browsers slow down what is below two. */
const MOST_FPS = 50;

/** Codes of the compression have at most so many bits. */
const MOST_BITS = 12;

/** Bits of a color that are told apart where there are too many. */
const KEPT = 0xf8f8f8;

/**
 * The times of pictures in hundredths of a second: the movie as a whole takes as long as it should.
 * @param {number} n
 * @param {number} fps
 */
export function delays(n, fps) {
  const at = Array.from({length: n + 1}, (_, i) => Math.round((100 * i) / Math.min(fps, MOST_FPS)));
  return at.slice(1).map((time, i) => time - at[i]);
}

/** Writes a GIF picture by picture. */
export class GifWriter {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  #parts = [];
  #width;
  #height;

  /** @param {number} width @param {number} height */
  constructor(width, height) {
    this.#width = width;
    this.#height = height;
    const screen = [...word(width), ...word(height), 0, 0, 0];
    const loop = [0x21, 0xff, 11, ...text("NETSCAPE2.0"), 3, 1, 0, 0, 0];
    this.#parts.push(Uint8Array.from([...text("GIF89a"), ...screen, ...loop]));
  }

  /**
   * @param {Uint32Array} colors little-endian RGBA
   * @param {number} delay in hundredths of a second
   */
  add(colors, delay) {
    const {palette, indices} = indexed(colors);
    const control = [0x21, 0xf9, 4, 4, ...word(delay), 0, 0];
    const image = [0x2c, 0, 0, 0, 0, ...word(this.#width), ...word(this.#height), 0x87];
    const table = new Uint8Array(3 * 256);
    palette.forEach((color, i) => table.set([color & 255, (color >> 8) & 255, (color >> 16) & 255], 3 * i));
    this.#parts.push(Uint8Array.from([...control, ...image]), table, compressed(indices));
  }

  /** @returns {Promise<Uint8Array<ArrayBuffer>>} the file */
  async finish() {
    return new Uint8Array(await new Blob([...this.#parts, Uint8Array.of(0x3b)]).arrayBuffer());
  }
}

/** @param {number} value */
const word = (value) => [value & 255, (value >> 8) & 255];

/** @param {string} letters */
const text = (letters) => Array.from(letters, (letter) => letter.charCodeAt(0));

/**
 * At most 256 colors, and for each pixel the number of its own.
 * @param {Uint32Array} colors
 */
function indexed(colors) {
  const counts = count(colors, 0xffffff);
  const mask = counts.size > 256 ? KEPT : 0xffffff;
  const boxes = boxesOf(mask === KEPT ? count(colors, KEPT) : counts);
  /** @type {Map<number, number>} */
  const numbers = new Map();
  boxes.forEach((box, i) => box.colors.forEach((color) => numbers.set(color, i)));
  const indices = new Uint8Array(colors.length);
  let [last, index] = [-1, 0];
  for (let i = 0; i < colors.length; i++) {
    const color = colors[i] & mask;
    if (color !== last) [last, index] = [color, numbers.get(color) ?? 0];
    indices[i] = index;
  }
  return {palette: boxes.map(meanOf), indices};
}

/** How many pixels have each color. @param {Uint32Array} colors @param {number} mask */
function count(colors, mask) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const each of colors) counts.set(each & mask, (counts.get(each & mask) ?? 0) + 1);
  return counts;
}

/** @param {Map<number, number>} counts @returns {Box[]} */
function boxesOf(counts) {
  if (counts.size <= 256)
    return [...counts.keys()].sort((a, b) => a - b).map((color) => ({colors: [color], counts}));
  const boxes = [measured({colors: [...counts.keys()], counts})];
  while (boxes.length < 256) {
    boxes.sort((a, b) => a.weight - b.weight);
    const largest = boxes.pop();
    if (!largest || largest.colors.length < 2) {
      if (largest) boxes.push(largest);
      break;
    }
    boxes.push(...halves(largest).map(measured));
  }
  return boxes;
}

/** How much a box is in need of being halved: its pixels times its length. @param {Box} box */
function measured(box) {
  const {shift, length} = longest(box);
  const pixels = box.colors.reduce((sum, color) => sum + (box.counts.get(color) ?? 0), 0);
  return {...box, shift, pixels, weight: box.colors.length < 2 ? 0 : pixels * length};
}

/** The color along which a box is longest. @param {Box} box */
function longest({colors}) {
  const lengths = [0, 8, 16].map((shift) => {
    let [low, high] = [255, 0];
    for (const color of colors) {
      const value = (color >> shift) & 255;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return {shift, length: high - low};
  });
  return lengths.reduce((best, each) => (each.length > best.length ? each : best));
}

/** Two boxes of as many pixels as can be. @param {ReturnType<typeof measured>} box @returns {Box[]} */
function halves({colors, counts, shift, pixels}) {
  const sorted = [...colors].sort((a, b) => ((a >> shift) & 255) - ((b >> shift) & 255));
  let [sum, at] = [0, 0];
  while (at < sorted.length - 1 && 2 * sum < pixels) sum += counts.get(sorted[at++]) ?? 0;
  at = Math.max(1, at);
  return [
    {colors: sorted.slice(0, at), counts},
    {colors: sorted.slice(at), counts},
  ];
}

/** The mean color of a box. @param {Box} box */
function meanOf({colors, counts}) {
  if (colors.length === 1) return colors[0];
  const sums = [0, 0, 0, 0];
  for (const color of colors) {
    const n = counts.get(color) ?? 0;
    sums[3] += n;
    for (let i = 0; i < 3; i++) sums[i] += n * ((color >> (8 * i)) & 255);
  }
  const [red, green, blue] = sums.map((sum) => Math.round(sum / sums[3]));
  return red | (green << 8) | (blue << 16);
}

/**
 * Indices, compressed as GIF has them: LZW with codes that grow from 9 bits to 12, in blocks of 255 bytes.
 * @param {Uint8Array} indices
 * @returns {Uint8Array<ArrayBuffer>}
 */
function compressed(indices) {
  const [clear, end] = [256, 257];
  const bits = new BitWriter();
  /** @type {Map<number, number>} */
  let known = new Map();
  let [next, size] = [end + 1, 9];
  bits.write(clear, size);
  let prefix = indices[0];
  for (let i = 1; i < indices.length; i++) {
    const key = (prefix << 8) | indices[i];
    const code = known.get(key);
    if (code !== undefined) {
      prefix = code;
      continue;
    }
    bits.write(prefix, size);
    if (next < 1 << MOST_BITS) {
      if (next === 1 << size) size++;
      known.set(key, next++);
    } else {
      bits.write(clear, size);
      known = new Map();
      [next, size] = [end + 1, 9];
    }
    prefix = indices[i];
  }
  bits.write(prefix, size);
  if (next === 1 << size && size < MOST_BITS) size++;
  bits.write(end, size);
  return bits.blocks();
}

/** Codes of any size as bytes, the lowest bits first. */
class BitWriter {
  /** @type {number[]} */
  #bytes = [];
  #rest = 0;
  #n = 0;

  /** @param {number} code @param {number} size in bits */
  write(code, size) {
    this.#rest |= code << this.#n;
    for (this.#n += size; this.#n >= 8; this.#n -= 8) {
      this.#bytes.push(this.#rest & 255);
      this.#rest >>>= 8;
    }
  }

  /** All of it in blocks, after the size of the first codes. */
  blocks() {
    if (this.#n) this.#bytes.push(this.#rest & 255);
    const n = this.#bytes.length;
    const out = new Uint8Array(1 + n + Math.ceil(n / 255) + 1);
    out[0] = 8;
    let to = 1;
    for (let at = 0; at < n; at += 255) {
      const block = this.#bytes.slice(at, at + 255);
      out[to++] = block.length;
      out.set(block, to);
      to += block.length;
    }
    return out;
  }
}
