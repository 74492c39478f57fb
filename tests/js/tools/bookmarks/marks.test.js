import assert from "node:assert/strict";
import {test} from "node:test";
import {
  bookmarkOf,
  changed,
  freeName,
  joined,
  moved,
  neighbor,
  readBookmarks,
  viewOf,
  writeBookmarks,
} from "../../../../viewer/jpkl_viewer/tools/bookmarks/marks.js";
import {makeStack, makeState} from "../../stacks.js";

/** @typedef {import("../../../../viewer/jpkl_viewer/tools/bookmarks/marks.js").Bookmark} Bookmark */

const stack = makeStack();
const first = makeState(stack);

/** @param {string} name */
const named = (name) => bookmarkOf(name, first);
const ALL = ["a", "b", "c"].map(named);

/** @param {Bookmark[]} all */
const names = (all) => all.map(({name}) => name);

test("a bookmark has the view and its zoom, and neither regions nor playback", () => {
  const tools = {rois: {rois: []}, info: {pixel_unit: "um"}, ortho: {dim: 0}};
  const state = makeState(stack, {position: [7], colormap: "magma", tools, zoom: [1, 2, 3]});
  const {settings, zoom} = bookmarkOf("a", state);
  assert.deepEqual([settings.position, settings.colormap, zoom], [[7], "magma", [1, 2, 3]]);
  assert.deepEqual(settings.tools, {ortho: {dim: 0}});
  assert.ok(!("playback" in settings));
});

test("who goes to a bookmark keeps regions, and leaves views that it does not have", () => {
  const mark = bookmarkOf("a", makeState(stack, {tools: {montage: {dim: 0}}, zoom: null}));
  const view = viewOf(mark, {tools: {rois: {rois: []}, ortho: {dim: 0}}});
  assert.deepEqual(view.tools, {rois: {rois: []}, montage: {dim: 0}});
  assert.equal(view.zoom, null);
  assert.ok(!("playback" in view));
});

test("names are in one line, not empty, and each is there once", () => {
  assert.equal(freeName("  late\n anaphase ", []), "late anaphase");
  assert.equal(freeName(" ", []), "View");
  assert.equal(freeName("a", ALL), "a (2)");
  assert.equal(freeName("a", [...ALL, named("a (2)")]), "a (3)");
  assert.equal(freeName("x".repeat(500), []).length, 120);
});

test("next and previous go around the ends, from the first or the last at first", () => {
  assert.equal(neighbor(ALL, null, 1)?.name, "a");
  assert.equal(neighbor(ALL, null, -1)?.name, "c");
  assert.equal(neighbor(ALL, "c", 1)?.name, "a");
  assert.equal(neighbor(ALL, "a", -1)?.name, "c");
  assert.equal(neighbor([], null, 1), undefined);
});

test("bookmarks are changed and moved, and not beyond the ends", () => {
  assert.deepEqual(names(changed(ALL, "b", {name: "B"})), ["a", "B", "c"]);
  assert.deepEqual(names(moved(ALL, "c", -1)), ["a", "c", "b"]);
  assert.equal(moved(ALL, "c", 1), ALL);
  assert.deepEqual(names(joined(ALL, [named("b"), named("d")])), ["a", "b", "c", "d"]);
});

test("what the browser keeps of bookmarks is read again", () => {
  const state = makeState(stack, {
    position: [4],
    rotation: "90",
    tools: {ortho: {dim: 0}},
    zoom: [3, 2, 2.5],
  });
  const all = [{...bookmarkOf("a <b>", state), caption: "one"}, named("b")];
  assert.deepEqual(readBookmarks(writeBookmarks(all, first, stack), first, stack), all);
});

test("of what makes no sense, what can be read is read", () => {
  for (const text of ["", "{", "7", "null", '{"name": "a"}'])
    assert.deepEqual(readBookmarks(text, first, stack), []);
  const items = [
    7,
    {name: "no link"},
    {name: "far", caption: 7, link: "#time=99&display=9-3:x:1:red&zoom=1,2,-3"},
    {name: "far", link: ""},
  ];
  const found = readBookmarks(JSON.stringify(items), first, stack);
  assert.deepEqual(names(found), ["far", "far (2)"]);
  assert.deepEqual([found[0].settings.position, found[0].zoom, found[0].caption], [[9], null, ""]);
  assert.deepEqual(found[0].settings.channels, first.channels);
});
