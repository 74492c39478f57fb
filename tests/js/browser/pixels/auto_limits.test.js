import assert from "node:assert/strict";
import {test} from "node:test";

import {autoLimits} from "../../../../viewer/jpkl_viewer/browser/pixels/auto_limits.js";
import {vectors} from "../../vectors.js";

const {limits: cases} = vectors("paint");

test("automatic limits are those of Python", () => {
  assert.ok(cases.length > 10);
  for (const {values, counts, limits} of cases) {
    const histogram = new Uint32Array(256);
    values.forEach((/** @type {number} */ value, /** @type {number} */ i) => (histogram[value] = counts[i]));
    assert.deepEqual(autoLimits(histogram), limits, JSON.stringify(values));
  }
});
