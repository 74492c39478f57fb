import assert from "node:assert/strict";
import {test} from "node:test";
import {fromBase64} from "../../../../../viewer/jpkl_viewer/browser/base/base64.js";
import {
  decodeJpeg,
  loadJpeg,
  takeExtremes,
} from "../../../../../viewer/jpkl_viewer/browser/pixels/jpeg/jpeg.js";
import {vectors} from "../../../vectors.js";

await loadJpeg();

/** @typedef {{name: string, width: number, height: number, color: boolean, jpeg: string,
 *   pixels: Record<string, string>}} Case */
const CASES = /** @type {Case[]} */ (vectors("jpeg"));

/** @param {Case} of */
const whole = ({width, height}) => ({x: 0, y: 0, width, height});

/** Without alpha. @param {Uint8Array} pixels @param {boolean} color */
const samples = (pixels, color) => (color ? pixels.filter((_, i) => i % 4 < 3) : pixels);

for (const each of CASES)
  for (const [scale, expected] of Object.entries(each.pixels))
    test(`pixels are those of libjpeg: ${each.name}, at 1/${scale}`, () => {
      const [width, height] = [each.width, each.height].map((length) => Math.ceil(length / Number(scale)));
      const found = decodeJpeg(fromBase64(each.jpeg), each, whole(each), width, height, Number(scale));
      assert.ok(found);
      assert.deepEqual([...samples(found, each.color)], [...fromBase64(expected)]);
      if (each.color) assert.ok(found.every((value, i) => i % 4 < 3 || value === 255));
    });

test("a crop has the pixels that the whole frame has there", () => {
  for (const each of CASES) {
    const crop = {x: 9, y: 3, width: 17, height: 11};
    const bytes = fromBase64(each.jpeg);
    const n = each.color ? 4 : 1;
    const all = decodeJpeg(bytes, each, whole(each), each.width, each.height, 1);
    const part = decodeJpeg(bytes, each, crop, crop.width, crop.height, 1);
    const expected = Array.from({length: crop.height}, (_, y) => {
      const start = n * ((crop.y + y) * each.width + crop.x);
      return [...(all?.subarray(start, start + n * crop.width) ?? [])];
    });
    assert.deepEqual([...(part ?? [])], expected.flat());
  }
});

test("what remains to be scaled is bilinear, whatever is left of vectors at the ends of rows", () => {
  const [gray] = CASES;
  const colored = /** @type {Case} */ (CASES.find(({color, width}) => color && width >= 44));
  for (const each of [gray, colored])
    for (const width of [24, 25, 26, 27, 28, 29, 30, 31]) isBilinear(each, width, each.color ? 3 : 1.5);
});

/**
 * Colors are scaled as YCbCr, whose rounding counts up to twice, and before they are cut off at 0 and 255.
 * @param {Case} each
 * @param {number} to width of the result
 * @param {number} most that pixels are off
 */
function isBilinear(each, to, most) {
  const {jpeg, width, height, color} = each;
  const n = color ? 4 : 1;
  const all = /** @type {Uint8Array} */ (decodeJpeg(fromBase64(jpeg), each, whole(each), width, height, 1));
  const crop = {x: 4, y: 5, width: 40, height: 30};
  const down = 19;
  const found = decodeJpeg(fromBase64(jpeg), each, crop, to, down, 1);
  assert.equal(found?.length, n * to * down);
  const between = (/** @type {number} */ start, /** @type {number} */ length, /** @type {number} */ at) => {
    const first = Math.min(Math.max(Math.floor(at), start), start + length - 1);
    const second = Math.min(Math.max(Math.floor(at) + 1, start), start + length - 1);
    return [first, second, at - Math.floor(at)];
  };
  for (let row = 0; row < down; row++)
    for (let i = 0; i < n * to; i++) {
      const [column, sample] = [Math.floor(i / n), i % n];
      const [y0, y1, v] = between(crop.y, crop.height, crop.y + ((row + 0.5) * crop.height) / down - 0.5);
      const [x0, x1, u] = between(crop.x, crop.width, crop.x + ((column + 0.5) * crop.width) / to - 0.5);
      const corners = [y0, y1].map((y) => [x0, x1].map((x) => all[n * (y * width + x) + sample]));
      if (color && corners.flat().some((value) => value === 0 || value === 255)) continue;
      const [upper, lower] = corners.map(([left, right]) => left * (1 - u) + right * u);
      const expected = upper * (1 - v) + lower * v;
      assert.ok(Math.abs(found[row * n * to + i] - expected) <= most, `${to}: ${row} ${i}`);
    }
}

test("what is not decoded here is left to the browser: damaged, another size, progressive, too much to scale", () => {
  const [gray] = CASES;
  const bytes = fromBase64(gray.jpeg);
  const {width, height} = gray;
  const decode = (/** @type {Uint8Array} */ data, size = gray) =>
    decodeJpeg(data, size, whole(size), size.width, size.height, 1);
  assert.ok(decode(bytes));
  for (const end of [0, 1, 3, 20, 200, bytes.length - 9]) assert.equal(decode(bytes.subarray(0, end)), null);
  assert.equal(decode(Uint8Array.from([...bytes.subarray(0, -60), 0xff, 0xd9])), null);
  assert.equal(decode(Uint8Array.from([...bytes.subarray(0, -2), 1, 2, 3, 0xff, 0xd9])), null);
  assert.equal(decode(bytes, {...gray, width: height, height: width}), null);
  assert.equal(decode(bytes, {...gray, color: true}), null);
  const frame = bytes.findIndex((value, i) => value === 0xff && bytes[i + 1] === 0xc0);
  assert.equal(decode(bytes.with(frame + 1, 0xc2)), null);
  assert.equal(decodeJpeg(bytes, gray, whole(gray), 9, 9, 1), null);
});

test("damaged tables and coefficients, by which decoders differ or fail, are left to the browser", () => {
  const standard = /** @type {Case} */ (CASES.find(({name}) => name === "standard tables, gray"));
  const bytes = fromBase64(standard.jpeg);
  const {width, height} = standard;
  const segment = (/** @type {number} */ marker, /** @type {number} */ kind) =>
    4 + bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === marker && bytes[i + 4] === kind);
  const [steps, dc, ac] = [segment(0xdb, 0), segment(0xc4, 0), segment(0xc4, 0x10)];
  const frame = segment(0xc0, 8);
  const sixteen = 16 + 1;
  /** @type {Record<string, [number, number[]]>} */
  const damages = {
    "a DC symbol of more than 15 bits": [dc + sixteen, [0x10]],
    "a code of ones alone": [dc + 1, [2, 0, 0, 0, 0, 0, 0, 0, 0]],
    "runs that end behind the last coefficient": [ac + sixteen, [0xf1, 0xf2, 0xf3, 0xf4]],
    "coefficients that no pixels have": [steps + 1, Array(64).fill(255)],
    "a step of 0": [steps + 1, [0]],
    "subsampling of a single component": [frame + 7, [0x05]],
    "some of the coefficients": [segment(0xda, 1) + 3, [1]],
    "means that no pixels have": [steps + 1, [90]],
  };
  const decode = (/** @type {Uint8Array} */ data) =>
    decodeJpeg(data, standard, whole(standard), width, height, 1);
  assert.ok(decode(bytes));
  for (const [name, [at, values]] of Object.entries(damages)) {
    const damaged = bytes.slice();
    damaged.set(values, at);
    assert.equal(decode(damaged), null, name);
  }
});

test("any bytes are decoded or left, and those after them as ever", () => {
  const bytes = fromBase64(CASES[2].jpeg);
  const before = decodeJpeg(bytes, CASES[2], whole(CASES[2]), CASES[2].width, CASES[2].height, 1);
  let seed = 1;
  const random = (/** @type {number} */ n) => (seed = (seed * 48271) % 0x7fffffff) % n;
  for (let i = 0; i < 2000; i++) {
    const broken = bytes.slice();
    for (let k = 0; k < 1 + (i % 4); k++) broken[2 + random(broken.length - 4)] = random(256);
    const found = decodeJpeg(broken, CASES[2], whole(CASES[2]), CASES[2].width, CASES[2].height, 1);
    assert.ok(found === null || found.length === before?.length);
  }
  assert.deepEqual(decodeJpeg(bytes, CASES[2], whole(CASES[2]), CASES[2].width, CASES[2].height, 1), before);
});

test("extremes are those of each pair, whatever is left of vectors at the end, also after a frame was decoded", () => {
  for (const n of [1, 15, 16, 17, 4099]) {
    const before = Uint8Array.from({length: n}, (_, i) => i * 89);
    const data = Uint8Array.from({length: n}, (_, i) => 255 - i * 57);
    for (const [isLargest, pick] of /** @type {const} */ ([
      [true, Math.max],
      [false, Math.min],
    ])) {
      const found = before.slice();
      decodeJpeg(fromBase64(CASES[0].jpeg), CASES[0], whole(CASES[0]), CASES[0].width, CASES[0].height, 1);
      assert.ok(takeExtremes(found, data, isLargest));
      assert.deepEqual(
        [...found],
        [...before].map((value, i) => pick(value, data[i])),
      );
    }
  }
});
