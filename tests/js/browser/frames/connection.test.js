import assert from "node:assert/strict";
import {test} from "node:test";
import {REASON_HEADER} from "../../../../viewer/jpkl_viewer/browser/base/limits.js";
import {reloadWhenBack} from "../../../../viewer/jpkl_viewer/browser/frames/connection.js";

const [PAGE, OF_A_PROXY, REASON] = [{}, {status: 404}, {status: 404, headers: {[REASON_HEADER]: "1"}}].map(
  (of) => new Response("", of),
);

for (const [what, found] of Object.entries({"answers well": PAGE, "says why it shows nothing": REASON}))
  test(`the page is loaded again as soon as the server ${what}`, async (t) => {
    t.mock.timers.enable({apis: ["setTimeout"]});
    const answers = [() => Promise.reject(new Error("away")), () => OF_A_PROXY, () => found];
    const asked = t.mock.fn(async () => answers[asked.mock.callCount()]());
    const reload = t.mock.fn();
    t.mock.method(globalThis, "fetch", asked);
    Object.assign(globalThis, {window: {location: {href: "http://localhost/", reload}}});
    t.after(() => Reflect.deleteProperty(globalThis, "window"));
    reloadWhenBack();
    for (let i = 1; i <= 4; i++) {
      assert.equal(reload.mock.callCount(), 0);
      t.mock.timers.tick(999);
      assert.equal(asked.mock.callCount(), i - 1);
      t.mock.timers.tick(1);
      await new Promise((next) => setImmediate(next));
      if (i === 3) break;
    }
    assert.equal(reload.mock.callCount(), 1);
    t.mock.timers.tick(5000);
    assert.equal(asked.mock.callCount(), 3);
  });
