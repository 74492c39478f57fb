import assert from "node:assert/strict";
import {test} from "node:test";
import {formatZoom, parseZoom} from "../../../../viewer/jpkl_viewer/browser/state/zoom.js";

test("the zoom is said in percent, as exactly as it is of use", () => {
  const texts = [3.7, 1, 0.125, 0.0523, 0.00414].map(formatZoom);
  assert.deepEqual(texts, ["370 %", "100 %", "13 %", "5.2 %", "0.41 %"]);
});

test("a zoom that is typed is read back", () => {
  for (const text of ["250", "250 %", " 250% ", "5:2"]) assert.equal(parseZoom(text), 2.5, text);
  assert.equal(parseZoom("12,5"), 0.125);
  assert.equal(parseZoom("1:2"), 0.5);
});

test("what is no zoom is none", () => {
  for (const text of ["", "0", "-3", "fit", "1:0", "0:1", "1e999"]) assert.equal(parseZoom(text), null, text);
});
