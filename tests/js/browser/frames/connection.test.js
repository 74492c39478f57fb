import assert from "node:assert/strict";
import {test} from "node:test";
import {reloadWhenBack} from "../../../../viewer/jpkl_viewer/browser/frames/connection.js";

test("the page is loaded again as soon as the server answers well", async (t) => {
  t.mock.timers.enable({apis: ["setTimeout"]});
  const answers = [() => Promise.reject(new Error("away")), () => ({ok: false}), () => ({ok: true})];
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
