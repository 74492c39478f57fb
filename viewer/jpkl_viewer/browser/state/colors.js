// From pixel values to colors: pure, and the same as `model/colormaps.py` and `model/paint.py`
// make in Python. Both are held to the golden vectors in `tests/data`.
//
// A color is a number: red, green, blue and alpha from its lowest byte to its highest.

const BLACK = 0xff000000;

/**
 * The color of each pixel value.
 * @param {Uint8Array} colors 256 times red, green, blue: a colormap
 * @param {readonly number[]} limits contrast limits: pixel values shown with the first and the last color
 * @param {number} gamma exponent between the limits
 * @param {boolean} invert whether the colormap runs backwards
 */
export function lookupTable(colors, [low, high], gamma, invert) {
  const lut = new Uint32Array(256);
  for (let value = 0; value < 256; value++) {
    const fraction = Math.min(1, Math.max(0, (value - low) / Math.max(high - low, 1e-9))) ** gamma;
    const step = Math.min(255, Math.floor(fraction * 256));
    const at = 3 * (invert ? 255 - step : step);
    lut[value] = (BLACK | (colors[at + 2] << 16) | (colors[at + 1] << 8) | colors[at]) >>> 0;
  }
  return lut;
}

/**
 * From black to a color: 256 times red, green, blue.
 * @param {string} color `#rrggbb`
 */
export function colorRamp(color) {
  const rgb = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  return Uint8Array.from({length: 768}, (_, i) => Math.floor((Math.floor(i / 3) * rgb[i % 3] + 127) / 255));
}

/**
 * Adds the colors of gray values to `out`.
 * @param {Uint32Array} out
 * @param {import("../types.js").Plane} pixels
 * @param {Uint32Array} lut
 * @param {boolean} isFirst
 */
function addGray(out, pixels, lut, isFirst) {
  const n = out.length;
  if (isFirst) {
    for (let i = 0; i < n; i++) out[i] = lut[pixels[i]];
    return;
  }
  for (let i = 0; i < n; i++) {
    const a = out[i];
    const b = lut[pixels[i]];
    const red = Math.min(255, (a & 255) + (b & 255));
    const green = Math.min(255, ((a >> 8) & 255) + ((b >> 8) & 255));
    const blue = Math.min(255, ((a >> 16) & 255) + ((b >> 16) & 255));
    out[i] = (BLACK | (blue << 16) | (green << 8) | red) >>> 0;
  }
}

/**
 * Applies a lookup table to red, green and blue each.
 * @param {Uint32Array} out
 * @param {import("../types.js").Plane} pixels
 * @param {Uint32Array} lut
 */
function mapColor(out, pixels, lut) {
  if (lut.every((color, value) => (color & 0xffffff) === value * 0x010101)) return out.set(pixels);
  for (let i = 0; i < out.length; i++) {
    const p = pixels[i];
    out[i] =
      ((lut[p & 255] & 0xff) | (lut[(p >> 8) & 255] & 0xff00) | (lut[(p >> 16) & 255] & 0xff0000) | BLACK) >>>
      0;
  }
}

/**
 * Layers added up: the colors of a picture.
 * @param {import("../types.js").PaintedLayer[]} layers none makes black
 * @param {number} n number of pixels
 * @param {boolean} isColor whether the planes hold colors
 * @param {Uint32Array<ArrayBuffer>} [out] takes them: new memory takes half of the time
 */
export function compose(layers, n, isColor, out = new Uint32Array(n)) {
  if (!layers.length) out.fill(BLACK);
  layers.forEach(({plane, lut}, i) => {
    if (isColor) mapColor(out, plane, lut);
    else addGray(out, plane, lut, i === 0);
  });
  return out;
}

/**
 * Colors of pixels of red, green and blue, one byte each.
 * @param {Uint8Array} bytes
 */
export function fromRgb(bytes) {
  const out = new Uint32Array(bytes.length / 3);
  for (let i = 0, at = 0; i < out.length; i++, at += 3)
    out[i] = BLACK | (bytes[at + 2] << 16) | (bytes[at + 1] << 8) | bytes[at];
  return out;
}

/**
 * Counts of the 256 pixel values.
 * @param {Uint8ClampedArray} data pixels of red, green, blue and alpha, one byte each
 * @param {boolean} isColor whether green and blue count, too; otherwise they are the same as red
 */
export function countValues(data, isColor) {
  const counts = new Uint32Array(256);
  for (let i = 0; i < data.length; i += 4) {
    counts[data[i]]++;
    if (isColor) {
      counts[data[i + 1]]++;
      counts[data[i + 2]]++;
    }
  }
  return counts;
}
