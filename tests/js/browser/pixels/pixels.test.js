import assert from "node:assert/strict";
import {test} from "node:test";
import {PixelReader} from "../../../../viewer/jpkl_viewer/browser/pixels/pixels.js";
import "../../canvas.js";
import {fakeClock} from "../../clock.js";
import {makeStack, makeState} from "../../stacks.js";

/** @typedef {import("../../../../viewer/jpkl_viewer/browser/types.js").FrameKey} FrameKey */
/** @typedef {import("../../../../viewer/jpkl_viewer/browser/types.js").Shown} Shown */

/**
 * A reader of a picture that has been shown, with what it asks and how often it says that more is known.
 * @param {Partial<import("../../../../viewer/jpkl_viewer/browser/types.js").Description>} description
 * @param {{frames?: FrameKey[], shown?: Partial<Shown>, hasPython?: boolean}} options
 */
function makeReader(description = {}, {frames = [3], shown = {}, hasPython = true} = {}) {
  const stack = makeStack(description);
  const bitmaps = new Map();
  /** @type {any[]} */
  const asked = [];
  const log = {decoded: 0, read: 0};
  const picture = {
    stack,
    shown: /** @type {Shown} */ ({
      state: makeState(stack),
      position: [3],
      sequence: 1,
      layers: frames.map((frame, channel) => ({channel, position: [3], frame})),
      target: {crop: {x: 0, y: 0, width: 8, height: 6}, width: 8, height: 6, key: ""},
      channels: [],
      ...shown,
    }),
    bitmapOf: (/** @type {{frame: FrameKey}} */ {frame}) => bitmaps.get(frame),
    decodeLayer: async (/** @type {{frame: FrameKey}} */ {frame}) => {
      log.decoded++;
      bitmaps.set(frame, (/** @type {number} */ x, /** @type {number} */ y) => 10 * x + y);
    },
  };
  const asks = {
    ask: (/** @type {string} */ slot, /** @type {object} */ request, /** @type {object} */ handlers) =>
      asked.push({slot, request, ...handlers}),
  };
  const reader = new PixelReader(
    /** @type {any} */ (picture),
    hasPython ? /** @type {any} */ (asks) : null,
    () => log.read++,
    2,
  );
  return {reader, picture, asked, log};
}

const decodedSoon = () => new Promise((done) => setImmediate(done));

test("all layers are decoded once the picture rests, each once, and Python is not asked", async (t) => {
  const clock = fakeClock(t);
  const {reader, asked, log} = makeReader({}, {frames: [3, 8]});
  assert.deepEqual(
    reader.read(2, 1).map(({value}) => value),
    [null, null],
  );
  clock.pass(60);
  reader.read(3, 1);
  assert.deepEqual(log, {decoded: 0, read: 0});
  clock.pass(30);
  assert.equal(log.read, 1);
  reader.read(3, 1);
  reader.read(4, 1);
  await decodedSoon();
  assert.deepEqual(log, {decoded: 2, read: 2});
  assert.deepEqual(
    reader.read(3, 1).map(({channel, value, isTrue, mean}) => [channel, value, isTrue, mean]),
    [0, 1].map((channel) => [channel, [31], true, null]),
  );
  assert.deepEqual(asked, []);
});

test("while pictures come, nothing is decoded for the pointer", (t) => {
  const clock = fakeClock(t);
  const {reader, picture, log} = makeReader();
  for (let sequence = 1; sequence < 20; sequence++) {
    picture.shown = {...picture.shown, sequence};
    reader.read(1, 1);
    clock.pass(50);
  }
  assert.deepEqual(log, {decoded: 0, read: 0});
});

test("of a large frame the pixel is asked for, and no mean is shown in its place", async (t) => {
  const clock = fakeClock(t);
  const target = {crop: {x: 0, y: 0, width: 5000, height: 5000}, width: 500, height: 500, key: ""};
  const {reader, picture, asked, log} = makeReader({width: 5000, height: 5000}, {shown: {target}});
  const value = () => reader.read(2000, 1000).map(({value, isTrue, mean}) => [value, isTrue, mean])[0];
  await picture.decodeLayer({frame: 3});
  assert.deepEqual(value(), [null, false, null]);
  clock.pass(100);
  value();
  value();
  assert.equal(asked.length, 1, "a pixel is asked for once");
  assert.deepEqual(asked[0].request, {what: "pixels", source: 2, frames: [3], x: 2000, y: 1000});
  reader.read(2001, 1000);
  assert.equal(asked.length, 2);
  const before = log.read;
  asked[1].onAnswer({values: [[8]]});
  assert.equal(log.read, before + 1);
  assert.deepEqual(value(), [null, false, null], "what was answered is another pixel");
  asked[2].onAnswer({values: [[7]]});
  assert.deepEqual(value(), [[7], true, null]);
  picture.shown = {...picture.shown, layers: [{channel: 0, position: [4], frame: 4}]};
  assert.deepEqual(value(), [null, false, null], "the answer was for another frame");
});

test("what Python cannot say is not waited for", (t) => {
  const clock = fakeClock(t);
  const {reader, asked} = makeReader({sendsStored: false}, {frames: [3, 8]});
  reader.read(1, 2);
  clock.pass(100);
  reader.read(1, 2);
  asked[0].onAnswer({values: [[5], null]});
  assert.deepEqual(
    reader.read(1, 2).map(({value, isFailed}) => [value, isFailed]),
    [
      [[5], false],
      [null, true],
    ],
  );
  reader.read(2, 2);
  asked[1].onError("no");
  assert.deepEqual(
    reader.read(2, 2).map(({isFailed}) => isFailed),
    [true, true],
  );
});

test("a projection, and what is encoded again, is near the value until Python has said it", async (t) => {
  const clock = fakeClock(t);
  for (const [description, frame] of /** @type {[object, FrameKey][]} */ ([
    [{}, "3@max,0,1,4"],
    [{sendsStored: false}, 3],
  ])) {
    const {reader, picture, asked} = makeReader(description, {frames: [frame]});
    await picture.decodeLayer({frame});
    const values = () => reader.read(2, 1).map(({value, isTrue}) => [value, isTrue])[0];
    assert.deepEqual(values(), [[21], false]);
    clock.pass(100);
    values();
    asked[0].onAnswer({values: [[22]]});
    assert.deepEqual(values(), [[22], true]);
  }
});

test("without Python, it says of how many pixels a value is the mean", async (t) => {
  fakeClock(t);
  const target = {crop: {x: 8, y: 0, width: 4096, height: 6000}, width: 1024, height: 750, key: ""};
  const large = makeReader({width: 6000, height: 6000}, {shown: {target}, hasPython: false});
  await large.picture.decodeLayer({frame: 3});
  assert.deepEqual(
    large.reader.read(16, 20).map(({value, mean}) => [value, mean]),
    [[[22], [8, 4]]],
  );
  const scaled = makeReader({reduction: [4, 4]}, {hasPython: false});
  await scaled.picture.decodeLayer({frame: 3});
  assert.deepEqual(
    scaled.reader.read(1, 2).map(({value, mean}) => [value, mean]),
    [[[12], [4, 4]]],
  );
});

test("of a large frame nothing is read where the part that is shown does not reach", async (t) => {
  fakeClock(t);
  const target = {crop: {x: 8, y: 4, width: 100, height: 50}, width: 100, height: 50, key: ""};
  const {reader, picture} = makeReader({width: 6000, height: 6000}, {shown: {target}, hasPython: false});
  await picture.decodeLayer({frame: 3});
  const value = (/** @type {number} */ x, /** @type {number} */ y) => reader.read(x, y)[0].value;
  assert.deepEqual([value(8, 4), value(10, 5)], [[0], [21]]);
  assert.deepEqual([value(7, 4), value(8, 3), value(108, 4), value(8, 54)], [null, null, null, null]);
});

test("of color all three samples are read", async (t) => {
  fakeClock(t);
  const {reader, picture} = makeReader({color: true});
  await picture.decodeLayer({frame: 3});
  assert.deepEqual(reader.read(1, 2)[0].value, [12, 13, 14]);
});

test("before the first picture there is nothing to read", () => {
  const {reader, picture} = makeReader();
  Object.assign(picture, {shown: null});
  assert.deepEqual(reader.read(1, 2), []);
});
