import assert from "node:assert/strict";
import {test} from "node:test";
import {
  barLength,
  inkName,
  isBright,
  parseLength,
} from "../../../../viewer/jpkl_viewer/browser/state/scale_bar.js";

test("a bar has the length that was typed, or is wanted, where the picture has room for it", () => {
  const lengths = (/** @type {object} */ given) => barLength(2, 400, 133, given);
  assert.equal(lengths({}), 50);
  assert.deepEqual(
    [1, 2, 37.5, 180, 181].map((typed) => lengths({typed})),
    [50, 2, 37.5, 180, 50],
  );
  assert.deepEqual(
    [9, 10, 100, 101].map((wanted) => lengths({wanted, typed: 7})),
    [7, 10, 100, 7],
  );
});

test("the automatic ink is dark where low values are shown bright", () => {
  assert.equal(inkName("yellow", true), "yellow");
  assert.equal(inkName("automatic", true), "black");
  assert.equal(inkName("automatic", false), "white");
  assert.equal(isBright([]), false);
  assert.equal(isBright([0xff101010]), false);
  assert.equal(isBright([0xffffffff]), true);
  assert.equal(isBright([0xff0000ff, 0xff00ff00]), true, "channels that are added up");
});

test("a length is typed with a point or a comma, and with its unit", () => {
  const typed = ["20", "2,5", " 0.5 µm", ".5", "1e3", "", "auto", "-3", "0", "1e99"];
  assert.deepEqual(typed.map(parseLength), [20, 2.5, 0.5, 0.5, 1000, 0, 0, 0, 0, 0]);
});
