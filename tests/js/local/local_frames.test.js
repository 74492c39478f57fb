import assert from "node:assert/strict";
import {test} from "node:test";
import {Pull} from "../../../viewer/jpkl_viewer/browser/frames/providers.js";
import {LocalFrames} from "../../../viewer/jpkl_viewer/local/local_frames.js";
import {fakeClock} from "../clock.js";

test("frames of a viewer that is closed are asked for no more, neither stored ones nor computed ones", (t) => {
  const clock = fakeClock(t);
  /** @type {object[]} */
  const sent = [];
  const send = (/** @type {object} */ message) => sent.push(message);
  const frames = new LocalFrames(new Pull(send), send);
  frames.want([0, "0 mean 0"]);
  clock.pass(7000);
  assert.equal(sent.length, 4, "without an answer, again");
  frames.close();
  clock.pass(60_000);
  assert.equal(sent.length, 4);
});
