import assert from "node:assert/strict";
import {test} from "node:test";
import {
  axisTicks,
  intensityText,
  parseLimit,
  scaleAt,
  stepOf,
  toPixelValue,
} from "../../../../viewer/jpkl_viewer/browser/contrast/scale.js";
import {makeStack} from "../../stacks.js";

const uint16 = {low: 1667, high: 51107, isWhole: true};
const unit = {low: 0, high: 1, isWhole: false};

test("the scale is that of the frame, or of pixel values", () => {
  const values = Array.from({length: 20}, (_, i) => 1000 * i);
  const stack = makeStack({isInteger: true, ranges: {shape: [10], values}});
  assert.deepEqual(scaleAt(stack, [3]), {low: 6000, high: 7000, isWhole: true});
  assert.deepEqual(scaleAt(makeStack(), [3]), {low: 0, high: 255, isWhole: true});
  const fractions = makeStack({ranges: {shape: [1], values: [0, 1]}});
  assert.deepEqual(scaleAt(fractions, [3]), {low: 0, high: 1, isWhole: false});
});

test("the scale of a projection is that of its frames, if they have one", () => {
  const projection = {dim: 0, method: "max", start: 0, stop: 10};
  const one = makeStack({isInteger: true, ranges: {shape: [1], values: [0, 4000]}});
  assert.deepEqual(scaleAt(one, [3], projection), {low: 0, high: 4000, isWhole: true});
  assert.equal(scaleAt(one, [3], {...projection, method: "std"}).isWhole, false);
  const each = makeStack({isInteger: true, ranges: {shape: [10], values: Array.from({length: 20}, () => 7)}});
  assert.deepEqual(scaleAt(each, [3], projection), {low: 0, high: 255, isWhole: true});
});

test("whole numbers are written and come back as they were typed", () => {
  for (const intensity of [1667, 2873, 25001, 51107])
    assert.equal(intensityText(uint16, toPixelValue(uint16, intensity)), String(intensity));
  assert.equal(intensityText({low: 0, high: 65535, isWhole: true}, 255), "65535");
  assert.equal(intensityText({low: -100, high: 155, isWhole: true}, 100), "0");
});

test("fractions have as many digits as tell levels apart", () => {
  assert.equal(intensityText(unit, 0), "0");
  assert.equal(intensityText(unit, 100), "0.39216");
  assert.equal(
    intensityText(
      {low: 0, high: 1000, isWhole: false},
      toPixelValue({low: 0, high: 1000, isWhole: false}, 12.5),
    ),
    "12.5",
  );
  const stage = {low: 1234567.1, high: 1234567.2, isWhole: false};
  assert.notEqual(intensityText(stage, 100), intensityText(stage, 101));
});

test("a step is one pixel value, at least 1 of whole numbers", () => {
  assert.equal(stepOf(uint16), 194);
  assert.equal(stepOf({low: 0, high: 300, isWhole: true}), 1);
  assert.equal(stepOf(unit), 1 / 255);
});

test("what is typed becomes a limit", () => {
  const limits = /** @type {[number, number]} */ ([10, 90]);
  const pixels = {low: 0, high: 255, isWhole: true};
  assert.deepEqual(parseLimit("12.5", "low", limits, pixels), {limits: [12.5, 90], word: ""});
  assert.deepEqual(parseLimit(" 1e2 ", "high", limits, pixels), {limits: [10, 100], word: ""});
  const signed = {low: -1, high: 1, isWhole: false};
  assert.deepEqual(parseLimit("−1", "low", limits, signed).limits, [0, 90]);
});

test("what makes no limit is refused with a word", () => {
  const limits = /** @type {[number, number]} */ ([10, 90]);
  const pixels = {low: 0, high: 255, isWhole: true};
  const word = (/** @type {string} */ text, /** @type {"low" | "high"} */ which) => {
    const parsed = parseLimit(text, which, limits, pixels);
    return [parsed.limits, parsed.word];
  };
  assert.deepEqual(word("12,5x", "low"), [null, "“12,5x” is no number"]);
  assert.deepEqual(word("Infinity", "low"), [null, "“Infinity” is no number"]);
  assert.deepEqual(word("  ", "low"), [null, "“” is no number"]);
  assert.deepEqual(word("90", "low"), [null, "It must be below 90"]);
  assert.deepEqual(word("3", "high"), [null, "It must be above 10"]);
  assert.deepEqual(word("999", "high"), [[10, 255], "This file has 0 to 255"]);
});

test("an axis has a few round numbers", () => {
  const texts = (/** @type {number} */ low, /** @type {number} */ high) =>
    axisTicks({low, high, isWhole: true}).map(({text}) => text);
  assert.deepEqual(texts(0, 255), ["0", "100", "200"]);
  assert.deepEqual(texts(1667, 51107), ["20k", "40k"]);
  assert.deepEqual(texts(0, 1), ["0", "0.5", "1"]);
  assert.deepEqual(texts(0, 4095), ["0", "2k", "4k"]);
  assert.deepEqual(texts(-0.02, 0.02), ["−0.02", "−0.01", "0", "0.01", "0.02"]);
  assert.deepEqual(texts(5, 5), []);
  const [first] = axisTicks({low: 100, high: 1100, isWhole: true});
  assert.equal(first.part, 0.4, "at 500");
});
