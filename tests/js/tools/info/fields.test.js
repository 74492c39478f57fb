import assert from "node:assert/strict";
import test from "node:test";
import {settingsOf, textsOf} from "../../../../viewer/jpkl_viewer/tools/info/fields.js";

const DIMS = [
  {name: "time", size: 5, coords: null, unit: ""},
  {name: "z", size: 3, coords: null, unit: ""},
];

const NOTHING = {
  height: "",
  width: "",
  unit: "",
  dims: {time: {step: "", unit: ""}, z: {step: "", unit: ""}},
};

test("fields that are empty set nothing", () => {
  assert.deepEqual(settingsOf(NOTHING), {});
  const unitAlone = {...NOTHING, dims: {z: {step: "", unit: "um"}}};
  assert.deepEqual(settingsOf(unitAlone), {});
});

test("one side of a pixel is both, and decimals may have a comma", () => {
  assert.deepEqual(settingsOf({...NOTHING, width: "0,25", unit: "um"}), {
    pixel_size: [0.25, 0.25],
    pixel_unit: "µm",
  });
  assert.deepEqual(settingsOf({...NOTHING, height: "1", width: "2"}).pixel_size, [1, 2]);
});

test("what is no number is not taken for one", () => {
  assert.deepEqual(settingsOf({...NOTHING, height: "wide"}).pixel_size, [NaN, NaN]);
});

test("settings and texts are each other's", () => {
  const settings = {pixel_size: [0.2, 0.5], pixel_unit: "µm", spacing: {time: [1.25, "s"], z: 2}};
  assert.deepEqual(settingsOf(textsOf(settings, DIMS)), settings);
});

test("whatever a link holds gives texts", () => {
  for (const odd of [null, 3, {pixel_size: 3, spacing: 4}, {pixel_size: [{}, null], spacing: {time: [[]]}}])
    assert.deepEqual(textsOf(odd, DIMS), NOTHING);
});
