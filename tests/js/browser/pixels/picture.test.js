import assert from "node:assert/strict";
import {test} from "node:test";
import "../../canvas.js";
import {makeStack, makeState} from "../../stacks.js";

/** @typedef {import("../../../../viewer/jpkl_viewer/browser/types.js").FrameKey} FrameKey */
/** @typedef {import("../../../../viewer/jpkl_viewer/browser/types.js").Encoded} Encoded */
/** @typedef {import("../../../../viewer/jpkl_viewer/browser/types.js").Shown} Shown */

/** Pictures of one value, whose bytes are that value alone; a value is decoded once its gate is open. */
const gates = /** @type {Map<number, Promise<void>>} */ (new Map());

Object.assign(globalThis, {
  /** @param {Blob} blob */
  async createImageBitmap(blob) {
    const [value] = new Uint8Array(await blob.arrayBuffer());
    await gates.get(value);
    return {width: 8, height: 6, value};
  },
});

const {AutoContrast} = await import("../../../../viewer/jpkl_viewer/browser/pixels/auto.js");
const {Picture} = await import("../../../../viewer/jpkl_viewer/browser/pixels/picture.js");

/** A picture with what it was given, asked for, and has brought to the screen. */
function makePicture(stack = makeStack()) {
  const auto = new AutoContrast(stack);
  /** @type {Map<FrameKey, Encoded>} */
  const frames = new Map();
  /** @type {FrameKey[][][]} */
  const wanted = [];
  /** Values on the screen, one after the other. @type {(number | null)[]} */
  const painted = [];
  /** @type {{shown: Shown, error: Error | null}[]} */
  const shown = [];
  const provider = {
    want: (/** @type {FrameKey[]} */ visible, /** @type {FrameKey[]} */ ahead = []) =>
      wanted.push([visible, ahead]),
    fetch: async () => {},
    has: (/** @type {FrameKey} */ key) => frames.has(key),
    get: (/** @type {FrameKey} */ key) => frames.get(key),
    onFrame: () => {},
    onProgress: () => {},
    isStalled: false,
  };
  const picture = new Picture({
    stack,
    colormaps: {gray: Uint8Array.from({length: 768}, (_, i) => Math.floor(i / 3))},
    provider: /** @type {any} */ (provider),
    auto,
    onShown: (what, error) => shown.push({shown: what, error}),
    onFrames: () => {},
    onProgress: () => {},
  });
  const target = {crop: {x: 0, y: 0, width: 8, height: 6}, width: 8, height: 6, key: "0 0 8 6 8 6"};
  picture.painter = {
    painted: null,
    target,
    async paint(layers) {
      painted.push(layers.length ? layers[0].lut[layers[0].plane[0]] & 255 : 0);
    },
    async clear() {
      painted.push(null);
    },
  };
  const come = (/** @type {FrameKey} */ key, /** @type {number} */ value) => {
    frames.set(key, {bytes: Uint8Array.of(value)});
    provider.onFrame();
  };
  const at = (/** @type {number[]} */ ...position) => makeState(stack, {position});
  return {picture, auto, frames, provider, wanted, painted, shown, come, at};
}

const settled = () => new Promise((done) => setTimeout(done, 15));

test("the frame shown is the frame asked for", async () => {
  const {picture, wanted, painted, shown, come, at} = makePicture();
  const sequence = picture.show(at(3), [[4], [5]]);
  assert.deepEqual(wanted, [[[3], [4, 5]]]);
  come(4, 40);
  await settled();
  assert.deepEqual(painted, [], "what comes ahead is not shown");
  come(3, 30);
  await settled();
  assert.deepEqual(painted, [30]);
  assert.deepEqual([shown[0].shown.position, shown[0].shown.sequence, shown[0].error], [[3], sequence, null]);
  assert.equal(picture.shown, shown[0].shown);
});

test("a frame that comes late is not painted over a newer one", async () => {
  const {picture, painted, come, at} = makePicture();
  picture.show(at(1));
  picture.show(at(2));
  come(2, 20);
  await settled();
  come(1, 10);
  await settled();
  assert.deepEqual(painted, [20]);
});

test("positions on the way are shown as their frames come, in their order", async () => {
  const {picture, painted, come, at} = makePicture();
  picture.show(at(1));
  picture.show(at(2));
  come(1, 10);
  await settled();
  come(2, 20);
  await settled();
  assert.deepEqual(painted, [10, 20]);
});

test("a frame that is still being decoded gives way to a newer one", async () => {
  const {picture, painted, shown, come, at} = makePicture();
  let open = () => {};
  gates.set(11, new Promise((done) => (open = done)));
  come(1, 11);
  come(2, 22);
  come(3, 33);
  picture.show(at(1));
  picture.show(at(2));
  picture.show(at(3));
  open();
  await settled();
  assert.deepEqual(painted, [33]);
  assert.deepEqual(
    shown.map((one) => one.shown.position),
    [[3]],
  );
});

test("the same frame is shown in the newest state: contrast and colormap need no other frame", async () => {
  const {picture, wanted, painted, come, at} = makePicture();
  picture.show(at(1));
  come(1, 100);
  await settled();
  const [display] = at(1).channels;
  picture.show({...at(1), channels: [{...display, limits: [0, 100]}]});
  picture.show({...at(1), invert: true});
  await settled();
  assert.deepEqual(painted, [100, 155], "of two changes in one moment the last one counts");
  assert.ok(wanted.every(([visible]) => visible.join() === "1"));
});

test("of states that wait for the same frame the newest is shown when it comes", async () => {
  const {picture, painted, come, at} = makePicture();
  picture.show(at(1));
  picture.show({...at(1), invert: true});
  come(1, 100);
  await settled();
  assert.deepEqual(painted, [155]);
});

test("a damaged frame is named, nothing is painted in its place, and the next one is shown", async () => {
  const {picture, frames, painted, shown, come, at} = makePicture();
  frames.set(1, {error: "frame (1,): its data end too early"});
  picture.show(at(1));
  await settled();
  assert.deepEqual(painted, [null]);
  assert.equal(shown[0].error?.message, "Frame (1,) cannot be shown: its data end too early");
  assert.deepEqual(shown[0].shown.layers, []);
  picture.show(at(2));
  come(2, 20);
  await settled();
  assert.deepEqual([painted, shown[1].error], [[null, 20], null]);
});

test("of a projection the error is told as it is", async () => {
  const {picture, frames, shown, at} = makePicture();
  frames.set("0@max,0,0,10", {error: "frame (4,): damaged"});
  picture.show({...at(2), projection: {dim: 0, method: "max", start: 0, stop: 10}});
  await settled();
  assert.equal(shown[0].error?.message, "This projection cannot be shown: frame (4,): damaged");
});

/** Two channels along the second dim. */
const twoChannels = () =>
  makeStack({
    dims: ["time", "channel"].map((name) => ({name, size: 2, coords: null, unit: ""})),
    channelDim: 1,
    channels: [
      {name: "a", color: "#ff0000"},
      {name: "b", color: "#00ff00"},
    ],
  });

test("a composite is shown once the frames of all visible channels have come", async () => {
  const {picture, wanted, painted, shown, come, at} = makePicture(twoChannels());
  picture.show({...at(1, 0), composite: true});
  assert.deepEqual(wanted, [[[2, 3], []]]);
  come(2, 50);
  await settled();
  assert.deepEqual(painted, []);
  come(3, 60);
  await settled();
  assert.deepEqual(painted, [50]);
  assert.deepEqual(
    shown[0].shown.layers.map(({channel, frame}) => [channel, frame]),
    [
      [0, 2],
      [1, 3],
    ],
  );
});

test("channels that are hidden are not asked for", async () => {
  const {picture, wanted, painted, at} = makePicture(twoChannels());
  const state = {...at(1, 0), composite: true};
  state.channels[0].visible = false;
  picture.show(state);
  assert.deepEqual(wanted, [[[3], []]]);
  state.channels[1].visible = false;
  picture.show(state);
  await settled();
  assert.deepEqual(painted, [0]);
});

test("contrast per frame is that of the frame", async () => {
  const {picture, shown, come, at} = makePicture();
  picture.show({...at(1), per_frame: true});
  come(1, 100);
  await settled();
  assert.deepEqual(shown[0].shown.channels[0].limits, [99, 101]);
  assert.deepEqual(at(1).channels[0].limits, [0, 255]);
});

test("of frames that are too large the part on the screen is asked for", () => {
  const {picture, wanted, at} = makePicture(makeStack({width: 5000, height: 5000}));
  picture.show(at(7));
  assert.deepEqual(wanted, [[["7 0 0 8 6 8 6"], []]]);
});

/** The next part of a large frame, as `target` is one. */
const NEXT = {crop: {x: 8, y: 0, width: 8, height: 6}, width: 8, height: 6, key: "8 0 8 6 8 6"};

test("of a large frame the part that has come is shown, though another one is seen before it is painted", async () => {
  const {picture, shown, come, at} = makePicture(makeStack({width: 5000, height: 5000}));
  const painter = /** @type {{target: object}} */ (picture.painter);
  let open = () => {};
  gates.set(12, new Promise((done) => (open = done)));
  picture.show(at(1));
  come("1 0 0 8 6 8 6", 12);
  picture.show(at(2));
  come("2 0 0 8 6 8 6", 22);
  painter.target = NEXT;
  open();
  await settled();
  assert.deepEqual(
    shown.map((one) => [one.shown.position, one.shown.target?.key, one.error]),
    [[[2], "0 0 8 6 8 6", null]],
  );
});

test("of a large frame another part is asked for where it is painted again, and the one before stays", async () => {
  const {picture, wanted, painted, shown, come, at} = makePicture(makeStack({width: 5000, height: 5000}));
  picture.show(at(1));
  come("1 0 0 8 6 8 6", 15);
  await settled();
  Object.assign(/** @type {object} */ (picture.painter), {target: NEXT});
  picture.repaint();
  await settled();
  assert.deepEqual([painted, wanted.at(-1)], [[15], [["1 8 0 8 6 8 6"], []]]);
  come("1 8 0 8 6 8 6", 16);
  await settled();
  assert.deepEqual(
    [painted, shown.map(({error}) => error)],
    [
      [15, 16],
      [null, null],
    ],
  );
});

test("the histogram of the stack says whether all of its frames count", async () => {
  const {picture, frames, at} = makePicture();
  for (let key = 0; key < 10; key++) frames.set(key, {bytes: Uint8Array.of(50 + key)});
  picture.show(at(0));
  assert.equal((await picture.sampleHistogram(0))?.isWhole, true);
  frames.set(4, {error: "frame (4,): not written yet"});
  const sampled = await picture.sampleHistogram(0);
  assert.deepEqual([sampled?.isWhole, sampled?.counts[54], sampled?.counts[55]], [false, 0, 48]);
});

test("readiness says which positions need not be waited for", () => {
  const {picture, come, at} = makePicture();
  picture.show(at(0));
  come(4, 1);
  const isReady = picture.readiness();
  assert.deepEqual([isReady([4]), isReady([5])], [true, false]);
});

test("the histogram counts what is shown of a channel", async () => {
  const {picture, come, at} = makePicture();
  assert.equal(await picture.histogram(0), null);
  picture.show(at(1));
  come(1, 77);
  await settled();
  const counts = await picture.histogram(0);
  assert.equal(counts?.[77], 48);
});

test("there is no histogram of a channel while another one is still shown", async () => {
  const {picture, come, at} = makePicture(twoChannels());
  picture.show(at(0, 0));
  come(0, 77);
  await settled();
  picture.show(at(0, 1));
  assert.equal(await picture.histogram(1), null);
  come(1, 88);
  await settled();
  assert.equal((await picture.histogram(1))?.[88], 48);
});

test("a layer that is shown has a decoded frame once it was asked for", async () => {
  const {picture, come, at} = makePicture();
  const decoded = (/** @type {Shown} */ {layers}) => Reflect.get(picture.bitmapOf(layers[0]) ?? {}, "value");
  picture.show(at(1));
  come(1, 77);
  await settled();
  const shown = /** @type {Shown} */ (picture.shown);
  await picture.decodeLayer(shown.layers[0]);
  assert.equal(decoded(shown), 77);
});

test("automatic limits are of the picture that shows another projection, which is painted with them", async () => {
  const {picture, painted, shown, come, at} = makePicture();
  const channels = [{...at(0).channels[0], auto: true, limits: /** @type {[number, number]} */ ([0, 255])}];
  come(3, 51);
  picture.show({...at(3), channels});
  await settled();
  assert.deepEqual([painted, shown[0].shown.channels], [[51], channels], "those that it started with");
  const projection = {dim: 0, method: "max", start: 0, stop: 10};
  come("0@max,0,0,10", 100);
  picture.show({...at(3), channels, projection});
  await settled();
  assert.deepEqual(shown[1].shown.channels, [{...channels[0], limits: [99, 101]}]);
  assert.equal(painted[1], 128, "in the middle between its limits");
});

test("automatic limits are left to the next picture by one that is damaged", async () => {
  const {picture, auto, frames, provider, shown, come, at} = makePicture();
  const channels = [{...at(0).channels[0], auto: true}];
  auto.ask([0]);
  frames.set(1, {error: "frame (1,): no JPEG"});
  picture.show({...at(1), channels});
  provider.onFrame();
  await settled();
  assert.ok(shown[0].error);
  come(2, 100);
  picture.show({...at(2), channels});
  await settled();
  assert.deepEqual(shown[1].shown.channels[0].limits, [99, 101]);
});
