import assert from "node:assert/strict";
import {test} from "node:test";
import {paperScale} from "../../../../viewer/jpkl_viewer/browser/stage/printing.js";

test("a stage is made smaller until it is on a sheet, and never larger", () => {
  assert.equal(paperScale({width: 1360, height: 600}), 0.5);
  assert.equal(paperScale({width: 600, height: 1720}), 0.5);
  assert.equal(paperScale({width: 300, height: 200}), 1);
});
