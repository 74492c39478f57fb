import assert from "node:assert/strict";
import {test} from "node:test";
import {REGIONS} from "../../../../viewer/jpkl_viewer/browser/base/limits.js";
import {
  nextName,
  plainRois,
  plainSettings,
  readLabel,
  readRoi,
  readSettings,
  renamed,
} from "../../../../viewer/jpkl_viewer/tools/regions/settings.js";

const POINT = {name: "r1", shape: "point", points: [[3, 4]]};

/** @type {{rois: any[], isAll: boolean, scale: "raw", baseline: number}} */
const START = {rois: [], isAll: false, scale: "raw", baseline: 0};

test("what a region needs to be one", () => {
  assert.deepEqual(plainRois([/** @type {any} */ (readRoi(POINT))]), [POINT]);
  const hostile = [
    null,
    undefined,
    7,
    "r1",
    [],
    {},
    {...POINT, name: "r0"},
    {...POINT, name: "r01"},
    {...POINT, name: "r10000"},
    {...POINT, name: ["r1"]},
    {...POINT, name: "<img src=x onerror=alert(1)>"},
    {...POINT, shape: "constructor"},
    {...POINT, shape: "__proto__"},
    {...POINT, shape: ["point"]},
    {...POINT, points: []},
    {...POINT, points: [[3, 4, 5]]},
    {...POINT, points: [["3", 4]]},
    {...POINT, points: [[NaN, 4]]},
    {...POINT, points: [[Infinity, 4]]},
    {...POINT, points: [[1.1 * REGIONS.farthest, 4]]},
    {...POINT, points: [{0: 3, 1: 4, length: 2}]},
    {...POINT, points: {length: 1, 0: [3, 4]}},
    {...POINT, shape: "line"},
    {...POINT, shape: "polygon", points: Array.from({length: 2}, () => [1, 1])},
    {...POINT, shape: "polygon", points: Array.from({length: REGIONS.mostPoints + 1}, () => [1, 1])},
  ];
  for (const value of hostile) assert.equal(readRoi(value), null, JSON.stringify(value));
});

test("a region has the color of its name, and what it does not need is dropped", () => {
  const roi = readRoi({...POINT, color: "url(//evil)", more: 1});
  assert.match(String(roi?.color), /^#[0-9a-f]{6}$/);
  assert.deepEqual(Object.keys(roi ?? {}), ["name", "shape", "points", "color"]);
  assert.equal(readRoi({...POINT, name: "r9"})?.color, roi?.color); // eight colors, in turn
  assert.notEqual(readRoi({...POINT, name: "r2"})?.color, roi?.color);
});

test("settings of links keep what can be used", () => {
  assert.deepEqual(readSettings(undefined, [0, 2], 2), {dim: 2, ...START});
  for (const value of [7, [], "x", {rois: 7}, {rois: [null, 7, {}]}])
    assert.deepEqual(readSettings(value, [0, 2], 0), {dim: 0, ...START});
  for (const dim of [1, -1, 0.5, "0", "__proto__", null])
    assert.equal(readSettings({dim, rois: []}, [0, 2], 2).dim, 2);
  assert.equal(readSettings({dim: 2}, [0, 2], 0).dim, 2);
});

test("of a name there is one region, and not too many in all", () => {
  const many = Array.from({length: 1000}, (_, i) => ({...POINT, name: `r${i + 1}`}));
  assert.equal(readSettings({rois: many}, [0], 0).rois.length, REGIONS.most);
  const twice = [POINT, {...POINT, points: [[5, 6]]}];
  assert.deepEqual(plainRois(readSettings({rois: twice}, [0], 0).rois), [twice[1]]);
});

test("numbers of names go on, and begin again after the last that there can be", () => {
  assert.equal(nextName([]), "r1");
  assert.equal(nextName([{name: "r1"}, {name: "r7"}]), "r8");
  assert.equal(nextName([{name: "r9999"}, {name: "r1"}]), "r2");
  assert.notEqual(readRoi({...POINT, name: nextName([{name: "r9999"}])}), null);
});

test("a region is called what it is renamed to, in one line, and unlike the others", () => {
  const others = [POINT, {...POINT, name: "r2", label: "cell"}].map(
    (roi) => /** @type {any} */ (readRoi(roi)),
  );
  const roi = /** @type {any} */ (readRoi({...POINT, name: "r3"}));
  assert.equal(renamed(roi, " Pole\n to\tpole ", others).label, "Pole to pole");
  assert.equal(renamed(roi, "cell", others).label, "cell 2");
  assert.equal(renamed(roi, "r1", others).label, "r1 2");
  for (const nothing of ["", "  ", "r3", null, 7])
    assert.equal("label" in renamed(roi, nothing, others), false);
  assert.equal(
    "label" in renamed({...roi, label: "x"}, "", others),
    false,
    "the name from the start is back",
  );
  assert.equal(readLabel("\u0000\u202e a"), "a");
  assert.equal(readLabel("é".repeat(100))?.length, 60);
  assert.equal(readRoi({...POINT, label: "<b>x"})?.label, "<b>x");
  assert.equal(nextName([POINT, {name: "r2", label: "r7"}]), "r8", "names are not used twice");
});

test("what is as at the start is not kept", () => {
  const start = readSettings({dim: 2, rois: [POINT]}, [0, 2], 0);
  assert.deepEqual(plainSettings(start), {dim: 2, rois: [POINT]});
  const other = {...start, isAll: true, scale: /** @type {const} */ ("dff"), baseline: 5};
  const kept = {dim: 2, rois: [POINT], channels: "all", scale: "dff", baseline: 5};
  assert.deepEqual(plainSettings(other), kept);
  assert.deepEqual(readSettings(kept, [0, 2], 0), other);
  assert.equal(plainSettings({...start, rois: []}), null);
  assert.deepEqual(plainSettings({...other, dim: null, rois: []}), {
    rois: [],
    channels: "all",
    scale: "dff",
    baseline: 5,
  });
  for (const bad of [{scale: "log"}, {baseline: -1}, {baseline: 1.5}, {baseline: "5"}, {channels: true}])
    assert.deepEqual(readSettings({dim: 2, rois: [POINT], ...bad}, [0, 2], 0), start);
});
