import assert from "node:assert/strict";
import {test} from "node:test";
import {Asks} from "../../../../viewer/jpkl_viewer/browser/frames/asks.js";
import {LabelFrames} from "../../../../viewer/jpkl_viewer/tools/labels/frames.js";
import {fakeClock} from "../../clock.js";
import {makeStack} from "../../stacks.js";

const CELLS = {name: "cells", dtype: "uint8", sizes: [10]};

/** A frame of which all pixels are 7: form, number of values, the value, and the number of each pixel. */
const SEVENS = Uint8Array.of(0, 1, 7, ...Array.from({length: 48}, () => 0));

function openFrames() {
  /** @type {any[]} */
  const sent = [];
  const asks = new Asks((message) => sent.push(message));
  const frames = new LabelFrames(asks, makeStack({labels: [CELLS]}), () => {});
  /** @param {object[]} answers */
  const answer = (...answers) => {
    const {slot, id} = sent.at(-1);
    for (const each of answers) asks.receive({slot, id, ...each});
    asks.receive({slot, id, done: true});
  };
  return {frames, sent, answer};
}

test("labels that cannot be read are asked for again after a while", (t) => {
  const clock = fakeClock(t);
  const {frames, sent, answer} = openFrames();
  frames.want([CELLS], [[3]]);
  answer({name: "cells", number: 3, failed: "the disk is away"});
  assert.equal(frames.get(CELLS, [3])?.error, "the disk is away");
  frames.want([CELLS], [[3]]);
  assert.equal(sent.length, 1);
  clock.pass(3500);
  frames.want([CELLS], [[3]]);
  assert.equal(sent.length, 2);
  answer({name: "cells", number: 3, data: SEVENS});
  assert.deepEqual([frames.get(CELLS, [3])?.error, frames.get(CELLS, [3])?.runs?.values], ["", [7]]);
});
