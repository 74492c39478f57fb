import assert from "node:assert/strict";
import {test} from "node:test";
import {Scale} from "../../../../viewer/jpkl_viewer/browser/base/numbers.js";
import {sharedLimits} from "../../../../viewer/jpkl_viewer/tools/compare/contrast.js";
import {
  canSubtract,
  DIVERGING,
  ZERO,
  brightness,
  comparedLayers,
  comparedValues,
  describeDifference,
  differenceColors,
  differencesOf,
  limitTexts,
  numberOf,
} from "../../../../viewer/jpkl_viewer/tools/compare/difference.js";
import {makeStack} from "../../stacks.js";
import {toHex, vectors} from "../../vectors.js";

/**
 * What Python paints: `python -m tests.tools.vectors`.
 * @type {{
 *   diverging: string, pairs: [number, number][], cases: {ends: [any, any], gain: number, numbers: number[]}[],
 *   contrasts: {limits: [number, number], ends: ([number, number] | null)[], shared: [number, number]}[],
 * }}
 */
const GOLDEN = vectors("difference");

const PLAIN = new Scale(null, true);

test("a difference is white where frames are the same, and rounded away from it", () => {
  const numbers = [0, 0.1, -0.1, 5, -5, 10, -10, 1000, -1000].map((by) => numberOf(by, 10));
  assert.deepEqual(numbers, [128, 130, 126, 192, 64, 255, 1, 255, 1]);
  const {colors, limit, unit} = differencesOf(PLAIN, PLAIN, 1);
  assert.deepEqual([limit, unit], [255, ""]);
  const of = (/** @type {number} */ a, /** @type {number} */ b) => DIVERGING.indexOf(colors[256 * a + b]);
  assert.deepEqual([of(7, 7), of(8, 7), of(7, 8), of(255, 0), of(0, 255)], [128, 129, 127, 255, 0]);
});

test("the colors of differences are made once for all frames of the same ranges", () => {
  const [a, b] = [new Scale([0, 510], true), new Scale([10, 265], true)];
  const made = differencesOf(a, b, 2);
  assert.equal(differencesOf(new Scale([0, 510], true), new Scale([10, 265], true), 2), made);
  for (const other of [differencesOf(b, a, 2), differencesOf(a, b, 4), differencesOf(null, b, 2)])
    assert.notEqual(other, made);
  assert.deepEqual(differencesOf(a, b, 2), made);
});

test("exported differences have the colors of those on the screen", () => {
  assert.equal(toHex(DIVERGING), GOLDEN.diverging);
  for (const {ends, gain, numbers} of GOLDEN.cases) {
    const [a, b] = ends.map((range) => new Scale(range, false));
    const {colors} = differencesOf(a, b, gain);
    const expected = numbers.map((number) => DIVERGING[number]);
    assert.deepEqual(
      GOLDEN.pairs.map(([x, y]) => colors[256 * x + y]),
      expected,
    );
  }
});

test("contrast limits that are shared are those of exports", () => {
  for (const {limits, ends, shared} of GOLDEN.contrasts) {
    const [mine, its] = ends.map((range) => range && new Scale(range, false));
    assert.deepEqual(sharedLimits(limits, mine, its), shared);
  }
});

test("the gain divides what the ends of the colors stand for, in units of the file", () => {
  const wide = new Scale([100, 1375], true); // 5 a step
  assert.deepEqual(limitTexts(differencesOf(wide, wide, 4)), ["+318.8", "−318.8"]);
  const {colors, limit} = differencesOf(wide, new Scale([0, 2550], true), 1);
  assert.equal(limit, 2450);
  const of = (/** @type {number} */ a, /** @type {number} */ b) => DIVERGING.indexOf(colors[256 * a + b]);
  assert.equal(of(20, 20), 128, "200 and 200");
  assert.equal(of(21, 20), 129, "205 and 200 differ by half a step");
  assert.equal(of(20, 0), 139, "200 more, of 2450");
  assert.deepEqual(limitTexts(differencesOf(null, PLAIN, 2)), ["+127.5 levels", "−127.5 levels"]);
  const flat = new Scale([3, 3], false);
  assert.equal(DIVERGING.indexOf(differencesOf(flat, flat, 1).colors[0]), ZERO);
});

test("the colors of a difference are white in the middle, red above, blue below, and grow darker evenly", () => {
  const rgb = (/** @type {number} */ value) => [0, 8, 16].map((shift) => (DIVERGING[value] >> shift) & 255);
  assert.deepEqual(rgb(ZERO), [255, 255, 255]);
  const [[r1, g1, b1], [r2, g2, b2]] = [rgb(255), rgb(1)];
  assert.ok(r1 > 2 * Math.max(g1, b1), String(rgb(255)));
  assert.ok(b2 > 2 * Math.max(r2, 0.6 * g2), String(rgb(1)));
  assert.ok(DIVERGING.every((color) => color >>> 24 === 255));
  for (let i = 2; i < 256; i++) {
    const [now, before] = [rgb(i), rgb(i - 1)].map(([r, g, b]) => 0.3 * r + 0.59 * g + 0.11 * b);
    assert.ok(i <= ZERO ? now > before : now < before, `color ${i}`);
  }
});

test("a difference is said in the units of the file, with its sign", () => {
  const stack = makeStack({isInteger: true, isLossy: false});
  const shown = /** @type {any} */ ({state: {projection: null, composite: false}});
  const position = stack.dims.map(() => 0);
  const read = (/** @type {number[] | null} */ value, isTrue = true, of = stack) => ({
    stack: of,
    shown,
    readings: [{channel: 0, position, value, isTrue, isFailed: false, mean: null}],
  });
  assert.equal(describeDifference(read([9]), read([7])), "Δ +2");
  assert.equal(describeDifference(read([7]), read([9], false)), "Δ ≈ −2");
  assert.equal(describeDifference(read([7]), read([7])), "Δ 0");
  assert.equal(describeDifference(read([7]), read(null)), "");
  assert.equal(describeDifference(read([7]), {stack, shown, readings: []}), "");
  const ranges = {shape: [1], values: [0, 2550]};
  const scaled = makeStack({isInteger: true, isLossy: false, ranges});
  assert.equal(describeDifference(read([7], true, scaled), read([9], true, scaled)), "Δ ≈ −20");
  assert.equal(describeDifference(read([7], true, scaled), read([5])), "Δ ≈ +2 levels", "of other units");
});

const OPAQUE = 0xff000000;

/** @param {number} red @param {number} green @param {number} blue */
const rgba = (red, green, blue) => (OPAQUE | (blue << 16) | (green << 8) | red) >>> 0;

test("colors are compared by how bright they are", () => {
  const colors = Uint32Array.of(rgba(255, 255, 255), rgba(10, 200, 30), rgba(0, 0, 255), rgba(0, 0, 0));
  assert.deepEqual([...brightness(colors)], [255, 147, 18, 0]);
  assert.equal(comparedLayers([0], [0], true, 0), null);
});

test("of several channels it is the one that was chosen, if both show it", () => {
  assert.deepEqual(comparedLayers([2], [0], false, null), [0, 0]);
  assert.deepEqual(comparedLayers([0, 2], [1, 2], false, 2), [1, 1]);
  assert.equal(comparedLayers([0, 2], [1, 2], false, 1), null);
  assert.equal(comparedLayers([0, 2], [0, 2], false, null), null);
  assert.equal(comparedLayers([], [0], false, 0), null);
});

test("gray values are compared before they are colored, composites as they are seen", () => {
  const lut = Uint32Array.from({length: 256}, (_, i) => rgba(0, i, 0));
  const dim = Uint32Array.from({length: 256}, () => rgba(1, 2, 3)); // all look the same
  const [bright, dark] = [Uint8Array.of(9, 9), Uint8Array.of(7, 9)].map((plane) => ({plane, lut: dim}));
  const differences = differencesOf(PLAIN, PLAIN, 1);
  const gray = comparedValues([[bright], [dark]], [0, 0], false, 2);
  assert.deepEqual([...differenceColors(gray, differences)], [DIVERGING[129], DIVERGING[128]]);
  const [same, none] = [[bright, bright], []].map((layers) =>
    comparedValues([layers, [dark]], null, false, 2),
  );
  assert.deepEqual(
    same.map((values) => [...values]),
    [
      [4, 4],
      [2, 2],
    ],
  );
  assert.deepEqual([...none[0]], [0, 0]); // no channel is visible
  const [one, two] = [Uint8Array.of(200, 0), Uint8Array.of(100, 0)].map((plane) => ({plane, lut}));
  const seen = comparedValues(
    [
      [one, bright],
      [two, bright],
    ],
    null,
    false,
    2,
  );
  const [first] = differenceColors(seen, differencesOf(null, null, 1));
  assert.equal(first, DIVERGING[numberOf(Math.round(71.52), 255)], "half of a green's brightness");
});

test("frames have a difference where they are of the same size, and both gray or both in color", () => {
  const stack = {width: 8, height: 6, color: false};
  assert.deepEqual(
    [{}, {width: 9}, {height: 7}, {color: true}].map((other) => canSubtract(stack, {...stack, ...other})),
    [true, false, false, false],
  );
});
