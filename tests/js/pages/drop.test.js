// What is said of files that are dropped, and where they lead.

import assert from "node:assert/strict";
import {test} from "node:test";
import {meantOf, refuseOriginals, whyNotTaken} from "../../../viewer/jpkl_viewer/browser/stage/drop_zone.js";
import {DROPPED} from "../../../viewer/jpkl_viewer/browser/base/limits.js";
import {describeCopy, linkToDropped, partsOf} from "../../../viewer/jpkl_viewer/pages/drop.js";

test("where only stacks are taken, others are refused with the command that makes one", () => {
  refuseOriginals([{name: "a.jpkl"}, {name: "B.JPKL"}]);
  assert.throws(() => refuseOriginals([{name: "a.jpkl"}, {name: "my b.tif"}]), /jpkl encode "my b\.tif"$/);
});

test("empty files and nothing are refused everywhere", () => {
  assert.equal(whyNotTaken([{name: "a.tif", size: 1}]), "");
  assert.equal(whyNotTaken([{name: "a.tif", size: 0}]), "a.tif is empty.");
  assert.match(whyNotTaken([]), /^No file was dropped/);
});

test("of a folder, its stacks are meant, or the pictures that most of it are", () => {
  const meant = (/** @type {string[]} */ ...names) =>
    meantOf(
      "plate",
      names.map((name) => ({name})),
    ).map(({name}) => name);
  assert.deepEqual(meant("t10.png", "t9.png", "notes.txt", ".DS_Store"), ["t9.png", "t10.png"]);
  assert.deepEqual(meant("a.tif", "b.tif", "B.JPKL"), ["B.JPKL"]);
  assert.throws(() => meant("README", ".DS_Store"), /no files.*jpkl view plate$/);
  assert.throws(
    () => meant(...Array.from({length: 9}, (_, i) => `${i}.jpkl`)),
    /has 9 stacks.*jpkl view plate$/,
  );
});

test("a file is sent in parts, without a gap", () => {
  assert.deepEqual(partsOf(1), [{start: 0, end: 1}]);
  const parts = partsOf(2.5 * DROPPED.part);
  assert.equal(parts.length, 3);
  assert.equal(parts[2].end, 2.5 * DROPPED.part);
  parts.slice(1).forEach(({start}, i) => assert.equal(start, parts[i].end));
});

test("what is compared joins what is shown, what is opened replaces it", () => {
  assert.equal(linkToDropped("open", ["k1", "k2"], "?stack=a.jpkl"), "?dropped=k1&dropped=k2");
  assert.equal(linkToDropped("compare", ["k1"], "?stack=a.jpkl"), "?stack=a.jpkl&with=k1");
  assert.equal(linkToDropped("compare", ["k2"], "?dropped=k0&with=k1"), "?dropped=k0&with=k1&with=k2");
});

test("a copy is followed in percent, and never past the end", () => {
  assert.equal(describeCopy("a.jpkl", 0, 0), "Copying a.jpkl … 0 %");
  assert.equal(describeCopy("a.jpkl", 999, 1000), "Copying a.jpkl … 99 %");
  assert.equal(describeCopy("a.jpkl", 1000, 1000), "Copying a.jpkl … 100 %");
});
