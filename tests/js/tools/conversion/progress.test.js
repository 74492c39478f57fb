import assert from "node:assert/strict";
import test from "node:test";
import {describeProgress, formatLeft} from "../../../../viewer/jpkl_viewer/tools/conversion/progress.js";

test("how long it will take", () => {
  assert.equal(formatLeft(0.2), "1 s left");
  assert.equal(formatLeft(59.4), "59 s left");
  assert.equal(formatLeft(90), "2 min left");
  assert.equal(formatLeft(3.5 * 3600), "3 h 30 min left");
});

test("how far it is", () => {
  const encoding = {what: "Encoding", part: 0.429, secondsLeft: null, size: "", problem: ""};
  assert.equal(describeProgress(encoding), "Encoding 42 %");
  assert.equal(describeProgress({...encoding, secondsLeft: 70}), "Encoding 42 %, 1 min left");
  assert.equal(describeProgress({...encoding, what: "", size: "5 MB"}), "Encoded, 5 MB");
  assert.equal(describeProgress({...encoding, what: "", problem: "no room"}), "Not encoded");
});
