import assert from "node:assert/strict";
import {test} from "node:test";
import {Reporter, Unreported} from "../../../../viewer/jpkl_viewer/browser/frames/reporting.js";
import {fakeClock} from "../../clock.js";

test("a scrub is reported soon, and then at most ten times a second", (t) => {
  const clock = fakeClock(t);
  let n = 0;
  const reporter = new Reporter(() => {
    n++;
    return false;
  });
  for (let i = 0; i < 1000; i++) {
    reporter.soon(true);
    clock.pass(1);
  }
  assert.ok(n >= 9 && n <= 11, String(n));
});

test("the next report waits until Python has taken the last one", (t) => {
  const clock = fakeClock(t);
  let n = 0;
  const reporter = new Reporter(() => {
    n++;
    return true;
  });
  reporter.soon(true);
  clock.pass(30);
  reporter.soon(true);
  clock.pass(2000);
  assert.equal(n, 1);
  reporter.acknowledge();
  clock.pass(200);
  assert.equal(n, 2, "what changed meanwhile is not lost");
});

test("other changes are reported together once there were none for a moment", (t) => {
  const clock = fakeClock(t);
  let n = 0;
  const reporter = new Reporter(() => {
    n++;
    return false;
  });
  for (let i = 0; i < 5; i++) reporter.soon();
  clock.pass(250);
  assert.equal(n, 0);
  clock.pass(100);
  assert.equal(n, 1);
});

const settings = (/** @type {object} */ changed = {}) =>
  /** @type {import("../../../../viewer/jpkl_viewer/browser/types.js").Settings} */ (
    /** @type {unknown} */ ({position: [0], colormap: "gray", ...changed})
  );

test("only what has changed is reported, and nothing where nothing has", () => {
  const unreported = new Unreported(settings());
  assert.equal(unreported.take(settings()), null);
  assert.deepEqual(unreported.take(settings({colormap: "fire"})), {colormap: "fire"});
  assert.equal(unreported.take(settings({colormap: "fire"})), null);
});

test("what Python has sent is not reported back", () => {
  const unreported = new Unreported(settings());
  unreported.receive(settings({position: [4]}), false);
  assert.equal(unreported.take(settings({position: [4]})), null);
});

test("what Python sent is reported once more where a report has crossed with it, and nothing else", () => {
  const unreported = new Unreported(settings());
  unreported.take(settings({position: [3]}));
  unreported.receive({position: [4]}, true);
  assert.deepEqual(unreported.take(settings({position: [4]})), {position: [4]});
});

test("what is about to be reported still is after Python has sent something else", () => {
  const unreported = new Unreported(settings());
  unreported.receive({position: [4]}, false);
  assert.deepEqual(unreported.take(settings({position: [4], colormap: "fire"})), {colormap: "fire"});
});

test("a report on its way is followed by another where that is asked for, and none is without it", (t) => {
  const clock = fakeClock(t);
  let n = 0;
  const reporter = new Reporter(() => {
    n++;
    return true;
  });
  assert.equal(reporter.repeat(), false);
  clock.pass(1000);
  assert.equal(n, 0);
  reporter.soon(true);
  clock.pass(1000);
  assert.equal(reporter.repeat(), true);
  clock.pass(1000);
  assert.equal(n, 1);
  reporter.acknowledge();
  clock.pass(1000);
  assert.equal(n, 2);
  reporter.acknowledge();
  assert.equal(reporter.repeat(), false);
});

test("a report that may be lost is not waited for, and what it said is said again with what has changed", (t) => {
  const clock = fakeClock(t);
  const unreported = new Unreported(settings());
  let now = settings({colormap: "fire"});
  /** @type {(object | null)[]} */
  const reports = [];
  const reporter = new Reporter(() => {
    reports.push(unreported.take(now));
    return true;
  });
  reporter.soon();
  clock.pass(400);
  now = settings({colormap: "fire", position: [3]});
  unreported.receive(settings({colormap: "gray"}), false);
  unreported.revert();
  reporter.restart();
  clock.pass(400);
  assert.deepEqual(reports, [{colormap: "fire"}, {colormap: "fire", position: [3]}]);
  unreported.acknowledge();
  unreported.revert();
  assert.equal(unreported.take(now), null);
});
