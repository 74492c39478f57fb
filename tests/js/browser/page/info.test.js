import assert from "node:assert/strict";
import {test} from "node:test";
import {facts} from "../../../../viewer/jpkl_viewer/browser/page/info.js";

const stack = {
  width: 171,
  height: 196,
  color: false,
  dims: [
    {name: "time", size: 3, coords: [0, 1.25, 2.5], unit: "s"},
    {name: "z", size: 3, coords: [0, 1, 5], unit: "µm"},
    {name: "channel", size: 2, coords: null, unit: ""},
  ],
  pixelSize: /** @type {[number, number]} */ ([0.1, 0.2]),
  pixelUnit: "µm",
  encoding: "8-bit JPEG, quality 90",
  fidelity: "PSNR 41.2 dB (lowest 38.0), of 12 of 300 frames",
  isExact: false,
  isLossy: true,
  ranges: {shape: [1, 1, 2], values: [100, 355, 0, 25500]},
};

test("facts say what is known of a stack, in its units", () => {
  const known = Object.fromEntries(facts(stack));
  assert.equal(known.Size, "171 × 196 px, 34.2 × 19.6 µm");
  assert.equal(known.Pixel, "0.2 × 0.1 µm");
  assert.equal(known.Dims, "time 3, every 1.25 s\nz 3\nchannel 2");
  const single = ["position", "phase"].map((name) => ({name, size: 1, coords: null, unit: ""}));
  const many = Object.fromEntries(facts({...stack, dims: [single[0], stack.dims[2], single[1]]}));
  assert.equal(many.Dims, "channel 2\nposition, phase 1", "dims of one index take one line");
  assert.equal(known.Data, "0 … 25500");
  assert.equal(known.Measured, stack.fidelity);
  assert.match(known.Fidelity, /^Steps of 100, with JPEG loss/);
});

test("what is not known is not made up", () => {
  const known = Object.fromEntries(facts({...stack, pixelSize: null, ranges: null, dims: [], fidelity: ""}));
  assert.equal(known.Size, "171 × 196 px");
  assert.equal(known.Pixel, "size not known");
  assert.equal(known.Dims, "none");
  assert.equal(known.Data, undefined);
  assert.equal(known.Measured, undefined);
  assert.match(known.Fidelity, /^8-bit values/);
});

test("what is kept exactly is not said to be lost", () => {
  const exact = {...stack, encoding: "png, lossless uint16", isExact: true, isLossy: false};
  const said = Object.fromEntries(facts(exact));
  assert.equal(said["Stored as"], "png, lossless uint16");
  assert.match(said.Fidelity, /^original values/);
  const png = {...stack, ranges: null, encoding: "8-bit png", isLossy: false};
  assert.equal(Object.fromEntries(facts(png)).Fidelity, "8-bit values, without further loss");
});

test("each of a million frames can have a range of its own", () => {
  const values = Array.from({length: 2e6}, (_, i) => 255 * (i % 2));
  values[7] = 25500;
  const known = Object.fromEntries(facts({...stack, ranges: {shape: [1e6], values}}));
  assert.equal(known.Data, "0 … 25500");
  assert.match(known.Fidelity, /^Steps of 100,/);
});
