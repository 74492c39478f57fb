import assert from "node:assert/strict";
import {test} from "node:test";
import {gammaAt} from "../../../../viewer/jpkl_viewer/browser/contrast/options.js";

test("the slider of gamma is logarithmic around 1", () => {
  assert.deepEqual([-1, 0, 1].map(gammaAt), [0.2, 1, 5]);
  assert.ok(Math.abs(gammaAt(0.4) * gammaAt(-0.4) - 1) < 0.01);
});
