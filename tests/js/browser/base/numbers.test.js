import assert from "node:assert/strict";
import {test} from "node:test";
import {
  NumberStyle,
  Scale,
  format,
  niceLength,
  physical,
  writeApart,
} from "../../../../viewer/jpkl_viewer/browser/base/numbers.js";
import {Stack} from "../../../../viewer/jpkl_viewer/browser/state/stack.js";
import {vectors} from "../../vectors.js";

const golden = vectors("labels");
const stack = new Stack(golden.stack);

test("numbers are written as in Python", () => {
  for (const {value, digits, text} of golden.numbers) assert.equal(format(value, digits), text);
});

test("lengths of scale bars are those of Python", () => {
  for (const {most, length} of golden.lengths) assert.equal(niceLength(most), length, String(most));
});

test("positions and projections are described as in Python", () => {
  for (const {position, withChannel, projection, text} of golden.positions)
    assert.equal(stack.describe(position, withChannel, projection), text);
});

test("original intensities are those of Python", () => {
  for (const {position, value, text} of golden.intensities)
    assert.equal(stack.original(position, value), text);
});

test("coordinates are written as in Python", () => {
  for (const {values, texts} of golden.coords) assert.deepEqual(writeApart(values), texts);
});

test("no two neighboring coordinates read alike, and none is far off", () => {
  for (const {values, texts} of golden.coords)
    for (let i = 1; i < values.length; i++)
      if (values[i] !== values[i - 1]) {
        assert.notEqual(texts[i], texts[i - 1]);
        assert.ok(Math.abs(Number(texts[i]) - values[i]) < Math.abs(values[i] - values[i - 1]) / 50);
      }
});

test("pixel values in the units of the file are written as in Python, and no two of them alike", () => {
  for (const {range, isInteger, levels} of golden.ranges) {
    const scale = new Scale(range, isInteger);
    for (const {level, text} of levels) assert.equal(scale.format(level), text, `${range} ${level}`);
    if (isInteger && scale.step < 1) continue;
    const texts = Array.from({length: 256}, (_, level) => scale.format(level));
    assert.equal(new Set(texts).size, 256, String(range));
  }
});

test("what is typed as a limit is the limit that is written", () => {
  for (const {range, isInteger} of golden.ranges) {
    const scale = new Scale(range, isInteger);
    for (const level of [0, 1, 100, 255]) {
      const text = scale.format(level);
      assert.equal(scale.format(scale.parse(text) ?? NaN), text);
    }
  }
  const scale = new Scale([0, 65535], true);
  assert.equal(scale.format(scale.parse(" 1000 ") ?? NaN), "1000");
  assert.deepEqual(
    ["-5", "70000", "", "x", "1e99999"].map((text) => scale.parse(text)),
    [0, 255, null, null, null],
  );
  assert.equal(new Scale([0, 100], false).parse("−3"), 0);
  assert.equal(new Scale([5, 5], false).parse("5"), 0);
  assert.equal(new Scale([5, 5], false).format(255), "5");
});

test("without a display range, pixel values are those of the file", () => {
  const scale = new Scale(null, false);
  assert.deepEqual([scale.format(77), scale.format(99.5), scale.step, scale.isExact], ["77", "100", 1, true]);
  assert.equal(new Scale([0, 255], false).isExact, false);
  assert.equal(new Scale([10, 265], true).isExact, true);
  assert.equal(new Scale([0, 510], true).isExact, false);
});

test("numbers have few significant digits, but all of an integer, and no zeros at their ends", () => {
  for (const [value, text] of /** @type {[number, string][]} */ ([
    [0, "0"],
    [2, "2"],
    [0.1 + 0.2, "0.3"],
    [1234.56, "1235"],
    [-0.004, "-0.004"],
    [65535, "65535"],
    [2.5e6, "2500000"],
    [1e15, "1e+15"],
    [0.00012, "1.2e-4"],
  ]))
    assert.equal(format(value), text);
  assert.equal(format(1234.5678, 6), "1234.57");
  assert.equal(new NumberStyle(1).write(-0.04), "0.0");
});

test("what an index stands for has its unit, where either is known", () => {
  const dim = {name: "time", size: 2, coords: [0, 2.5], unit: "s"};
  assert.equal(physical(dim, 1), "2.5 s");
  assert.equal(physical({...dim, unit: ""}, 1), "2.5");
  assert.equal(physical({...dim, coords: null}, 1), "");
  assert.equal(physical({...dim, coords: null, texts: ["control", "drug"]}, 1), "drug");
});
