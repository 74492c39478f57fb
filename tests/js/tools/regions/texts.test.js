import assert from "node:assert/strict";
import {test} from "node:test";
import {cellTexts, remarks} from "../../../../viewer/jpkl_viewer/tools/regions/texts.js";
import {PART, curveOf} from "./examples.js";

test("the list has values of the frame shown, as far as they are known", () => {
  const curve = curveOf(PART);
  assert.deepEqual(cellTexts(curve, 2, 0), ["2.346", "1", "4", "25"]);
  assert.deepEqual(cellTexts(curve, 1, 0), ["…", "…", "…", "25"]);
  assert.deepEqual(cellTexts(undefined, 1, 0), ["…", "…", "…", "…"]);
  assert.equal(cellTexts(curveOf({...PART, clipped: true}), 2, 0)[3], "25*");
});

test("integers are written as integers", () => {
  const curve = curveOf({...PART, mean: [65534.4], min: [199.9998], max: [65535], indices: [2]});
  assert.deepEqual(cellTexts(curve, 2, 0, true), ["65534", "200", "65535", "25"]);
  assert.equal(cellTexts(curveOf({...PART, min: [3.92], indices: [2]}), 2, 0, true)[1], "4");
});

test("a region that failed has dashes where it has no values", () => {
  assert.deepEqual(cellTexts(curveOf({failed: "no pixel"}), 0, 0), ["–", "–", "–", "–"]);
  const damaged = curveOf(PART);
  damaged.add({failed: "frame (1,) is damaged"});
  assert.deepEqual(cellTexts(damaged, 1, 0), ["–", "–", "–", "–"]);
  assert.deepEqual(cellTexts(damaged, 0, 0), ["1", "0", "3", "25"]);
});

test("remarks say how to draw, what failed and what is cut off", () => {
  const measured = [
    {name: "r1", curve: undefined},
    {name: "r2", curve: curveOf({failed: "no pixel"})},
    {name: "r3", curve: curveOf({...PART, clipped: true})},
  ];
  assert.equal(remarks("", [], ""), "");
  assert.equal(
    remarks("Click a pixel", measured, "server away"),
    "Click a pixel. Shift draws several, Escape ends; r2: no pixel; server away; * cut off at the edge of the frame",
  );
});
