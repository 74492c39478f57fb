import assert from "node:assert/strict";
import {test} from "node:test";
import {Profiles} from "../../../../viewer/jpkl_viewer/tools/regions/profiles.js";
import {openPython} from "./examples.js";

/** @typedef {import("../../../../viewer/jpkl_viewer/tools/regions/shapes.js").Roi} Roi */

test("profiles are asked for once for a frame, and replaced together", () => {
  const {asks, asked, answer} = openPython();
  let changes = 0;
  const profiles = new Profiles(asks, {onChange: () => changes++, onError: assert.fail});
  /** @type {Roi[]} */
  const lines = ["r1", "r2"].map((name, i) => ({
    name,
    shape: "line",
    points: [
      [0, i],
      [5, i],
    ],
    color: "#000000",
  }));
  profiles.want(lines, null); // no frame is shown yet
  profiles.want([], [0, 0]);
  assert.equal(asked().length, 0);
  profiles.want(lines, [1, 0]);
  profiles.want(lines, [1, 0]);
  assert.equal(asked().length, 1);
  answer({name: "r1", distance: [0, 1], values: [7, 8]});
  assert.equal(profiles.get("r1"), undefined);
  answer({name: "r2", failed: "it lies outside"});
  answer({done: true});
  assert.equal(changes, 1);
  assert.deepEqual(profiles.get("r1"), {distance: [0, 1], values: [7, 8], at: [1, 0]});
  assert.equal(profiles.get("r2")?.failed, "it lies outside");
  profiles.want(lines, [2, 0]);
  assert.equal(asked().length, 2);
});
