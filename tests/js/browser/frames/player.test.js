import assert from "node:assert/strict";
import {test} from "node:test";
import {Player, RateMeter, Scrub, fold} from "../../../../viewer/jpkl_viewer/browser/frames/player.js";
import {fakeClock} from "../../clock.js";

test("nothing is foreseen before the first move", () => {
  assert.deepEqual(new Scrub().ahead(5, 20, 4, false), []);
});

test("frames ahead follow the direction of the scrub, and end with the dim", (t) => {
  fakeClock(t);
  const scrub = new Scrub();
  scrub.moved([5, 1], [6, 1], 10);
  assert.equal(scrub.dim, 0);
  assert.deepEqual(scrub.ahead(6, 10, 4, false), [7, 8, 9]);
  scrub.moved([6, 1], [5, 1], 10);
  assert.deepEqual(scrub.ahead(5, 10, 3, false), [4, 3, 2]);
});

test("frames ahead follow the speed of the scrub", (t) => {
  const clock = fakeClock(t);
  const scrub = new Scrub();
  scrub.moved([0], [1], 100);
  for (let at = 1; at < 25; at += 4) {
    clock.pass(16);
    scrub.moved([at], [at + 4], 100);
  }
  assert.equal(scrub.step, 4);
  assert.deepEqual(scrub.ahead(25, 100, 3, false), [29, 33, 37]);
});

test("after a pause the old speed is forgotten", (t) => {
  const clock = fakeClock(t);
  const scrub = new Scrub();
  scrub.moved([0], [5], 100);
  clock.pass(16);
  scrub.moved([5], [10], 100);
  clock.pass(500);
  scrub.moved([10], [12], 100);
  assert.equal(scrub.step, 1);
});

test("the first move says the direction alone, the second one the speed", (t) => {
  const clock = fakeClock(t);
  const scrub = new Scrub();
  scrub.moved([10], [13], 100);
  assert.deepEqual(scrub.ahead(13, 100, 2, false), [14, 15], "neighbors of the place that was gone to");
  clock.pass(16);
  scrub.moved([13], [16], 100);
  assert.deepEqual(scrub.ahead(16, 100, 2, false), [19, 22]);
  clock.pass(16);
  scrub.moved([16], [13], 100);
  assert.deepEqual(scrub.ahead(13, 100, 2, false), [12, 11], "it has turned");
});

test("clicks that go as far as they happen to foresee nothing, moves of about one speed do", (t) => {
  const clock = fakeClock(t);
  const scrub = new Scrub();
  let at = 0;
  const move = (/** @type {number} */ delta) => {
    clock.pass(30);
    scrub.moved([at], [(at += delta)], 400);
    return scrub.ahead(at, 400, 1, false);
  };
  assert.deepEqual([20, 7, 30, 12].map(move).flat(), []);
  assert.deepEqual([8, 10, 13].map((delta) => move(delta).map((next) => next - at)).flat(), [10, 10, 12]);
});

test("the pace is that of the moves, and that of a held key before there are several", (t) => {
  const clock = fakeClock(t);
  const scrub = new Scrub();
  scrub.moved([0], [1], 100);
  assert.equal(scrub.interval, 33);
  for (let at = 1; at < 9; at++) {
    clock.pass(16);
    scrub.moved([at], [at + 1], 100);
    assert.equal(scrub.interval, 16);
  }
  clock.pass(500);
  scrub.moved([9], [10], 100);
  assert.equal(scrub.interval, 33);
});

test("after a jump nothing is foreseen, and another dim starts anew", (t) => {
  fakeClock(t);
  const scrub = new Scrub();
  scrub.moved([0, 0], [90, 0], 100);
  assert.deepEqual(scrub.ahead(90, 100, 4, false), []);
  scrub.moved([90, 0], [90, 1], 5);
  assert.equal(scrub.dim, 1);
  assert.deepEqual(scrub.ahead(1, 5, 2, false), [2, 3]);
});

test("while playing, frames ahead go on at the start of the dim, each once", () => {
  const scrub = new Scrub();
  scrub.step = 1;
  assert.deepEqual(scrub.ahead(3, 5, 16, true), [4, 0, 1, 2]);
});

for (const [mode, expected] of Object.entries({
  once: [0, 1, 2, 3, 3, 3, 3, 3],
  loop: [0, 1, 2, 3, 0, 1, 2, 3],
  "back and forth": [0, 1, 2, 3, 2, 1, 0, 1],
}))
  test(`playing ${mode} visits ${expected}`, () => {
    assert.deepEqual(
      expected.map((_, steps) => fold(steps, 4, mode)),
      expected,
    );
  });

test("a dim of one index can be played back and forth", () => {
  assert.equal(fold(7, 1, "back and forth"), 0);
});

test("the clock decides how far playing has come", (t) => {
  const clock = fakeClock(t);
  /** @type {number[]} */
  const seen = [];
  const player = new Player((index) => seen.push(index));
  player.start(2, 10, {fps: 10, mode: "loop"});
  assert.ok(player.isPlaying);
  clock.pass(990);
  assert.equal(seen.at(-1), (2 + 9) % 10);
  assert.deepEqual([...new Set(seen)], [2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
  player.stop();
  const n = seen.length;
  clock.pass(100);
  assert.equal(seen.length, n);
  assert.ok(!player.isPlaying);
});

test("playing once ends at the last index, and starts over from there", (t) => {
  const clock = fakeClock(t);
  /** @type {number[]} */
  const seen = [];
  const player = new Player((index) => seen.push(index));
  player.start(0, 3, {fps: 50, mode: "once"});
  clock.pass(200);
  assert.ok(!player.isPlaying);
  assert.deepEqual([...new Set(seen)], [0, 1, 2]);
  player.start(2, 3, {fps: 50, mode: "once"});
  clock.pass(200);
  assert.deepEqual([...new Set(seen.slice(seen.indexOf(2)))].sort(), [0, 1, 2]);
});

test("what plays back and forth keeps its way at another speed", (t) => {
  const clock = fakeClock(t);
  /** @type {number[]} */
  const seen = [];
  const player = new Player((index) => seen.push(index));
  const mode = "back and forth";
  player.start(0, 10, {fps: 10, mode});
  clock.pass(1350);
  const at = seen.at(-1) ?? 0;
  assert.equal(at, 5);
  player.start(at, 10, {fps: 20, mode});
  clock.pass(120);
  assert.equal(seen.at(-1), 3);
  clock.pass(200);
  assert.equal(seen.at(-1), 1, "from the first on, it goes forth");
  player.stop();
  player.start(5, 10, {fps: 20, mode});
  clock.pass(120);
  assert.equal(seen.at(-1), 7);
});

test("the rate is that of the last frames", () => {
  const rate = new RateMeter();
  assert.equal(rate.count(0), null);
  assert.equal(rate.count(100), null);
  assert.equal(rate.count(200), 10);
  for (let now = 5000; now <= 7000; now += 50) rate.count(now);
  assert.equal(Math.round(rate.count(7050) ?? 0), 20);
  rate.reset();
  assert.equal(rate.count(8000), null);
});
