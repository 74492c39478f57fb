import assert from "node:assert/strict";
import test from "node:test";
import {settingsOf, textsOf} from "../../../../viewer/jpkl_viewer/tools/info/fields.js";

const DIMS = [
  {name: "time", size: 5, coords: null, unit: ""},
  {name: "z", size: 3, coords: null, unit: ""},
];

const SETTABLE = {dims: DIMS, channels: ["channel 0", "GFP"]};

/** @type {import("../../../../viewer/jpkl_viewer/tools/info/fields.js").Texts} */
const NOTHING = {
  height: "",
  width: "",
  unit: "",
  dims: {time: {name: "", step: "", unit: ""}, z: {name: "", step: "", unit: ""}},
  channels: ["", ""],
};

const settings = (/** @type {object} */ texts) => settingsOf({...NOTHING, ...texts}, SETTABLE.channels);

test("fields that are empty set nothing", () => {
  assert.deepEqual(settings({}), {});
  assert.deepEqual(settings({dims: {z: {name: "z", step: "", unit: "um"}}, channels: ["", "GFP"]}), {});
});

test("one side of a pixel is both, and decimals may have a comma", () => {
  assert.deepEqual(settings({width: "0,25", unit: "um"}), {
    pixel_size: [0.25, 0.25],
    pixel_unit: "µm",
  });
  assert.deepEqual(settings({height: "1", width: "2"}).pixel_size, [1, 2]);
});

test("what is no number is not taken for one", () => {
  assert.deepEqual(settings({height: "wide"}).pixel_size, ["wide", "wide"]);
  assert.deepEqual(settings({height: "1,2,3"}).pixel_size, ["1,2,3", "1,2,3"]);
});

test("a unit may be typed behind a number; that in its own field goes before", () => {
  assert.deepEqual(settings({height: "0.5 um"}), {pixel_size: [0.5, 0.5], pixel_unit: "µm"});
  assert.deepEqual(settings({height: "5e-2nm", unit: "mm"}), {pixel_size: [0.05, 0.05], pixel_unit: "mm"});
  const dims = {...NOTHING.dims, z: {name: "", step: "0,3 µm", unit: ""}};
  assert.deepEqual(settings({dims}).spacing, {z: [0.3, "µm"]});
});

test("settings and texts are each other's", () => {
  const byHand = {
    pixel_size: [0.2, 0.5],
    pixel_unit: "µm",
    dim_names: {time: "hour"},
    spacing: {time: [1.25, "s"], z: 2},
    channel_names: ["DNA", "GFP"],
  };
  assert.deepEqual(settings(textsOf(byHand, SETTABLE)), byHand);
});

test("whatever a link holds gives texts", () => {
  for (const odd of [
    null,
    3,
    {pixel_size: 3, spacing: 4},
    {pixel_size: [{}, null], spacing: {time: [[]]}, dim_names: 3},
  ])
    assert.deepEqual(textsOf(odd, SETTABLE), NOTHING);
});
