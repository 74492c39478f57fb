import assert from "node:assert/strict";
import {test} from "node:test";
import {axesUrl, question, readAs} from "../../../../viewer/jpkl_viewer/tools/axes/question.js";

test("how a file was read, and what its axes rather are", () => {
  assert.equal(readAs({width: 100, height: 2, sizes: [100, 3]}), "Read as 100 × 2 px, 300 frames.");
  assert.equal(readAs({width: 5, height: 4, sizes: []}), "Read as 5 × 4 px, 1 frame.");
  assert.equal(question("YXS", 1), "Is the last axis color?");
  assert.equal(question("TYX", 1), "Are its axes T Y X?");
  assert.equal(question("TYXS", 2), "Are its axes T Y X S, the last one color?");
});

test("the link to other axes keeps the file, and not what is seen of it", () => {
  const url = axesUrl("http://localhost:5755/?stack=a.npy#time=3", "TYX");
  assert.equal(url, "http://localhost:5755/?stack=a.npy&axes=TYX");
});
