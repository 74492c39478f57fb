import assert from "node:assert/strict";
import {test} from "node:test";
import {gammaAt, histogramPixels, pushLimits} from "../../../viewer/jpkl_viewer/browser/contrast.js";

test("limits stay at least one value apart: the handle that is moved pushes the other", () => {
  assert.deepEqual(pushLimits("low", 10, 90), [10, 90]);
  assert.deepEqual(pushLimits("low", 95, 90), [95, 96]);
  assert.deepEqual(pushLimits("low", 255, 90), [254, 255]);
  assert.deepEqual(pushLimits("high", 10, 5), [4, 5]);
  assert.deepEqual(pushLimits("high", 10, 10), [9, 10]);
  assert.deepEqual(pushLimits("high", 10, 0), [0, 1]);
});

test("the slider of gamma is logarithmic around 1", () => {
  assert.deepEqual([-1, 0, 1].map(gammaAt), [0.2, 1, 5]);
  assert.ok(Math.abs(gammaAt(0.4) * gammaAt(-0.4) - 1) < 0.01);
});

test("a histogram has a logarithmic bar for each value over a strip of its color", () => {
  const counts = new Uint32Array(256);
  counts[3] = 1000;
  counts[7] = 30;
  const table = Uint32Array.from({length: 256}, (_, value) => 0xff000000 + value);
  const height = 64;
  const pixels = histogramPixels(counts, table, height);
  const bar = (/** @type {number} */ value) => {
    let n = 0;
    for (let y = 0; y < height - 6; y++) if (pixels[y * 256 + value]) n++;
    return n;
  };
  assert.ok(bar(3) >= 55 && bar(3) <= 57);
  assert.ok(bar(7) > bar(3) / 3 && bar(7) < bar(3) / 1.5);
  assert.ok(bar(0) <= 1);
  for (const value of [0, 3, 255]) assert.equal(pixels[(height - 1) * 256 + value], table[value]);
});

test("without counts the histogram is empty but for the colors", () => {
  const pixels = histogramPixels(null, new Uint32Array(256).fill(5), 64);
  assert.deepEqual([pixels.indexOf(5), pixels[0]], [58 * 256, 0]);
});
