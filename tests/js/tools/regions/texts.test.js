import assert from "node:assert/strict";
import {test} from "node:test";
import {cellTexts, regionSize, remarks} from "../../../../viewer/jpkl_viewer/tools/regions/texts.js";
import {PART, curveOf} from "./examples.js";

test("the list has values of the frame shown, as far as they are known", () => {
  const curve = curveOf(PART);
  assert.deepEqual(cellTexts(curve, 2, 0), ["2.346", "1", "4"]);
  assert.deepEqual(cellTexts(curve, 1, 0), ["…", "…", "…"]);
  assert.deepEqual(cellTexts(undefined, 1, 0), ["…", "…", "…"]);
});

test("sizes are in units where there is a pixel size", () => {
  /** @type {[number, number]} */
  const pixelSize = [0.5, 0.25];
  const px = {pixelSize: null, pixelUnit: ""};
  const um = {pixelSize, pixelUnit: "µm"};
  /** @param {any} shape @param {...[number, number]} points */
  const roi = (shape, ...points) => ({name: "r1", shape, points});
  const curve = curveOf({...PART, clipped: true});
  const square = roi("ellipse", [0.5, 0.5], [5.5, 5.5]);
  assert.equal(regionSize(square, undefined, px), "…");
  assert.equal(regionSize(square, curve, px), "25 px*");
  assert.equal(regionSize(square, curveOf(PART), um), "3.13 µm² · 25 px");
  assert.equal(regionSize(roi("line", [0, 0], [4, 0]), undefined, um), "1 µm · 0°");
  assert.equal(regionSize(roi("line", [0, 0], [3, 4]), undefined, px), "5 px · −53.1°");
  assert.equal(regionSize(roi("line", [0, 0], [0, -4]), undefined, {...um, pixelUnit: ""}), "2 units · 90°");
  assert.equal(regionSize(roi("point", [7, 9]), undefined, um), "x 7, y 9");
});

test("integers are written as integers", () => {
  const curve = curveOf({...PART, mean: [65534.4], min: [199.9998], max: [65535], indices: [2]});
  assert.deepEqual(cellTexts(curve, 2, 0, true), ["65534", "200", "65535"]);
  assert.equal(cellTexts(curveOf({...PART, min: [3.92], indices: [2]}), 2, 0, true)[1], "4");
});

test("a region that failed has dashes where it has no values", () => {
  assert.deepEqual(cellTexts(curveOf({failed: "no pixel"}), 0, 0), ["–", "–", "–"]);
  const damaged = curveOf(PART);
  damaged.add({failed: "frame (1,) is damaged"});
  assert.deepEqual(cellTexts(damaged, 1, 0), ["–", "–", "–"]);
  assert.deepEqual(cellTexts(damaged, 0, 0), ["1", "0", "3"]);
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
