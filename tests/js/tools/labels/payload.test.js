import assert from "node:assert/strict";
import {test} from "node:test";

import {decodeRuns, valueAt} from "../../../../viewer/jpkl_viewer/tools/labels/payload.js";

const frame = {width: 3, height: 2};

test("pixels become runs, row by row", () => {
  const runs = decodeRuns(Uint8Array.from([0, 2, 5, 2, 0, 0, 1, 1, 1, 0]), frame, "uint8");
  assert.deepEqual([...runs.starts], [0, 2, 3, 5, 6]);
  assert.deepEqual([...runs.rows], [0, 2, 4]);
  assert.equal(valueAt(runs, 2, 0), 7);
  assert.equal(valueAt(runs, 2, 1), 5);
});

test("more numbers than a frame can have are refused", () => {
  for (const form of [0, 1])
    assert.throws(
      () => decodeRuns(Uint8Array.from([form, 1, 0, ...Array(7).fill(0)]), frame, "uint8"),
      /broken/,
    );
  assert.throws(() => decodeRuns(Uint8Array.from([0, 6, 0]), frame, "uint8"), /broken/);
});
