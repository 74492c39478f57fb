import assert from "node:assert/strict";
import {test} from "node:test";
import {handleAt, movedTo, valueAfter} from "../../../../viewer/jpkl_viewer/browser/contrast/handles.js";

test("a handle stops one pixel value before the other, and at the ends", () => {
  assert.deepEqual(movedTo("low", 10, [0, 90]), [10, 90]);
  assert.deepEqual(movedTo("low", 95, [0, 90]), [89, 90]);
  assert.deepEqual(movedTo("low", -5, [3, 90]), [0, 90]);
  assert.deepEqual(movedTo("high", 5, [10, 90]), [10, 11]);
  assert.deepEqual(movedTo("high", 300, [10, 90]), [10, 255]);
  assert.deepEqual(movedTo("low", 9, [0, 0.5]), [0, 0.5], "limits that were typed closer together");
  assert.deepEqual(movedTo("high", 9, [254.5, 255]), [254.5, 255]);
});

test("the nearer handle within reach is taken", () => {
  assert.equal(handleAt(40, 50, 200), "low");
  assert.equal(handleAt(195, 50, 200), "high");
  assert.equal(handleAt(12, 0, 200), "low");
  assert.equal(handleAt(100, 50, 200), null);
  assert.equal(handleAt(54, 50, 60), "low");
  assert.equal(handleAt(57, 50, 60), "high");
});

test("of handles at the same place, the movement says which", () => {
  assert.equal(handleAt(255, 255, 256), "either");
  assert.equal(handleAt(-4, 0, 1), "either");
  assert.equal(handleAt(20, 0, 1), null);
});

test("arrow keys move by one, with Shift by ten, to whole pixel values", () => {
  /** @param {string} key @param {number} value */
  const after = (key, value, shiftKey = false) => valueAfter({key, shiftKey}, value);
  assert.deepEqual([after("ArrowRight", 7), after("ArrowUp", 7), after("ArrowLeft", 7)], [8, 8, 6]);
  assert.deepEqual([after("ArrowRight", 7, true), after("ArrowDown", 7, true)], [17, -3]);
  assert.deepEqual([after("ArrowRight", 7.4), after("ArrowLeft", 7.4)], [8, 7]);
  assert.deepEqual([after("PageUp", 7), after("PageUp", 7, true), after("PageDown", 7)], [17, 17, -3]);
  assert.deepEqual(
    [after("Home", 7), after("End", 7), after("a", 7), after("toString", 7)],
    [0, 255, null, null],
  );
});
