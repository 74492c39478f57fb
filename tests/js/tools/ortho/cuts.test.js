import assert from "node:assert/strict";
import {test} from "node:test";
import {Cuts} from "../../../../viewer/jpkl_viewer/tools/ortho/cuts.js";

/** A cut whose pixels say where it is. @param {string} where @returns {any} */
const cut = (where) => [{data: where}];

/** @param {string} x @param {string} y */
const answer = (x, y) => ({againstX: x ? cut(x) : [], againstY: y ? cut(y) : [], scale: 1});

/** @param {Cuts} cuts */
const shown = (cuts) => [0, 1].map((i) => cuts.at(i)?.pictures);

test("only views of another place are asked for", () => {
  const cuts = new Cuts();
  const first = cuts.wanting(["y0", "x0"]);
  assert.deepEqual(first.against, ["x", "y"]);
  first.take(answer("y0", "x0"), []);
  assert.deepEqual(cuts.wanting(["y0", "x1"]).against, ["y"]);
  assert.deepEqual(cuts.wanting(["y1", "x0"]).against, ["x"]);
  assert.deepEqual(cuts.wanting(["y0", "x0"]).against, []);
});

test("a line that went and came back shows no view of between, though that came in the meantime", () => {
  const cuts = new Cuts();
  cuts.wanting(["y0", "x0"]).take(answer("y0", "x0"), []);
  const there = cuts.wanting(["y1", "x0"]);
  const back = cuts.wanting(["y0", "x1"]);
  there.take(answer("y1", ""), []);
  assert.deepEqual(shown(cuts), [cut("y1"), cut("x0")]);
  back.take(answer("", "x1"), []);
  assert.deepEqual(shown(cuts), [cut("y0"), cut("x1")]);
});

test("where views could not be made none is shown, until those come that were asked for meanwhile", () => {
  const cuts = new Cuts();
  const answer = (/** @type {string[]} */ ...against) =>
    /** @type {any} */ ({
      againstX: against.includes("x") ? ["of x"] : [],
      againstY: against.includes("y") ? ["of y"] : [],
      scale: 1,
    });
  cuts.wanting(["a", "b"]).take(answer("x", "y"), []);
  cuts.wanting(["c", "b"]); // fails
  const {against, take} = cuts.wanting(["d", "b"]);
  cuts.clear();
  assert.deepEqual([cuts.at(0), cuts.at(1)], [null, null]);
  assert.deepEqual(against, ["x"]);
  take(answer("x"), []);
  assert.deepEqual([cuts.at(0)?.key, cuts.at(1)?.key, cuts.at(1)?.pictures], ["d", "b", ["of y"]]);
});
