import assert from "node:assert/strict";
import {test} from "node:test";
import {parsePlace} from "../../../../viewer/jpkl_viewer/browser/page/typed_place.js";

const time = {name: "time", size: 5, coords: [0, 2.5, 5, 7.5, 10], unit: "s"};
const plain = {name: "z", size: 5, coords: null, unit: ""};

test("whole numbers are indices, and end at the last", () => {
  assert.equal(parsePlace("3", time), 3);
  assert.equal(parsePlace(" 0 ", plain), 0);
  assert.equal(parsePlace("99", time), 4);
  assert.equal(parsePlace("-1", time), 0);
});

test("a value with its unit goes to the nearest index", () => {
  assert.equal(parsePlace("7.5 s", time), 3);
  assert.equal(parsePlace("7,4s", time), 3);
  assert.equal(parsePlace("6.3", time), 3);
  assert.equal(parsePlace("5 s", time), 2);
});

test("a value is found among a million", () => {
  const coords = Array.from({length: 1e6}, (_, i) => i / 10);
  assert.equal(parsePlace("99.98 s", {...time, size: 1e6, coords}), 1000);
});

test("what means nothing along the dim is no place", () => {
  for (const text of ["", "x", "5 µm", "1.2.3"]) assert.equal(parsePlace(text, time), null, text);
  assert.equal(parsePlace("2.5", plain), null);
});

test("channels are found by their names", () => {
  const channel = {name: "channel", size: 2, coords: null, unit: ""};
  assert.equal(parsePlace("gfp", channel, ["DAPI", "GFP"]), 1);
  assert.equal(parsePlace("", channel, ["", ""]), null);
});

test("names and texts are found as they begin, whole ones first", () => {
  const dim = {name: "treatment", size: 3, coords: null, unit: ""};
  const texts = ["control 2", "control", "drug"];
  for (const [text, index] of /** @type {[string, number | null][]} */ ([
    ["Control", 1],
    ["dr", 2],
    ["con", 0],
    ["", null],
    ["wash", null],
  ]))
    assert.equal(parsePlace(text, dim, texts), index, text);
});

test("numbers are read as people type them", () => {
  const dim = {name: "z", size: 3, coords: [-2.5, 0, 2.5], unit: "µm"};
  assert.equal(parsePlace("−2.4 µm", dim), 0, "a minus that is none on the keyboard");
  assert.equal(parsePlace("2.1 ΜM", dim), 2);
  assert.equal(parsePlace("2.1 um", dim), 2);
  assert.equal(parsePlace("-1e3", dim), 0);
  assert.equal(parsePlace("µm", dim), null);
});
