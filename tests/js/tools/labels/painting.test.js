import assert from "node:assert/strict";
import {test} from "node:test";
import {paintLabels, sampleNumbers} from "../../../../viewer/jpkl_viewer/tools/labels/painting.js";
import {decodeRuns, valueAt} from "../../../../viewer/jpkl_viewer/tools/labels/payload.js";
import {plainSettings, readSettings} from "../../../../viewer/jpkl_viewer/tools/labels/settings.js";
import {bytes, vectors} from "../../vectors.js";

/** @type {{dtype: string, shape: [number, number], payload: string, values: string[], painted: {settings: any, rgba: string}[]}[]} */
const OBJECTS = vectors("objects");

const runsOf = (/** @type {typeof OBJECTS[number]} */ {payload, shape: [height, width], dtype}) =>
  decodeRuns(bytes(payload), {width, height}, dtype);

/** @param {number} width @param {number} height */
const whole = (width, height) => ({crop: {x: 0, y: 0, width, height}, width, height, key: ""});

test("every pixel has the value that Python has stored", () => {
  for (const one of OBJECTS) {
    const runs = runsOf(one);
    const found = one.values.map((_, i) =>
      String(Number(valueAt(runs, i % one.shape[1], Math.floor(i / one.shape[1])))),
    );
    assert.deepEqual(
      found,
      one.values.map((value) => String(Number(value))),
    );
  }
});

test("values beyond the exact numbers stay exact", () => {
  const {values} = runsOf(OBJECTS[3]);
  const expected = [...new Set(OBJECTS[3].values)].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  assert.deepEqual(values.map(String), expected);
});

test("labels are painted as Python paints them", () => {
  for (const one of OBJECTS)
    for (const {settings, rgba} of one.painted) {
      const runs = runsOf(one);
      const [height, width] = one.shape;
      const look = readSettings(settings, ["a"], []);
      const selected = runs.values.find((value) => String(value) === look.selected?.value) ?? null;
      const colors = new Uint32Array(width * height);
      paintLabels(colors, runs, whole(width, height), {...look, selected});
      const found = new Uint8Array(colors.buffer);
      assert.equal(Buffer.from(found).toString("hex"), rgba, JSON.stringify([one.dtype, settings]));
    }
});

test("a part of a frame, smaller or not, has the pixels nearest to the middle of each", () => {
  const runs = runsOf(OBJECTS[0]);
  const target = {crop: {x: 3, y: 2, width: 12, height: 9}, width: 5, height: 4, key: ""};
  const sampled = sampleNumbers(runs, target);
  for (let row = 0; row < 4; row++)
    for (let column = 0; column < 5; column++) {
      const [x, y] = [Math.floor(3 + ((column + 0.5) * 12) / 5), Math.floor(2 + ((row + 0.5) * 9) / 4)];
      assert.equal(runs.values[sampled[row * 5 + column]], valueAt(runs, x, y));
    }
});

test("bytes that are no labels are refused", () => {
  const {payload, shape, dtype} = OBJECTS[0];
  const [height, width] = shape;
  const whole = bytes(payload);
  for (let n = 0; n < whole.length; n++)
    assert.throws(() => decodeRuns(whole.subarray(0, n), {width, height}, dtype), /broken labels/);
  for (let i = 0; i < whole.length; i++) {
    const changed = Uint8Array.from(whole, (byte, k) => (k === i ? byte ^ 85 : byte));
    try {
      const {starts} = decodeRuns(changed, {width, height}, dtype);
      assert.equal(starts.at(-1), width * height);
    } catch (error) {
      assert.match(String(error), /broken labels/);
    }
  }
});

test("settings of links are checked, and what is as by itself is left out", () => {
  const plain = {
    opacity: 0.5,
    outline: false,
    hidden: ["b"],
    selected: {name: "a", value: "-3"},
    dim: 2,
    track: true,
  };
  assert.deepEqual(plainSettings(readSettings(plain, ["a", "b"], [0, 2]), [0, 2]), plain);
  const wrong = {
    opacity: 7,
    outline: 1,
    hidden: ["c", 4],
    selected: {name: "a", value: "x"},
    dim: 9,
    track: "yes",
  };
  assert.equal(plainSettings(readSettings(wrong, ["a", "b"], [0, 2]), [0, 2]), null);
});
