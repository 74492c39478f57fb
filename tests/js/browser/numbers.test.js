import assert from "node:assert/strict";
import {test} from "node:test";
import {format, niceLength} from "../../../viewer/jpkl_viewer/browser/numbers.js";
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
