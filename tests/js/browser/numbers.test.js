import assert from "node:assert/strict";
import {test} from "node:test";
import {format, niceLength, physical} from "../../../viewer/jpkl_viewer/browser/numbers.js";
import {Stack} from "../../../viewer/jpkl_viewer/browser/stack.js";
import {vectors} from "../vectors.js";

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

test("numbers have few significant digits, and no zeros at their ends", () => {
  for (const [value, text] of /** @type {[number, string][]} */ ([
    [0, "0"],
    [2, "2"],
    [0.1 + 0.2, "0.3"],
    [1234.56, "1235"],
    [-0.004, "-0.004"],
    [123456, "123500"],
    [2.5e6, "2.5e+6"],
    [0.00012, "1.2e-4"],
  ]))
    assert.equal(format(value), text);
  assert.equal(format(1234.5678, 6), "1234.57");
});

test("a physical value has its unit, where either is known", () => {
  assert.equal(physical({name: "time", size: 2, coords: [0, 2.5], unit: "s"}, 1), "2.5 s");
  assert.equal(physical({name: "time", size: 2, coords: [0, 2.5], unit: ""}, 1), "2.5");
  assert.equal(physical({name: "time", size: 2, coords: null, unit: "s"}, 1), "");
});
