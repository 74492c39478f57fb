import assert from "node:assert/strict";
import {test} from "node:test";
import {FPS, GAMMA, PROJECTION_METHODS} from "../../../../viewer/jpkl_viewer/browser/base/limits.js";

test("ranges run from the least to the greatest value", () => {
  for (const [least, greatest] of [FPS, GAMMA]) assert.ok(least < greatest);
});

test("projections have methods", () => assert.ok("max" in PROJECTION_METHODS));
