import assert from "node:assert/strict";
import {test} from "node:test";
import {extent, nearest, pointsOf, readoutOf} from "../../../../viewer/jpkl_viewer/browser/page/fidelity.js";
import {makeStack} from "../../stacks.js";

test("values are where they belong, the lowest at the bottom", () => {
  assert.deepEqual(extent([null, 41, 38, null]), [38, 41]);
  assert.deepEqual(pointsOf([38, null, 42]), ["2 90", null, "98 10"]);
  assert.deepEqual(pointsOf([40, 40]), ["2 50", "98 50"]);
  assert.deepEqual(pointsOf([40]), ["50 50"]);
});

test("a click goes to the next value that is known", () => {
  const values = [null, 40, null, null, 41, null];
  assert.equal(nearest(values, 0), 1);
  assert.equal(nearest(values, 0.48), 1);
  assert.equal(nearest(values, 0.52), 4);
  assert.equal(nearest(values, 2), 4);
});

test("what is pointed at is said with its unit and the frame", () => {
  const dims = [
    {name: "time", size: 3, coords: [0, 1.5, 3], unit: "s"},
    {name: "z", size: 2, coords: null, unit: ""},
  ];
  const profiles = {psnr: {worst: 4, dims: [{values: [40, 41, 37.123], frames: [1, 2, 4]}]}};
  const stack = makeStack({dims, profiles});
  assert.equal(readoutOf(stack, "psnr", 0, 2), "time 2 (3.0 s): lowest PSNR 37.12 dB, frame (2, 0)");
  const ssim = {worst: 1, dims: [{values: [0.98, 0.95], frames: [0, 1]}]};
  const short = makeStack({
    dims: [{name: "z", size: 2, coords: null, unit: ""}],
    profiles: {psnr: ssim, ssim},
  });
  assert.equal(readoutOf(short, "ssim", 0, 1), "z 1: SSIM 0.9500");
});
