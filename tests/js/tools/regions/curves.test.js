import assert from "node:assert/strict";
import {test} from "node:test";
import {Stack} from "../../../../viewer/jpkl_viewer/browser/state/stack.js";
import {Curves} from "../../../../viewer/jpkl_viewer/tools/regions/curves.js";
import {describe, openPython} from "./examples.js";

/** @typedef {import("../../../../viewer/jpkl_viewer/tools/regions/shapes.js").Roi} Roi */

function openCurves() {
  const python = openPython();
  const log = {changes: 0, errors: /** @type {string[]} */ ([]), progress: /** @type {number[][]} */ ([])};
  const curves = new Curves(python.asks, new Stack(describe()), {
    onChange: () => log.changes++,
    onError: (error) => log.errors.push(error),
    onProgress: (...progress) => log.progress.push(progress),
  });
  return {...python, curves, log};
}

/** @param {string} name @param {number} x @returns {Roi} */
const point = (name, x) => ({name, shape: "point", points: [[x, 1]], color: "#000000"});

/** @param {string} name @param {number[]} indices */
const part = (name, indices) => ({
  name,
  indices,
  mean: indices.map((i) => 10 * i),
  min: indices.map((i) => 10 * i - 1),
  max: indices.map((i) => 10 * i + 1),
  pixels: 1,
  clipped: false,
});

test("a curve grows by the frames that come, and is complete when Python says so", () => {
  const {curves, asked, answer, log} = openCurves();
  curves.want([point("r1", 3)], [2, 0], 0);
  assert.deepEqual(asked()[0].rois, [{name: "r1", shape: "point", points: [[3, 1]]}]);
  answer(part("r1", [1, 2]));
  assert.deepEqual([...(curves.get("r1")?.mean[0] ?? [])], [NaN, 10, 20, NaN]);
  assert.equal(curves.current("r1"), curves.get("r1"));
  assert.equal(curves.get("r1")?.isComplete, false);
  answer(part("r1", [0, 3]));
  answer({done: true});
  assert.deepEqual([...(curves.get("r1")?.max[0] ?? [])], [1, 11, 21, 31]);
  assert.equal(curves.get("r1")?.isComplete, true);
  assert.equal(curves.get("r1")?.pixels, 1);
  assert.equal(log.changes, 3);
});

test("along the dim the position does not matter, along others it does", () => {
  const {curves, asked, answer} = openCurves();
  curves.want([point("r1", 3)], [2, 0], 0);
  answer(part("r1", [0, 1, 2, 3]));
  answer({done: true});
  curves.want([point("r1", 3)], [3, 0], 0);
  assert.equal(asked().length, 1);
  curves.want([point("r1", 3)], [3, 1], 0);
  assert.equal(asked().length, 2);
  assert.equal(curves.isCurrent("r1"), false);
  assert.ok(curves.get("r1")); // the old one is shown until there is another
});

test("only regions that changed are asked for", () => {
  const {curves, asked, answer} = openCurves();
  curves.want([point("r1", 3), point("r2", 4)], [0, 0], 0);
  for (const name of ["r1", "r2"]) answer(part(name, [0, 1, 2, 3]));
  answer({done: true});
  curves.want([point("r1", 3), point("r2", 5)], [0, 0], 0);
  assert.deepEqual(
    asked()
      .at(-1)
      .rois.map((/** @type {Roi} */ {name}) => name),
    ["r2"],
  );
});

test("in a drag, what runs comes to its first points before the latest is asked for", () => {
  const {curves, asked, answer} = openCurves();
  for (const x of [3, 4, 5, 6]) curves.want([point("r1", x)], [0, 0], 0);
  assert.equal(asked().length, 1);
  answer(part("r1", [0, 1]));
  assert.equal(curves.isCurrent("r1"), false);
  assert.equal(asked().length, 2);
  assert.deepEqual(asked()[1].rois[0].points, [[6, 1]]);
  answer(part("r1", [0]));
  assert.equal(curves.isCurrent("r1"), true);
  assert.deepEqual([...(curves.get("r1")?.mean[0] ?? [])], [0, NaN, NaN, NaN]); // nothing of the old one
});

test("what is wanted no more is cancelled and forgotten", () => {
  const {curves, asked, answer} = openCurves();
  curves.want([point("r1", 3)], [0, 0], 0);
  answer(part("r1", [0]));
  curves.want([], [0, 0], 0);
  assert.equal(asked("cancel").length, 1);
  assert.equal(curves.get("r1"), undefined);
});

test("a region that cannot be measured says why, and is not asked for again", () => {
  const {curves, asked, answer} = openCurves();
  curves.want([point("r1", 300)], [0, 0], 0);
  answer({name: "r1", failed: "it takes no pixel"});
  answer({done: true});
  assert.equal(curves.current("r1")?.failed, "it takes no pixel");
  assert.deepEqual(curves.current("r1")?.mean, []);
  curves.want([point("r1", 300)], [1, 0], 0);
  assert.equal(asked().length, 1);
});

test("errors and progress are passed on, and what has failed is not asked for again", () => {
  const {curves, asked, answer, log} = openCurves();
  curves.want([point("r1", 3)], [0, 0], 0);
  answer({progress: [2, 4]});
  answer({error: "no such file"});
  assert.deepEqual(log.progress, [[2, 4]]);
  assert.deepEqual(log.errors, ["no such file"]);
  assert.equal(curves.current("r1")?.failed, "no such file");
  curves.want([point("r1", 3)], [1, 0], 0);
  assert.equal(asked().length, 1);
  curves.want([point("r1", 4)], [1, 0], 0);
  assert.equal(asked().length, 2);
});

test("of RGB there is a curve for each color", () => {
  const {curves, answer} = openCurves();
  curves.want([point("r1", 3)], [0, 0], 0);
  const values = [[1, 2, 3]];
  answer({name: "r1", indices: [2], mean: values, min: values, max: values});
  const {mean} = /** @type {import("../../../../viewer/jpkl_viewer/tools/regions/curves.js").Curve} */ (
    curves.get("r1")
  );
  assert.deepEqual(
    mean.map((sample) => sample[2]),
    [1, 2, 3],
  );
});

test("regions can be measured at positions of their own, and without a dim in one frame", () => {
  const {curves, asked, answer} = openCurves();
  const [a, b] = [0, 1].map((channel) => ({...point(`r1 ${channel}`, 3), position: [2, channel]}));
  curves.want([a, b], [2, 0], 0);
  assert.deepEqual(
    asked()[0].rois.map((/** @type {any} */ {position}) => position),
    [
      [2, 0],
      [2, 1],
    ],
  );
  for (const {name} of [a, b]) answer(part(name, [0, 1, 2, 3]));
  answer({done: true});
  curves.want([b], [2, 1], 0);
  assert.equal(asked().length, 1, "what is known is not asked for again");
  curves.want([b], [2, 1], null);
  answer(part(b.name, [0]));
  assert.equal(asked()[1].dim, null);
  assert.deepEqual([...(curves.get(b.name)?.mean[0] ?? [])], [0]);
});
