import assert from "node:assert/strict";
import {test} from "node:test";
import {restore} from "../../../viewer/jpkl_viewer/browser/packed.js";

test("bytes that came beside a message are put where they belong", () => {
  const [a, b] = [Uint8Array.of(1), Uint8Array.of(2)];
  const message = {
    type: "answer",
    pictures: [{width: 1, data: {bytes: 1}}, {data: {bytes: 0}}],
    text: "x",
    n: null,
  };
  assert.deepEqual(restore(message, [a, b]), {...message, pictures: [{width: 1, data: b}, {data: a}]});
  assert.deepEqual(restore({bytes: 1, more: 2}, [a, b]), {bytes: 1, more: 2});
});
