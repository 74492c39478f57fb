import assert from "node:assert/strict";
import {test} from "node:test";
import {describePlace, describeValue} from "../../../viewer/jpkl_viewer/browser/readout.js";
import {makeStack} from "../stacks.js";

test("a place has physical units where the size of a pixel is known", () => {
  assert.equal(describePlace(makeStack({pixelSize: [0.5, 0.25], pixelUnit: "µm"}), 10, 3), "2.5, 1.5 µm");
  assert.equal(describePlace(makeStack(), 10, 3), null);
});

test("a value has the name of its channel and its original intensity, where these are known", () => {
  assert.equal(describeValue(makeStack(), [1, 0], {channel: 0, value: [51, 51, 51]}), "value 51");
  const stack = makeStack({
    channelDim: 1,
    dims: [
      {name: "time", size: 3, coords: null, unit: ""},
      {name: "channel", size: 2, coords: null, unit: ""},
    ],
    channels: [
      {name: "DAPI", color: "#0000ff"},
      {name: "GFP", color: "#00ff00"},
    ],
    ranges: {shape: [1, 2], values: [0, 255, 100, 1120]},
  });
  assert.equal(describeValue(stack, [2, 0], {channel: 0, value: [51, 51, 51]}), "DAPI 51 (about 51)");
  assert.equal(describeValue(stack, [2, 0], {channel: 1, value: [51, 51, 51]}), "GFP 51 (about 304)");
});

test("of color all three values are read, and of what is not decoded none", () => {
  const stack = makeStack({color: true});
  assert.equal(describeValue(stack, [0, 0], {channel: 0, value: [1, 2, 3]}), "R 1  G 2  B 3");
  assert.equal(describeValue(stack, [0, 0], {channel: 0, value: null}), "…");
});
