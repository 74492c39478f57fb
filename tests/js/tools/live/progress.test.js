import assert from "node:assert/strict";
import {test} from "node:test";
import {describeProgress, nextPosition} from "../../../../viewer/jpkl_viewer/tools/live/progress.js";

const progress = {written: 3, total: 9, isGrowing: true, isThere: true, dim: 0, latest: 2};

test("it says how far a stack is written", () => {
  assert.equal(describeProgress(progress), "3 of 9 frames written");
  assert.equal(describeProgress({...progress, written: 9, isGrowing: false}), "All 9 frames written");
  assert.equal(describeProgress({...progress, isGrowing: false}), "Writing ended: 3 of 9 frames");
});

test("the view follows along one dim, and only if it is to", () => {
  assert.deepEqual(nextPosition(progress, [0, 4], true), [2, 4]);
  assert.equal(nextPosition(progress, [0, 4], false), null);
  assert.equal(nextPosition(progress, [2, 4], true), null);
  assert.equal(nextPosition({...progress, latest: null}, [0, 4], true), null);
});
