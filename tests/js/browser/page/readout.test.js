import assert from "node:assert/strict";
import {test} from "node:test";
import {
  describeOther,
  headsOf,
  placeWriter,
  sayMean,
  sayValues,
} from "../../../../viewer/jpkl_viewer/browser/page/readout.js";
import {makeStack, makeState} from "../../stacks.js";

/**
 * @param {number[] | null} value
 * @param {Partial<import("../../../../viewer/jpkl_viewer/browser/pixels/pixels.js").Reading>} others
 */
const reading = (value, others = {}) => ({
  channel: 0,
  position: [2, others.channel ?? 0],
  value,
  isTrue: true,
  isFailed: false,
  mean: null,
  ...others,
});

/** @type {Partial<import("../../../../viewer/jpkl_viewer/browser/types.js").Description>} */
const CHANNELS = {
  channelDim: 1,
  dims: [
    {name: "time", size: 3, coords: null, unit: ""},
    {name: "channel", size: 2, coords: null, unit: ""},
  ],
  channels: [
    {name: "DAPI", color: "#0000ff"},
    {name: "GFP", color: "#00ff00"},
  ],
  ranges: {shape: [1, 2], values: [0, 65535, 100, 1120]},
  isInteger: true,
};

/** @param {import("../../../../viewer/jpkl_viewer/browser/state/stack.js").Stack} stack @param {number[]} channels */
const shownOf = (stack, channels) =>
  /** @type {any} */ ({state: makeState(stack), layers: channels.map((channel) => ({channel}))});

test("a place has physical units, with the digits that a pixel needs", () => {
  const write = placeWriter(makeStack({pixelSize: [0.5, 0.25], pixelUnit: "µm"}));
  assert.equal(write?.(10, 3), "2.50, 1.50 µm");
  assert.equal(placeWriter(makeStack({pixelSize: [100, 100], pixelUnit: "nm"}))?.(65535, 0), "6553500, 0 nm");
  assert.equal(placeWriter(makeStack({pixelSize: [2, 2], width: 1}))?.(0, 1), "0, 2");
  assert.equal(placeWriter(makeStack()), null);
});

test("there is a column for each visible channel, with its color", () => {
  const stack = makeStack(CHANNELS);
  const [blue, green] = CHANNELS.channels ?? [];
  assert.deepEqual(headsOf(stack, shownOf(stack, [0, 1])), [blue, green]);
  assert.deepEqual(headsOf(stack, shownOf(stack, [1])), [green]);
  assert.deepEqual(headsOf(stack, null), []);
  const damaged = /** @type {any} */ ({state: makeState(stack, {composite: true}), layers: []});
  assert.deepEqual(headsOf(stack, damaged), [blue, green], "columns stay where a frame cannot be read");
  const single = makeStack();
  assert.deepEqual(headsOf(single, shownOf(single, [0])), [{name: "value", color: null}]);
  const named = makeStack({channels: [{name: "phase", color: "#ffffff"}]});
  assert.deepEqual(headsOf(named, shownOf(named, [0])), [{name: "phase", color: null}]);
});

test("values are in the units of the file, integers as integers, and marked where they are lossy", () => {
  const stack = makeStack(CHANNELS);
  const said = sayValues(stack, [reading([255]), reading([51], {channel: 1})], null);
  assert.deepEqual(said, [
    {text: "≈ 65535", title: "8-bit level 255 of 0–255"},
    {text: "≈ 304", title: "8-bit level 51 of 0–255"},
  ]);
});

test("negative values have the minus sign of the screen", () => {
  const ranges = {shape: [1, 2], values: [-100, 155, 0, 255]};
  const stack = makeStack({...CHANNELS, ranges, isLossy: false});
  assert.equal(sayValues(stack, [reading([40])], null)[0].text, "−60");
});

test("what is exact has no mark", () => {
  const text = (/** @type {object} */ description, /** @type {object} */ others = {}) =>
    sayValues(makeStack(description), [reading([51], others)], null)[0].text;
  assert.equal(text({}), "≈ 51", "JPEG");
  assert.equal(text({isLossy: false}), "51");
  assert.equal(text({isLossy: false}, {isTrue: false}), "≈ 51", "encoded on the way");
  assert.equal(text({...CHANNELS, isLossy: false}), "≈ 13107", "one of 256 levels");
});

test("a value that is not known yet is not guessed, and one that never will be is a dash", () => {
  const said = sayValues(makeStack(), [reading(null), reading(null, {isFailed: true})], null);
  assert.deepEqual(
    said.map(({text}) => text),
    ["…", "–"],
  );
});

test("of color all three samples are said", () => {
  const stack = makeStack({color: true});
  const texts = (/** @type {any[]} */ readings) => sayValues(stack, readings, null).map(({text}) => text);
  assert.deepEqual(
    headsOf(stack, null).map(({name}) => name),
    ["R", "G", "B"],
  );
  assert.deepEqual(texts([reading([1, 2, 3])]), ["1", "2", "3"]);
  assert.deepEqual(texts([reading(null)]), ["…", "…", "…"]);
  assert.deepEqual(texts([]), ["–", "–", "–"]);
});

test("color of more than eight bits is said in its units", () => {
  const stack = makeStack({color: true, ranges: {shape: [2], values: [0, 65535, 0, 255]}, isInteger: true});
  const texts = (/** @type {number[]} */ position, projection = null) =>
    sayValues(stack, [reading([0, 51, 255], {position})], projection).map(({text}) => text);
  assert.deepEqual(texts([0]), ["≈ 0", "≈ 13107", "≈ 65535"]);
  assert.deepEqual(texts([1]), ["≈ 0", "≈ 51", "≈ 255"]);
  const max = /** @type {any} */ ({dim: 0, method: "max", start: 0, stop: 2});
  assert.deepEqual(texts([0], max), ["≈ level 0", "≈ level 51", "≈ level 255"]);
});

test("a standard deviation has no offset, and a mix of units is not mapped", () => {
  const stack = makeStack(CHANNELS);
  const text = (/** @type {string} */ method, /** @type {number} */ dim) =>
    sayValues(stack, [reading([51], {channel: 1})], {dim, method, start: 0, stop: 2})[0].text;
  assert.equal(text("max", 0), "≈ 304");
  assert.equal(text("std", 0), "≈ 102");
  assert.equal(text("max", 1), "≈ level 51");
  assert.equal(
    sayValues(makeStack(), [reading([51])], {dim: 0, method: "std", start: 0, stop: 2})[0].text,
    "≈ 25.5",
  );
});

test("means say of how many pixels", () => {
  assert.equal(sayMean([reading([1]), reading([1], {mean: [4, 4]})]), "mean of 4 × 4 px");
  assert.equal(sayMean([reading([1], {mean: [1.5, 2.468]})]), "mean of 2.5 × 1.5 px");
  assert.equal(sayMean([reading([1])]), "");
});

test("another stack says all of its channels in one text", () => {
  const stack = makeStack({...CHANNELS, title: "b"});
  const readings = [reading([255]), reading([51], {channel: 1, mean: [2, 2]})];
  assert.equal(
    describeOther(stack, shownOf(stack, [0, 1]), readings),
    "b  DAPI ≈ 65535  GFP ≈ 304  mean of 2 × 2 px",
  );
  assert.equal(describeOther(stack, shownOf(stack, [1]), [reading([51], {channel: 1})]), "b  ≈ 304");
  assert.equal(describeOther(stack, null, []), "b  –");
});

test("values that are kept are said as they are", () => {
  const stack = makeStack(CHANNELS);
  const [{text, title}] = sayValues(stack, [reading([12], {exact: ["9223372036854775807"]})], null);
  assert.deepEqual([text, title], ["9223372036854775807", "8-bit level 12 of 0–255"]);
  const color = makeStack({color: true});
  const said = sayValues(color, [reading([1, 2, 3], {exact: ["257", "514", "771"]})], null);
  assert.deepEqual(
    said.map((each) => each.text),
    ["257", "514", "771"],
  );
});
