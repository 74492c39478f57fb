import assert from "node:assert/strict";
import {test} from "node:test";
import {deflateSync} from "node:zlib";
import {Stack} from "../../../../viewer/jpkl_viewer/browser/state/stack.js";
import {LABEL_ANSWERS} from "../../../../viewer/jpkl_viewer/tools/labels/local.js";
import {bytes, vectors} from "../../vectors.js";

const {payload, values, shape} = vectors("objects")[0];
const [height, width] = shape;

/** Three times of two channels: the object of the first two is in both channels, the last frame has none. */
function stackOf() {
  const frames = [bytes(payload), bytes(payload), Uint8Array.of(1, 1, 0, 0)];
  const packed = new Uint8Array(12 + frames.reduce((sum, frame) => sum + frame.length, 0));
  let at = 12;
  frames.forEach((frame, i) => {
    new DataView(packed.buffer).setUint32(4 * i, frame.length, true);
    packed.set(frame, at);
    at += frame.length;
  });
  const dim = (/** @type {string} */ name, /** @type {number} */ size) => ({
    name,
    size,
    coords: null,
    unit: "",
  });
  return new Stack({
    title: "",
    height,
    width,
    color: false,
    dims: [dim("time", 3), dim("channel", 2)],
    channelDim: 1,
    channels: [],
    pixelSize: null,
    pixelUnit: "",
    aspect: 1,
    quality: 90,
    ranges: null,
    labels: [
      {name: "a", dtype: "uint16", sizes: [3, 1], data: Buffer.from(deflateSync(packed)).toString("base64")},
    ],
  });
}

const task = /** @type {any} */ ({report() {}, check() {}, signal: undefined});

/** @param {string} what @param {object} message @returns {Promise<any[]>} */
async function ask(what, message) {
  const stack = stackOf();
  const pixels = async (/** @type {number} */ number) => ({
    data: Uint8Array.from(values, (_, i) => (i % 200) + number),
    width,
    height,
    samples: 1,
  });
  const found = [];
  for await (const each of LABEL_ANSWERS[what](/** @type {any} */ ({stack, frames: {pixels}}), message, task))
    found.push(each);
  return found;
}

test("frames of labels come from the page bit by bit, the same for both channels", async () => {
  const sent = await ask("label frames", {
    wanted: [
      ["a", 0],
      ["a", 3],
    ],
  });
  for (const each of sent) assert.equal(Buffer.from(each.data).toString("hex"), payload);
  assert.deepEqual(
    sent.map(({number}) => number),
    [0, 3],
  );
  const [{failed}] = await ask("label frames", {wanted: [["b", 0]]});
  assert.equal(failed, "there are no labels b");
});

test("an object is measured where it is", async () => {
  const [found] = await ask("object curve", {name: "a", value: "3", position: [0, 1], dim: 0});
  const places = values.flatMap((/** @type {string} */ value, /** @type {number} */ i) =>
    value === "3" ? [i] : [],
  );
  const mean = (/** @type {(place: number) => number} */ of) =>
    places.reduce((/** @type {number} */ sum, /** @type {number} */ place) => sum + of(place), 0) /
    places.length;
  assert.deepEqual(found.pixels, [places.length, places.length, 0]);
  assert.deepEqual(found.mean, [mean((i) => (i % 200) + 1), mean((i) => (i % 200) + 3), null]);
  assert.deepEqual(found.x, [mean((i) => i % width), mean((i) => i % width), null]);
});
