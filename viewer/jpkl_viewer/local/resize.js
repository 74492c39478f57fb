// Pictures made smaller: each pixel is the mean of the area that it takes, as Pillow's BOX filter computes it, in
// whole numbers, first along the rows and then along the columns.

/** Pixels with one byte a sample: gray, or red, green, blue. @typedef {import("./types.js").Pixels} Pixels */

/** Bits of a weight after its binary point. */
const PRECISION = 22;

/**
 * For each pixel of the result the first that it takes, and the weights of those.
 * @typedef {{first: number, weights: Int32Array}[]} Filter
 */

/**
 * @param {number} from length in pixels
 * @param {number} to
 * @returns {Filter}
 */
function boxFilter(from, to) {
  const scale = from / to;
  const width = Math.max(scale, 1);
  const support = 0.5 * width;
  return Array.from({length: to}, (_, i) => {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const last = Math.min(from, Math.trunc(center + support + 0.5));
    const within = Array.from({length: last - first}, (__, k) => {
      const at = (k + first - center + 0.5) * (1 / width);
      return Number(at > -0.5 && at <= 0.5);
    });
    const total = within.reduce((sum, weight) => sum + weight, 0);
    return {
      first,
      weights: Int32Array.from(within, (weight) => 0.5 + (total ? weight / total : weight) * 2 ** PRECISION),
    };
  });
}

/**
 * Pixels in another size.
 * @param {Pixels} pixels
 * @param {number} width
 * @param {number} height
 * @returns {Pixels}
 */
export function resizeBox(pixels, width, height) {
  const across = pixels.width === width ? pixels : resizeRows(pixels, width);
  return across.height === height ? across : resizeColumns(across, height);
}

/** @param {Pixels} pixels @param {number} width @returns {Pixels} */
function resizeRows({data, width: from, height, samples}, width) {
  const filter = boxFilter(from, width);
  const out = new Uint8Array(width * height * samples);
  let at = 0;
  for (let row = 0; row < height; row++)
    for (const {first, weights} of filter) {
      const start = samples * (row * from + first);
      for (let sample = 0; sample < samples; sample++)
        out[at++] = weighted(data, start + sample, samples, weights);
    }
  return {data: out, width, height, samples};
}

/** @param {Pixels} pixels @param {number} height @returns {Pixels} */
function resizeColumns({data, width, height: from, samples}, height) {
  const stride = width * samples;
  const out = new Uint8Array(stride * height);
  boxFilter(from, height).forEach(({first, weights}, row) => {
    for (let x = 0; x < stride; x++)
      out[row * stride + x] = weighted(data, first * stride + x, stride, weights);
  });
  return {data: out, width, height, samples};
}

/**
 * @param {Uint8Array} data
 * @param {number} start
 * @param {number} step
 * @param {Int32Array} weights
 */
function weighted(data, start, step, weights) {
  let sum = 1 << (PRECISION - 1);
  for (let k = 0, at = start; k < weights.length; k++, at += step) sum += data[at] * weights[k];
  return Math.min(255, sum >> PRECISION);
}

/**
 * Pixels in a larger size: each is repeated, as Pillow's NEAREST does.
 * @param {Pixels} pixels
 * @param {number} width
 * @param {number} height
 * @returns {Pixels}
 */
export function resizeNearest({data, width: fromX, height: fromY, samples}, width, height) {
  const out = new Uint8Array(width * height * samples);
  const columns = Uint32Array.from({length: width}, (_, x) => Math.floor(((x + 0.5) * fromX) / width));
  let at = 0;
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * fromY) / height) * fromX;
    for (const column of columns)
      for (let sample = 0; sample < samples; sample++) out[at++] = data[samples * (row + column) + sample];
  }
  return {data: out, width, height, samples};
}

/**
 * A rectangle of a picture.
 * @param {Pixels} pixels
 * @param {import("../browser/types.js").Rect} rect within it
 * @returns {Pixels}
 */
export function crop({data, width: from, samples}, {x, y, width, height}) {
  const out = new Uint8Array(width * height * samples);
  for (let row = 0; row < height; row++) {
    const start = samples * ((y + row) * from + x);
    out.set(data.subarray(start, start + samples * width), row * width * samples);
  }
  return {data: out, width, height, samples};
}
