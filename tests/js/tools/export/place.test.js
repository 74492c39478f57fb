// Where parts of frames are in exported pictures, turned in every way: as Python places them.

import assert from "node:assert/strict";
import {test} from "node:test";
import {
  cornerOf,
  placeBeside,
  placeOf,
  pointAt,
  topsOf,
} from "../../../../viewer/jpkl_viewer/tools/export/place.js";
import {vectors} from "../../vectors.js";

const CASES = vectors("turned").cases;

/** @param {any} of a case */
function placed({frame, part, zoom, rotation, flip}) {
  return placeOf(/** @type {any} */ (frame), {region: part, zoom}, {rotation, flip});
}

test("points of a turned frame are where Python finds them", () => {
  for (const each of CASES) {
    const place = placed(each);
    assert.deepEqual([place.width, place.height], each.size);
    for (const [x, y, ...at] of each.places) assert.deepEqual(pointAt(place, [x, y]), at);
  }
});

test("other stacks are beside a turned one, level with it and under its curtain, where Python has them", () => {
  for (const each of CASES) {
    const place = placed(each);
    for (const {others, isWhole, places, tops} of each.beside) {
      const beside = others.map((/** @type {number[]} */ [width, height]) =>
        placeBeside(place, {width, height}, isWhole),
      );
      const found = beside.map(
        (/** @type {import("../../../../viewer/jpkl_viewer/tools/export/place.js").Place} */ at) => [
          ...[at.left, at.top, at.columns, at.rows, at.width, at.height],
          ...cornerOf(place, at),
        ],
      );
      assert.deepEqual(found, places);
      assert.deepEqual(topsOf([place, ...beside]), tops);
    }
  }
});
