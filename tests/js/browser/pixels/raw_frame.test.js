import assert from "node:assert/strict";
import {test} from "node:test";
import {RawFrame} from "../../../../viewer/jpkl_viewer/browser/pixels/raw_frame.js";
import {hasRead} from "../../../../viewer/jpkl_viewer/browser/pixels/readback.js";

const gray = new RawFrame(
  Uint8Array.from({length: 24}, (_, i) => 10 * i),
  6,
  4,
);

test("pixels are read where they are", () => {
  assert.deepEqual(gray.pixel(2, 1), [80]);
  const color = new RawFrame(
    Uint8Array.from({length: 24}, (_, i) => i),
    4,
    2,
  );
  assert.deepEqual(color.pixel(1, 1), [15, 16, 17]);
});

test("a part as it is, or as means", () => {
  assert.deepEqual([...gray.scaled({x: 1, y: 2, width: 2, height: 2}, 2, 2)], [130, 140, 190, 200]);
  assert.deepEqual([...gray.scaled({x: 1, y: 2, width: 2, height: 2}, 1, 1)], [165]);
  // Columns 0, 1 to 2, 3, 4 to 5 of rows 0 to 1: 10 times column + 6 times row.
  const means = [...gray.scaled({x: 0, y: 0, width: 6, height: 4}, 4, 2)];
  assert.deepEqual(means, [30, 45, 60, 75, 150, 165, 180, 195]);
});

test("a part in color has all samples", () => {
  const color = new RawFrame(
    Uint8Array.from({length: 24}, (_, i) => i),
    4,
    2,
  );
  assert.deepEqual([...color.scaled({x: 2, y: 0, width: 2, height: 2}, 1, 1)], [14, 15, 16]);
});

test("every value is counted, at as many places as are asked for", () => {
  assert.equal(gray.counts(6, 4)[230], 1);
  assert.deepEqual([gray.counts(3, 1).reduce((a, b) => a + b), gray.counts(3, 1)[130]], [3, 1]);
});

test("reading is true only if each pixel is as it was drawn", () => {
  assert.ok(hasRead(({data}) => data));
  assert.ok(!hasRead(({data}) => data.map((value, i) => (i === 5000 ? value ^ 1 : value))));
  assert.ok(!hasRead(() => new Uint8ClampedArray()));
});
