import assert from "node:assert/strict";
import {test} from "node:test";
import {Reporter} from "../../../../viewer/jpkl_viewer/browser/frames/reporting.js";
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
