import assert from "node:assert/strict";
import test from "node:test";
import {sceneChoices, sceneUrl} from "../../../../viewer/jpkl_viewer/tools/scenes/link.js";

test("the link to another scene keeps what else is asked for, and leaves out what was seen", () => {
  const href = "http://localhost:5755/?stack=a.lif&scene=0#time=3";
  assert.equal(sceneUrl(href, "Pos 1/ä&b"), "http://localhost:5755/?stack=a.lif&scene=Pos+1%2F%C3%A4%26b");
});

test("scenes that have numbers in place of names, and one at a smaller scale that is shown", () => {
  assert.deepEqual(sceneChoices(["0", "cells"], "0"), [
    ["0", "scene 0"],
    ["cells", "cells"],
  ]);
  assert.deepEqual(
    sceneChoices(["a", "b"], "a, level 1").map(([value]) => value),
    ["a, level 1", "a", "b"],
  );
});
