import assert from "node:assert/strict";
import {test} from "node:test";
import {
  DIVERGING,
  colorDifference,
  difference,
  differenceColors,
} from "../../../../viewer/jpkl_viewer/tools/compare/difference.js";

test("a difference is 128 where frames are the same, and rounded away from it", () => {
  assert.deepEqual([...difference([7, 8, 7, 255, 0], [7, 7, 8, 0, 255], 1)], [128, 129, 127, 255, 0]);
  assert.deepEqual([...difference([10, 7, 200], [7, 10, 0], 4)], [134, 122, 255]);
});

test("the colors of a difference are white in the middle, red above, blue below", () => {
  const rgb = (/** @type {number} */ value) => [0, 8, 16].map((shift) => (DIVERGING[value] >> shift) & 255);
  assert.deepEqual(rgb(128), [255, 255, 255]);
  assert.deepEqual(rgb(255), [255, 1, 1]);
  assert.deepEqual(rgb(0), [0, 0, 255]);
  assert.ok(DIVERGING.every((color) => color >>> 24 === 255));
});

const OPAQUE = 0xff000000;

/** @param {number} red @param {number} green @param {number} blue */
const rgba = (red, green, blue) => (OPAQUE | (blue << 16) | (green << 8) | red) >>> 0;

test("of colors the difference of each is taken, and has no sign", () => {
  const [a, b] = [Uint32Array.of(rgba(10, 200, 30)), Uint32Array.of(rgba(20, 100, 30))];
  assert.deepEqual([...colorDifference(a, b, 1)], [rgba(10, 100, 0)]);
  assert.deepEqual([...colorDifference(b, a, 4)], [rgba(40, 255, 0)]);
});

test("gray values are compared before they are colored, composites as they are seen", () => {
  const lut = Uint32Array.from({length: 256}, () => rgba(1, 2, 3)); // all look the same
  const [bright, dark] = [Uint8Array.of(9, 9), Uint8Array.of(7, 9)].map((plane) => ({plane, lut}));
  const gray = differenceColors([bright], [dark], 1, false, 2);
  assert.deepEqual([...gray], [DIVERGING[129], DIVERGING[128]]);
  const composite = differenceColors([bright, bright], [dark], 1, false, 2);
  assert.deepEqual([...composite], [rgba(1, 2, 3), rgba(1, 2, 3)]);
  const none = differenceColors([], [dark], 1, false, 2); // no channel is visible
  assert.deepEqual([...none], [rgba(1, 2, 3), rgba(1, 2, 3)]);
});
