// The difference of two frames, and its colors.

import {compose} from "../../browser/state/colors.js";
import {Scale, format} from "../../browser/base/numbers.js";

/**
 * @typedef {import("../../browser/types.js").PaintedLayer} PaintedLayer
 * @typedef {import("../../browser/pixels/pixels.js").Reading} Reading
 * @typedef {import("../../browser/state/stack.js").Stack} Stack
 */

/** Number of the color of no difference in `DIVERGING`, and how many there are on each side of it. */
export const ZERO = 128;
const STEPS = 127;

/** How much darker and more colored than white the ends are, and their hues in radians: red above, blue below. */
const DARKER = 0.52;
const CHROMA = 0.19;
const [RED, BLUE] = [0.47, 4.61];

/**
 * From blue (the other is brighter) over white (the same) to red, as little-endian RGBA: straight lines in OKLab, on
 * which equal steps look equal.
 */
export const DIVERGING = Uint32Array.from({length: 256}, (_, i) => {
  const t = Math.min(1, Math.abs(i - ZERO) / STEPS);
  return fromOklch(1 - DARKER * t, CHROMA * t, i < ZERO ? BLUE : RED);
});

/**
 * A color of Björn Ottosson's OKLab as little-endian RGBA.
 * @param {number} lightness
 * @param {number} chroma
 * @param {number} hue in radians
 */
function fromOklch(lightness, chroma, hue) {
  const [a, b] = [chroma * Math.cos(hue), chroma * Math.sin(hue)];
  const [l, m, s] = [
    lightness + 0.3963377774 * a + 0.2158037573 * b,
    lightness - 0.1055613458 * a - 0.0638541728 * b,
    lightness - 0.0894841775 * a - 1.291485548 * b,
  ].map((value) => value ** 3);
  const [red, green, blue] = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map(toByte);
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}

/** @param {number} light of one primary of sRGB, 0 to 1 */
function toByte(light) {
  const clipped = Math.min(1, Math.max(0, light));
  return Math.round(255 * (clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055));
}

/**
 * The colors of the differences of all pairs of pixel values.
 * @typedef {object} Differences
 * @property {Uint32Array} colors of a - b at 256 a + b, as little-endian RGBA
 * @property {number} limit that the ends of the colors stand for, in `unit`
 * @property {"" | "levels"} unit "" is that of the file
 */

/** Those that were made last, and of what: in a scrub they are the same for each frame. */
let last = /** @type {{key: string, differences: Differences} | null} */ (null);

/**
 * @param {Scale | null} a from pixel values to the units of the file; null where frames of several are together
 * @param {Scale | null} b
 * @param {number} gain
 * @returns {Differences}
 */
export function differencesOf(a, b, gain) {
  const key = [gain, ...[a, b].map((scale) => scale && [scale.low, scale.high])].join();
  if (last?.key !== key) last = {key, differences: makeDifferences(a, b, gain)};
  return last.differences;
}

/**
 * @param {Scale | null} a
 * @param {Scale | null} b
 * @param {number} gain
 * @returns {Differences}
 */
function makeDifferences(a, b, gain) {
  const hasUnits = a !== null && b !== null;
  const level = {value: (/** @type {number} */ value) => value, step: 1};
  const [first, second] = hasUnits ? [a, b] : [level, level];
  const ends = [0, 255].flatMap((x) => [0, 255].map((y) => Math.abs(first.value(x) - second.value(y))));
  const limit = Math.max(...ends) / gain || 1;
  // Values that are nearer than half of what a pixel value is worth are the same.
  const same = Math.max(Math.abs(first.step), Math.abs(second.step)) / 2;
  const colors = Uint32Array.from({length: 256 * 256}, (_, i) => {
    const by = first.value(i >> 8) - second.value(i & 255);
    return DIVERGING[numberOf(Math.abs(by) < same ? 0 : by, limit)];
  });
  return {colors, limit, unit: hasUnits ? "" : "levels"};
}

/**
 * The number of a difference's color: rounded away from zero, so that white is no difference.
 * @param {number} by
 * @param {number} limit
 */
export function numberOf(by, limit) {
  const steps = Math.min(STEPS, Math.ceil((STEPS * Math.abs(by)) / limit - 1e-9));
  return ZERO + Math.sign(by) * steps;
}

/** Parts of red, green and blue in the brightness, in 10,000: those of sRGB. */
const [OF_RED, OF_GREEN, OF_BLUE] = [2126, 7152, 722];

/**
 * How bright colors are, 0 to 255.
 * @param {ArrayLike<number>} colors as little-endian RGBA
 */
export function brightness(colors) {
  const out = new Uint8Array(colors.length);
  for (let i = 0; i < out.length; i++) {
    const color = colors[i];
    const sum = OF_RED * (color & 255) + OF_GREEN * ((color >> 8) & 255) + OF_BLUE * ((color >> 16) & 255);
    out[i] = Math.floor((sum + 5000) / 10_000);
  }
  return out;
}

/**
 * Whether frames of two stacks have a difference.
 * @param {Pick<Stack, "width" | "height" | "color">} a
 * @param {Pick<Stack, "width" | "height" | "color">} b
 */
export function canSubtract(a, b) {
  return a.width === b.width && a.height === b.height && a.color === b.color;
}

/**
 * Which layers of two pictures are compared: the channel that is wanted, or the only one of each. Null where it is
 * how bright the pictures are, as their colors have no difference with a sign.
 * @param {number[]} mine channels that are shown
 * @param {number[]} its
 * @param {boolean} isColor
 * @param {number | null} wanted
 * @returns {[mine: number, its: number] | null}
 */
export function comparedLayers(mine, its, isColor, wanted) {
  if (isColor) return null;
  if (mine.length === 1 && its.length === 1) return [0, 0];
  if (wanted === null || !mine.includes(wanted) || !its.includes(wanted)) return null;
  return [mine.indexOf(wanted), its.indexOf(wanted)];
}

/**
 * The values of two pictures of the same size of which the difference is taken.
 * @param {PaintedLayer[][]} pictures
 * @param {[number, number] | null} compared from `comparedLayers`
 * @param {boolean} isColor
 * @param {number} n number of pixels
 * @returns {(Uint8Array | Uint32Array)[]}
 */
export function comparedValues(pictures, compared, isColor, n) {
  return pictures.map((layers, i) =>
    compared ? layers[compared[i]].plane : brightness(compose(layers, n, isColor)),
  );
}

/**
 * Colors of the difference of two pictures.
 * @param {ArrayLike<number>[]} values of both, from `comparedValues`
 * @param {Differences} differences
 */
export function differenceColors([a, b], {colors}) {
  const out = new Uint32Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = colors[256 * a[i] + b[i]];
  return out;
}

/** Both ways from zero, with signs. @param {Differences} differences @returns {[high: string, low: string]} */
export function limitTexts({limit, unit}) {
  const text = `${format(limit)} ${unit}`.trimEnd();
  return [`+${text}`, `−${text}`];
}

/**
 * What a stack is at a pixel.
 * @typedef {{stack: Stack, shown: import("../../browser/types.js").Shown | null, readings: Reading[]}} Read
 */

/**
 * Whether two stacks are in the units of their files, or both in pixel values: otherwise only these can be compared.
 * @param {Stack} a
 * @param {Stack} b
 */
export function isSameKind(a, b) {
  return (a.ranges === null) === (b.ranges === null);
}

/**
 * By how much gray values of two stacks differ at a pixel, for each channel that both show; "" where that is not
 * known, or they are in colors.
 * @param {Read} mine
 * @param {Read} its
 */
export function describeDifference(mine, its) {
  if (mine.stack.color || its.stack.color) return "";
  const hasUnits = isSameKind(mine.stack, its.stack);
  const texts = mine.readings.flatMap((a, i) => {
    const [x, y] = [valueOf(mine, a, hasUnits), valueOf(its, its.readings[i], hasUnits)];
    if (!x || !y || a.channel !== its.readings[i].channel) return [];
    const by = x.value - y.value;
    const written = x.style.write(Math.abs(by));
    const sign = Number(written) === 0 ? "" : by < 0 ? "−" : "+";
    const name = mine.readings.length > 1 ? `${mine.stack.channels[a.channel].name} ` : "";
    return [`${name}${x.isExact && y.isExact ? "" : "≈ "}${sign}${written}${hasUnits ? "" : " levels"}`];
  });
  return texts.length ? `Δ ${texts.join("  ")}` : "";
}

/**
 * @param {Read} read
 * @param {Reading | undefined} reading
 * @param {boolean} hasUnits or the pixel value itself
 */
function valueOf({stack, shown}, reading, hasUnits) {
  if (!reading?.value || !shown) return null;
  const own = stack.scale(reading.position, stack.projectionOf(shown.state));
  const scale = hasUnits ? own : new Scale(null, true);
  const isExact = reading.isTrue && !stack.isLossy && own?.isExact;
  return scale && {value: scale.value(reading.value[0]), style: scale.style, isExact};
}
