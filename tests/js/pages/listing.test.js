import assert from "node:assert/strict";
import {test} from "node:test";
import {
  choose,
  count,
  describeEmpty,
  describeExtent,
  describeNotes,
  encodedName,
  formatBytes,
  formatName,
  linkTo,
  readChoice,
  splitName,
  summary,
  writeChoice,
  problemOf,
} from "../../../viewer/jpkl_viewer/pages/listing.js";

/** @type {(name: string, bytes: number, modified: number) => {file: import("../../../viewer/jpkl_viewer/pages/listing.js").StackFile}} */
const item = (name, bytes, modified) => ({file: {name, bytes, modified, isOriginal: false, error: ""}});
const ITEMS = [item("a.jpkl", 5, 2), item("b c.jpkl", 9, 1), item("sub/B.jpkl", 5, 3)];

/** @type {import("../../../viewer/jpkl_viewer/pages/listing.js").Choice} */
const PLAIN = {search: "", sort: "name", reverse: false, kind: "all"};

/** @param {Partial<import("../../../viewer/jpkl_viewer/pages/listing.js").Choice>} choice */
function chosen(choice) {
  return choose(ITEMS, {...PLAIN, ...choice}).map(({file}) => file.name);
}

test("stacks are in the order that is chosen, the same ones by name", () => {
  const [a, b, sub] = ITEMS.map(({file}) => file.name);
  assert.deepEqual(chosen({}), [a, b, sub]);
  assert.deepEqual(chosen({reverse: true}), [sub, b, a]);
  assert.deepEqual(chosen({sort: "size"}), [b, a, sub]);
  assert.deepEqual(chosen({sort: "size", reverse: true}), [sub, a, b]);
  assert.deepEqual(chosen({sort: "date"}), [sub, a, b]);
});

test("a search finds the names that have all of its words", () => {
  assert.deepEqual(chosen({search: "B"}), ["b c.jpkl", "sub/B.jpkl"]);
  assert.deepEqual(chosen({search: "b sub"}), ["sub/B.jpkl"]);
  assert.deepEqual(chosen({search: " a. "}), ["a.jpkl"]);
  assert.deepEqual(chosen({search: "x"}), []);
  const details = {width: 64, height: 48, dims: [{name: "time", size: 51}], channels: ["GFP"]};
  const known = [...ITEMS.slice(1), {...ITEMS[0], details}];
  const found = ["time", "gfp a", "64 × 48", "time 5", "rfp"].map(
    (search) => choose(known, {...PLAIN, search}).length,
  );
  assert.deepEqual(found, [1, 1, 1, 1, 0]);
});

test("JPkl files and originals can be listed by themselves", () => {
  const original = {file: {...ITEMS[0].file, name: "x.tif", isOriginal: true}};
  const of = (/** @type {"all" | "jpkl" | "originals"} */ kind) =>
    choose([...ITEMS, original], {...PLAIN, kind}).map(({file}) => file.name);
  assert.deepEqual([of("all").length, of("jpkl").length, of("originals")], [4, 3, ["x.tif"]]);
});

test("what is chosen goes through a link and back", () => {
  assert.equal(writeChoice(PLAIN), "");
  for (const choice of [
    PLAIN,
    {search: "a&b=c #+µ", sort: "size", reverse: true, kind: "jpkl"},
    {search: " ", sort: "date", reverse: false, kind: "originals"},
  ])
    assert.deepEqual(readChoice(writeChoice(/** @type {any} */ (choice))), choice);
});

test("a link chooses nothing that there is not", () => {
  for (const sort of ["color", "toString", "__proto__", ""])
    assert.deepEqual(readChoice(`#sort=${sort}&kind=${sort}`), PLAIN);
});

test("how much there is", () => {
  const files = ITEMS.map(({file}) => file);
  assert.equal(summary(3, files), "3 stacks, 19 B");
  assert.equal(summary(1, files), "1 of 3 stacks");
  assert.equal(summary(1, files.slice(0, 1)), "1 stack, 5 B");
  assert.equal(summary(0, []), "0 stacks");
});

test("of many notes the first are shown", () => {
  assert.equal(describeNotes([]), "");
  assert.equal(describeNotes(["a: x"]), "Could not be read: a: x");
  assert.equal(describeNotes(["a", "b", "c"]), "Could not be read: a; b; c");
  assert.equal(describeNotes(["a", "b", "c", "d", "e"]), "Could not be read: a; b; c; 2 more");
});

test("an empty list says why", () => {
  assert.equal(describeEmpty("plate", "gfp", "jpkl").title, "Nothing matches “gfp”");
  assert.equal(describeEmpty("plate", "", "originals").title, "No originals here");
  assert.equal(describeEmpty("plate", "", "all").title, "No stacks in plate");
  assert.match(describeEmpty("plate", "", "all").command, /^jpkl view /);
});

test("where an original is encoded to", () => {
  const names = ["a.tif", "sub.d/cells.ome.tif", "x.nii.gz", "y.npy", "plate.zarr", "z.OME.TIFF"].map(
    encodedName,
  );
  assert.deepEqual(names, ["a.jpkl", "sub.d/cells.jpkl", "x.jpkl", "y.jpkl", "plate.jpkl", "z.jpkl"]);
});

test("the format of an original", () => {
  assert.equal(formatName("sub.d/cells.ome.tif"), "TIFF");
  assert.equal(formatName("a.czi"), "CZI");
  assert.equal(formatName("brain.nii.gz"), "NII");
});

test("the extent of a stack", () => {
  const details = {width: 50, height: 40, color: false, dims: [{name: "time", size: 6}]};
  assert.equal(describeExtent(details).text, "50 × 40 · time\u00a06");
  assert.match(describeExtent(details).title, /dims/);
  assert.equal(describeExtent({...details, color: true, dims: []}).text, "50 × 40 RGB");
  assert.doesNotMatch(describeExtent({...details, dims: []}).title, /dims/);
});

test("names are split, and become links that lead back to them", () => {
  assert.deepEqual(splitName("a/b/c.jpkl"), {within: "a/b/", title: "c.jpkl"});
  assert.deepEqual(splitName("c.jpkl"), {within: "", title: "c.jpkl"});
  assert.equal(linkTo("sub/b.jpkl"), "?stack=sub/b.jpkl");
  assert.equal(linkTo("a.jpkl", "b&c.jpkl"), "?stack=a.jpkl&stack=b%26c.jpkl");
  for (const name of ["a&stack=b#c%20d?e=f+g;h.jpkl", "µ 細胞 🧬/x.jpkl", "two\nlines.jpkl", "back\\slash"])
    assert.equal(new URL(linkTo(name), "http://host/").searchParams.get("stack"), name);
});

test("bytes are as in Python", () => {
  const texts = [0, 1, 999, 1000, 6_837_000, 999_499, 999_500, 5e9, 1.5e12, 2e15].map(formatBytes);
  assert.deepEqual(texts, [
    "0 B",
    "1 B",
    "999 B",
    "1 kB",
    "6.84 MB",
    "999 kB",
    "1 MB",
    "5 GB",
    "1.5 TB",
    "2 PB",
  ]);
});

test("numbers with their nouns", () => {
  assert.equal(count(1, "stack"), "1 stack");
  assert.equal(count(0, "stack"), "0 stacks");
  assert.equal(count(3000, "stack"), `${(3000).toLocaleString()} stacks`);
});

test("what is wrong with a file is a sentence without its name, which is beside it", () => {
  assert.equal(
    problemOf("cluster.nd2: not a readable ND2 file", "raw/cluster.nd2"),
    "Not a readable ND2 file",
  );
  assert.equal(problemOf("cut off: 3 of 5 frames", "a.jpkl"), "Cut off: 3 of 5 frames");
});
