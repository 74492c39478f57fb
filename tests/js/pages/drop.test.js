// What is said of files that are dropped, and where they lead.

import assert from "node:assert/strict";
import {test} from "node:test";
import {whyNotTaken} from "../../../viewer/jpkl_viewer/browser/drop_zone.js";
import {describeCopy, linkToDropped} from "../../../viewer/jpkl_viewer/pages/drop.js";

test("files that are no stacks are refused by name", () => {
  assert.equal(whyNotTaken([{name: "a.jpkl"}, {name: "B.JPKL"}]), "");
  assert.match(whyNotTaken([{name: "a.jpkl"}, {name: "b.tif"}]), /^b\.tif is not a \.jpkl file/);
  assert.match(whyNotTaken([]), /^No file was dropped/);
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
