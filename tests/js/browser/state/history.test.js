import assert from "node:assert/strict";
import {test} from "node:test";
import {History} from "../../../../viewer/jpkl_viewer/browser/state/history.js";

test("steps are taken back and done again", () => {
  const history = new History();
  assert.deepEqual([history.canUndo, history.undo("a")], [false, undefined]);
  history.keep("a");
  history.keep("b");
  assert.equal(history.undo("c"), "b");
  assert.equal(history.undo("b"), "a");
  assert.deepEqual([history.canUndo, history.canRedo], [false, true]);
  assert.equal(history.redo("a"), "b");
  assert.equal(history.redo("b"), "c");
  assert.equal(history.redo("c"), undefined);
  history.undo("c");
  history.keep("b");
  assert.equal(history.canRedo, false, "what was done instead is what counts");
});

test("a drag is one step, and the next one another", () => {
  const history = new History();
  for (const state of ["a", "b", "c"]) history.keep(state, "drag r1");
  history.end();
  history.keep("d", "drag r1");
  history.keep("e", "drag r2");
  assert.deepEqual([history.undo("f"), history.undo("e"), history.undo("d")], ["e", "d", "a"]);
  history.keep("a", "drag r2");
  assert.equal(history.undo("b"), "a", "after a step back, an act begins anew");
});

test("it ends somewhere", () => {
  const history = new History();
  for (let i = 0; i < 1000; i++) history.keep(i);
  let n = 0;
  while (history.undo(0) !== undefined) n++;
  assert.equal(n, 100);
  history.keep(1);
  history.clear();
  assert.equal(history.canUndo, false);
});
