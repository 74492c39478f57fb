import assert from "node:assert/strict";
import {test} from "node:test";
import {Profiles} from "../../../../viewer/jpkl_viewer/tools/regions/profiles.js";
import {openPython} from "./examples.js";

test("profiles are asked for once for a frame, and replaced together", () => {
  const {asks, asked, answer} = openPython();
  let changes = 0;
  const profiles = new Profiles(asks, {onChange: () => changes++, onError: assert.fail});
  /** @param {number[]} position */
  const lines = (position) =>
    ["r1", "r2"].map((name, i) => ({
      name,
      shape: /** @type {const} */ ("line"),
      points: /** @type {[number, number][]} */ ([
        [0, i],
        [5, i],
      ]),
      position,
    }));
  profiles.want([]); // no frame is shown yet
  assert.equal(asked().length, 0);
  profiles.want(lines([1, 0]));
  profiles.want(lines([1, 0]));
  assert.equal(asked().length, 1);
  assert.deepEqual(asked()[0].rois, lines([1, 0]));
  answer({name: "r1", distance: [0, 1], values: [7, 8]});
  assert.equal(profiles.get("r1"), undefined);
  answer({name: "r2", failed: "it lies outside"});
  answer({done: true});
  assert.equal(changes, 1);
  assert.deepEqual(profiles.get("r1"), {distance: [0, 1], values: [7, 8], at: [1, 0]});
  assert.equal(profiles.get("r2")?.failed, "it lies outside");
  profiles.want(lines([2, 0]));
  assert.equal(asked().length, 2);
  answer({done: true});
  profiles.want(lines([2, 0]), {pixel_size: [2, 2]});
  assert.equal(asked().length, 3, "distances are other ones");
  assert.deepEqual(asked()[2].by_hand, {pixel_size: [2, 2]});
});
