import assert from "node:assert/strict";
import {test} from "node:test";
import {REGIONS} from "../../../../viewer/jpkl_viewer/browser/base/limits.js";
import {Edits} from "../../../../viewer/jpkl_viewer/tools/regions/edits.js";

/** @typedef {import("../../../../viewer/jpkl_viewer/tools/regions/edits.js").Unnamed} Unnamed */

/** Edits whose settings come back at once, as those of the state do. */
function openEdits() {
  /** @type {any[]} */
  const kept = [];
  /** @type {Edits} */
  const edits = new Edits([0], (settings) => {
    kept.push(settings);
    edits.take(settings ?? undefined, 0);
  });
  edits.take(undefined, 0);
  return {edits, kept};
}

/** @param {number} x @returns {Unnamed} */
const point = (x) => ({shape: "point", points: [[x, 1]]});
/** @param {Edits} edits */
const titles = (edits) => edits.rois.map(({name, label}) => label ?? name);

test("every act is undone and done again, in turn", () => {
  const {edits, kept} = openEdits();
  edits.add([point(3)]);
  edits.add([point(4)]);
  edits.rename("r1", "cell");
  edits.move("r2", [[9, 9]], "drag");
  edits.remove("r1");
  edits.clear();
  const seen = [];
  for (let step = edits.step("undo"); step; step = edits.step("undo"))
    seen.push([step.changed, titles(edits)]);
  assert.deepEqual(seen, [
    ["r2", ["r2"]],
    ["r1", ["cell", "r2"]],
    ["r2", ["cell", "r2"]],
    ["r1", ["r1", "r2"]],
    [null, ["r1"]],
    [null, []],
  ]);
  assert.equal(kept.at(-1), null, "where nothing is left, nothing is kept");
  while (edits.canRedo) edits.step("redo");
  assert.deepEqual(titles(edits), []);
  edits.step("undo");
  assert.deepEqual(edits.rois[0].points, [[9, 9]]);
});

test("a drag is undone at once, and one that was cancelled not at all", () => {
  const {edits} = openEdits();
  edits.add([point(3)]);
  for (const x of [4, 5, 6]) edits.move("r1", [[x, 1]], "drag");
  edits.endMove();
  for (const x of [7, 6]) edits.move("r1", [[x, 1]], "drag"); // Escape puts it back
  edits.endMove();
  edits.step("undo");
  assert.deepEqual(edits.rois[0].points, [[3, 1]]);
});

test("regions of a file have names of their own, and as many are taken as there can be", () => {
  const {edits} = openEdits();
  edits.add([point(1)]);
  const added = edits.add([
    {...point(2), label: "cell"},
    {...point(3), label: "cell"},
    {...point(4), label: "r1"},
  ]);
  assert.deepEqual(
    added.map(({name}) => name),
    ["r2", "r3", "r4"],
  );
  assert.deepEqual(titles(edits), ["r1", "cell", "cell 2", "r1 2"]);
  assert.equal(edits.add(Array.from({length: 50}, (_, i) => point(i))).length, REGIONS.most - 4);
  assert.deepEqual(edits.add([point(9)]), []);
  edits.step("undo");
  assert.equal(edits.rois.length, 4, "a file is one step");
});

test("regions that come from elsewhere have nothing to undo", () => {
  const {edits} = openEdits();
  edits.add([point(3)]);
  edits.take({rois: [{name: "r7", ...point(5)}]}, 0);
  assert.equal(edits.canUndo, false);
  assert.deepEqual(titles(edits), ["r7"]);
});

test("what is chosen for the plot stays when all regions are gone", () => {
  const {edits} = openEdits();
  edits.add([point(3)]);
  edits.set({isAll: true, scale: "dff"});
  edits.clear();
  assert.deepEqual([edits.settings.isAll, edits.settings.scale], [true, "dff"]);
  edits.step("undo");
  assert.deepEqual([titles(edits), edits.settings.isAll], [["r1"], true]);
});
