// What Python measures and scales, the browser does, too: golden vectors.

import assert from "node:assert/strict";
import {test} from "node:test";
import {asCell, asComment} from "../../../../viewer/jpkl_viewer/tools/regions/formulas.js";
import {
  area,
  lineAngle,
  lineLength,
  lineText,
} from "../../../../viewer/jpkl_viewer/tools/regions/geometry.js";
import {readScaling, scaled} from "../../../../viewer/jpkl_viewer/tools/regions/scaling.js";
import golden from "../../../data/regions.json" with {type: "json"};

/** @typedef {import("../../../../viewer/jpkl_viewer/tools/regions/shapes.js").Point} Point */

/** @param {number} value @param {number} expected */
const isNear = (value, expected) => Math.abs(value - expected) <= 1e-9 * Math.max(1, Math.abs(expected));

test("lengths, angles and areas are those of Python", () => {
  for (const {pixelSize, pixelUnit, points, text, ...expected} of golden.lines) {
    const stack = {pixelSize: /** @type {[number, number] | null} */ (pixelSize), pixelUnit};
    const line = /** @type {Point[]} */ (points);
    assert.ok(isNear(lineLength(line, stack), expected.length), text);
    assert.ok(isNear(lineAngle(line, stack), expected.angle), text);
    assert.ok(isNear(area(371, stack), expected.area), text);
    assert.equal(lineText(line, stack), text);
  }
});

test("curves are shown as Python writes them", () => {
  for (const {settings, values, shown} of golden.curves) {
    const curve = values.map((value) => value ?? NaN);
    const found = Array.from(scaled(curve, readScaling(settings)));
    assert.equal(found.length, shown.length);
    found.forEach((value, i) => {
      const expected = shown[i];
      assert.ok(expected === null ? Number.isNaN(value) : isNear(value, expected), JSON.stringify(settings));
    });
  }
});

test("texts in tables are those of Python, and none is a formula", () => {
  for (const {text, cell, comment} of golden.texts) {
    assert.equal(asCell(text), cell, JSON.stringify(text));
    assert.equal(asComment(text), comment, JSON.stringify(text));
    // Wherever a spreadsheet divides it.
    for (const separator of [/$^/, /[;\n\r]/, /[,\n\r]/, /\t/])
      for (const part of cell.split(separator))
        assert.ok(!/^\s*[=+\-@]/.test(part) || isFinite(Number(part.replace(/[)\]]$/, ""))), cell);
  }
});
