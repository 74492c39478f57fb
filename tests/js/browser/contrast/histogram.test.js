import assert from "node:assert/strict";
import {test} from "node:test";
import {
  barHeights,
  cutOff,
  histogramPixels,
  percentText,
} from "../../../../viewer/jpkl_viewer/browser/contrast/histogram.js";

/** @param {Record<number, number>} counts */
function counted(counts) {
  return Uint32Array.from({length: 256}, (_, value) => counts[value] ?? 0);
}

test("bars are of two pixel values each, and as high as their counts, or the logarithms of these", () => {
  const counts = counted({6: 600, 7: 400, 20: 10, 255: 100});
  const linear = barHeights(counts, false);
  assert.equal(linear.length, 128);
  assert.deepEqual([linear[3], linear[10], linear[127], linear[0]], [1, 0.01, 0.1, 0]);
  const log = barHeights(counts, true);
  assert.equal(log[3], 1);
  assert.ok(Math.abs(log[10] - Math.log(11) / Math.log(1001)) < 1e-9);
});

test("nothing counted has no bars", () => {
  assert.ok(barHeights(counted({}), true).every((height) => height === 0));
});

test("pixels at a limit are not cut off", () => {
  const counts = counted({9: 1, 10: 2, 50: 4, 90: 2, 91: 1});
  assert.deepEqual(cutOff(counts, [10, 90]), [0.1, 0.1]);
  assert.deepEqual(cutOff(counts, [9, 91]), [0, 0]);
  assert.deepEqual(cutOff(counts, [10.5, 90]), [0.3, 0.1]);
  assert.deepEqual(cutOff(counted({}), [10, 90]), [0, 0]);
});

test("a part of the pixels is written as percent", () => {
  const texts = [0, 0.0002, 0.002, 0.0994, 0.0996, 0.5, 1].map((part) =>
    percentText(part).replace("\u202f", " "),
  );
  assert.deepEqual(texts, ["", "<0.1 %", "0.2 %", "9.9 %", "10 %", "50 %", "100 %"]);
});

/** Rows that are filled, and their color, at each pixel value. @param {Uint32Array} pixels */
function columns(pixels, height = 32) {
  return (/** @type {number} */ value) => {
    const column = Array.from({length: height}, (_, y) => pixels[y * 256 + value]);
    return {rows: column.filter(Boolean).length, color: column[height - 1]};
  };
}

test("bars between the limits are of the color of their pixels, the others of two for what is cut off", () => {
  const counts = new Uint32Array(256).fill(9);
  const lut = new Uint32Array(256).fill(0xff0000ff); // red
  const at = columns(histogramPixels({counts, isLog: true, limits: [100, 200], lut}, 256, 32));
  assert.equal(at(30).rows, 32);
  assert.equal(at(200 - 1).color & 0xff, 0xfe, "near the upper limit hardly mixed with gray");
  assert.ok((at(110).color & 0xff) < 0xc0, "near the lower limit grayish");
  const ends = new Set([at(0).color, at(98).color, at(201).color, at(255).color]);
  assert.equal(ends.size, 2);
});

test("gray bars are seen on white and on black", () => {
  const counts = new Uint32Array(256).fill(9);
  const lut = Uint32Array.from({length: 256}, (_, value) => (0xff000000 + value * 0x010101) >>> 0);
  const at = columns(histogramPixels({counts, isLog: false, limits: [0, 255], lut}, 256, 32));
  for (const value of [0, 128, 255]) {
    const gray = at(value).color & 255;
    assert.ok(gray > 50 && gray < 210, `${value}: ${gray}`);
  }
});

test("a single pixel has a bar, and without counts there is none", () => {
  const lut = new Uint32Array(256).fill(0xffffffff);
  const counts = counted({8: 1_000_000, 200: 1});
  const at = columns(histogramPixels({counts, isLog: false, limits: [0, 255], lut}, 256, 32));
  assert.deepEqual([at(8).rows, at(200).rows, at(100).rows], [32, 1, 0]);
  const empty = histogramPixels({counts: null, isLog: true, limits: [0, 255], lut}, 256, 32);
  assert.ok(empty.every((pixel) => pixel === 0));
});
