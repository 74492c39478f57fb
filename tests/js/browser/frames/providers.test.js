import assert from "node:assert/strict";
import {test} from "node:test";
import {Pull} from "../../../../viewer/jpkl_viewer/browser/frames/providers.js";
import {fakeClock} from "../../clock.js";

/** @typedef {import("../../../../viewer/jpkl_viewer/browser/types.js").FrameKey} FrameKey */

/**
 * A provider whose requests are kept.
 * @param {import("node:test").TestContext} t
 */
function makePull(t) {
  const clock = fakeClock(t);
  /** @type {FrameKey[][]} */
  const asked = [];
  const pull = new Pull(({keys}) => asked.push(keys));
  const answer = (/** @type {FrameKey} */ key) =>
    pull.receive({key, data: Uint8Array.of(Number(key)).buffer});
  return {clock, asked, pull, answer};
}

test("positions that were passed while a request is under way are never asked for", (t) => {
  const {asked, pull, answer} = makePull(t);
  for (const key of [1, 2, 3, 4]) pull.want([key]);
  assert.deepEqual(asked, [[1]]);
  answer(1);
  assert.deepEqual(asked, [[1], [4]]);
  answer(4);
  assert.deepEqual(
    [1, 2, 3, 4].map((key) => pull.has(key)),
    [true, false, false, true],
  );
  assert.deepEqual(pull.get(4), {bytes: Uint8Array.of(4)});
});

test("what has come is not asked for again", (t) => {
  const {asked, pull, answer} = makePull(t);
  pull.want([1]);
  pull.want([1]);
  answer(1);
  pull.want([1]);
  assert.deepEqual(asked, [[1]]);
});

test("onFrame is called for each frame that comes", (t) => {
  const {pull, answer} = makePull(t);
  let n = 0;
  pull.onFrame = () => n++;
  pull.want([1, 2]);
  answer(1);
  answer(2);
  assert.equal(n, 2);
});

test("frames ahead fill the pauses, nearest first, and what is visible goes before them", (t) => {
  const {asked, pull, answer} = makePull(t);
  pull.want([1], [2, 3]);
  answer(1);
  assert.deepEqual(asked, [[1], [2]]);
  pull.want([7], [8]);
  assert.deepEqual(asked, [[1], [2], [7]], "what is visible does not wait for what is ahead");
  answer(7);
  answer(2);
  assert.deepEqual(asked, [[1], [2], [7], [8]]);
});

test("frames ahead are asked for in pieces of the size of a picture", (t) => {
  const {asked, pull, answer} = makePull(t);
  pull.want([1, 2], [3, 4, 5, 6]);
  answer(1);
  answer(2);
  assert.deepEqual(asked, [
    [1, 2],
    [3, 4],
  ]);
});

test("on a slow link the next request does not wait for the answer to the last one", (t) => {
  const {clock, asked, pull, answer} = makePull(t);
  pull.want([1]);
  clock.pass(200);
  answer(1);
  assert.ok(pull.latency > 100);
  for (const key of [2, 3, 4, 5]) pull.want([key]);
  assert.deepEqual(asked, [[1], [2], [3]]);
  answer(2);
  assert.deepEqual(asked.at(-1), [5], "the latest");
});

test("on a fast link there is one request at a time", (t) => {
  const {clock, asked, pull, answer} = makePull(t);
  pull.want([1]);
  clock.pass(10);
  answer(1);
  for (const key of [2, 3]) pull.want([key]);
  assert.deepEqual(asked, [[1], [2]]);
});

/**
 * A provider whose frames come 20 ms after they were asked for.
 * @param {import("node:test").TestContext} t
 */
function makeFast(t) {
  const {clock, asked, pull, answer} = makePull(t);
  pull.want([100]);
  clock.pass(20);
  answer(100);
  asked.length = 0;
  return {clock, asked, pull, answer};
}

test("of what a hand may never reach, no more is asked for than is passed until it can be there", (t) => {
  const {asked, pull, answer} = makePull(t);
  const ahead = Array.from({length: 16}, (_, i) => i + 2);
  pull.want([1], ahead, {interval: 33, reserve: 50});
  for (let i = 0; i < asked.length; i++) asked[i].forEach(answer);
  assert.deepEqual(asked.flat(), [1, 2, 3]);
  pull.want([1], ahead);
  for (let i = 3; i < asked.length; i++) asked[i].forEach(answer);
  assert.deepEqual(asked.flat().length, 17, "all, where nothing is said of a hand");
});

test("frames of a held key are on their way before it reaches them, at most two requests at a time", (t) => {
  const {clock, asked, pull, answer} = makeFast(t);
  const pace = {interval: 40, reserve: 50};
  const want = (/** @type {number} */ at) =>
    pull.want(
      [at],
      Array.from({length: 16}, (_, i) => at + 1 + i),
      pace,
    );
  want(1);
  clock.pass(20);
  answer(1);
  assert.deepEqual(asked, [[1], [2, 3]]);
  clock.pass(20);
  want(2);
  assert.deepEqual(asked.slice(2), [[4]], "the next while the last is on its way");
  want(3);
  assert.deepEqual(asked.length, 3);
  clock.pass(5);
  [2, 3].forEach(answer);
  assert.deepEqual(asked.slice(3), [[5]]);
});

test("what is computed is not asked for before the last has come: one takes the place of the other", (t) => {
  const {asked, pull} = makeFast(t);
  pull.want([100], ["1@max,0,0,9", "2@max,0,0,9"], {interval: 40, reserve: 50});
  assert.deepEqual(asked, [["1@max,0,0,9"]]);
});

test("a motion that is too fast for the link has one frame ahead at a time", (t) => {
  const {asked, pull} = makeFast(t);
  pull.want([100], [1, 2, 3], {interval: 16, reserve: 50});
  assert.deepEqual(asked, [[1]]);
});

test("how fast frames can come is seen where several are on their way", (t) => {
  const {clock, asked, pull, answer} = makeFast(t);
  pull.want([1, 2]);
  clock.pass(20);
  answer(1);
  clock.pass(3);
  answer(2);
  pull.want([1], [3, 4, 5], {interval: 16, reserve: 20});
  assert.deepEqual(asked.slice(1), [[3, 4, 5]]);
});

test("fetch resolves once its frames have come or failed, after what is wanted", async (t) => {
  const {asked, pull, answer} = makePull(t);
  pull.want([1]);
  const fetched = pull.fetch([8, 9]);
  assert.deepEqual(asked, [[1]]);
  answer(1);
  answer(8);
  assert.deepEqual(asked, [[1], [8], [9]]);
  pull.receive({key: 9, error: "damaged"});
  await fetched;
  assert.deepEqual([pull.has(8), pull.get(9)?.error], [true, "damaged"]);
});

test("what is fetched is asked for once, though there is not room for all of it at a time", async (t) => {
  const {asked, pull} = makePull(t);
  let isFetched = false;
  void pull.fetch([1, 2, 3]).then(() => (isFetched = true));
  const large = new Uint8Array(100 * 2 ** 20);
  for (let i = 0; i < asked.length && i < 10; i++)
    for (const key of asked[i]) pull.receive({key, data: large.buffer});
  await Promise.resolve();
  assert.deepEqual([asked, isFetched, pull.has(1)], [[[1], [2], [3]], true, false]);
});

test("a frame that failed is asked for again only after a while", (t) => {
  const {clock, asked, pull} = makePull(t);
  pull.want([1]);
  pull.receive({key: 1, error: "the disk is away"});
  pull.want([1]);
  assert.deepEqual(asked, [[1]]);
  clock.pass(3500);
  pull.want([1]);
  assert.deepEqual(asked, [[1], [1]]);
  assert.ok(!pull.has(1));
});

test("what was cancelled is asked for again where it is still wanted", (t) => {
  const {asked, pull} = makePull(t);
  pull.want(["1@max,0,0,9"]);
  pull.want(["1@max,0,0,5"]);
  pull.receive({key: "1@max,0,0,9", cancelled: true});
  assert.deepEqual(asked, [["1@max,0,0,9"], ["1@max,0,0,5"]]);
  assert.ok(!pull.has("1@max,0,0,9"));
});

test("the server is said not to answer after some seconds, and is asked again, ever more rarely", (t) => {
  const {clock, asked, pull, answer} = makePull(t);
  pull.want([1]);
  clock.pass(4900);
  assert.ok(!pull.isStalled);
  assert.equal(asked.length, 1);
  clock.pass(1500);
  assert.ok(pull.isStalled);
  assert.equal(asked.length, 2);
  clock.pass(9000);
  assert.equal(asked.length, 2);
  clock.pass(3000);
  assert.equal(asked.length, 3);
  answer(1);
  assert.ok(!pull.isStalled);
  clock.pass(60_000);
  assert.equal(asked.length, 3);
});

test("once the server is back, what is wanted is asked for at once, however long it was away", (t) => {
  const {clock, asked, pull, answer} = makePull(t);
  pull.want([1]);
  clock.pass(60_000);
  pull.want([2]);
  assert.deepEqual(asked.at(-1), [1], "it is waited for");
  pull.again();
  assert.deepEqual(asked.at(-1), [2]);
  assert.ok(!pull.isStalled);
  const {length} = asked;
  answer(2);
  clock.pass(60_000);
  assert.equal(asked.length, length);
});

test("where nobody looks any more, nothing is asked for again", (t) => {
  const {clock, asked, pull, answer} = makePull(t);
  pull.want([1], [2]);
  void pull.fetch([3]);
  pull.close();
  clock.pass(60_000);
  answer(1);
  assert.deepEqual(asked, [[1]]);
});

test("progress of a picture that is computed counts as an answer, and is told of what is visible", (t) => {
  const {clock, asked, pull} = makePull(t);
  /** @type {number[][]} */
  const heard = [];
  pull.onProgress = (done, total) => heard.push([done, total]);
  pull.want(["0@max,0,0,9"]);
  for (let done = 1; done < 9; done++) {
    clock.pass(4000);
    pull.receive({key: "0@max,0,0,9", progress: [done, 9]});
  }
  assert.equal(asked.length, 1);
  assert.ok(!pull.isStalled);
  assert.deepEqual(heard.at(-1), [8, 9]);
  pull.receive({key: "5@max,0,0,9", progress: [1, 9]});
  assert.equal(heard.length, 8);
});
