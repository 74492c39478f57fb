import assert from "node:assert/strict";
import {test} from "node:test";
import {usualContrast} from "../../../../viewer/jpkl_viewer/tools/compare/contrast.js";

test("contrast is shared, unless one of two would be all black or white in that of the other", () => {
  assert.equal(usualContrast([0, 4095], [100, 1200]), "shared");
  assert.equal(usualContrast([0, 4095], [0, 1]), "own", "a probability");
  assert.equal(usualContrast([0, 255], [0, 65535]), "own", "8 of 16 bits");
  assert.equal(usualContrast([0, 100], [200, 300]), "own", "nothing in common");
  assert.equal(usualContrast([-1, 1], [-0.9, 1.2]), "shared");
  assert.equal(usualContrast(null, [0, 1]), "shared", "pixel values are all that there is");
  assert.equal(usualContrast([0, 4095], [0, 0]), "shared", "an empty one is black as it is");
});
