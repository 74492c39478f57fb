import assert from "node:assert/strict";
import {test} from "node:test";
import {formatPart, frameKey, parseKey, partKey} from "../../../../viewer/jpkl_viewer/browser/state/keys.js";
import {vectors} from "../../vectors.js";

const {keys} = vectors("keys");

/** @param {number[] | null} part */
function named(part) {
  if (part === null) return null;
  const [x, y, w, h, width, height] = part;
  return {crop: {x, y, width: w, height: h}, width, height};
}

test("keys are written as Python reads them", () => {
  for (const {key, number, projection, part} of keys) {
    const frame = frameKey(number, projection);
    const parts = named(part);
    assert.equal(parts === null ? frame : partKey(frame, formatPart(parts)), key);
  }
});

test("keys are read as they were written", () => {
  for (const {key, number, projection, part} of keys)
    assert.deepEqual(parseKey(key), {number, projection, part: named(part)});
});
