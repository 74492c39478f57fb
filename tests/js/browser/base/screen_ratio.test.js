import assert from "node:assert/strict";
import {test} from "node:test";
import {watchScreenRatio} from "../../../../viewer/jpkl_viewer/browser/base/screen_ratio.js";

test("a window that is moved to another screen, and to the next, is noticed until nobody asks", (t) => {
  const before = /** @type {any} */ (globalThis).window;
  t.after(() => Object.assign(globalThis, {window: before}));
  /** @type {Map<string, EventTarget>} */
  const queries = new Map();
  const window = {
    devicePixelRatio: 1,
    /** @param {string} text */
    matchMedia(text) {
      const query = queries.get(text) ?? new EventTarget();
      queries.set(text, query);
      return query;
    },
  };
  Object.assign(globalThis, {window});
  let n = 0;
  const end = watchScreenRatio(() => n++);
  /** @param {number} ratio */
  const move = (ratio) => {
    const old = window.devicePixelRatio;
    window.devicePixelRatio = ratio;
    for (const each of [old, ratio])
      queries.get(`(resolution: ${each}dppx)`)?.dispatchEvent(new Event("change"));
  };
  move(2);
  assert.equal(n >= 1, true);
  const [heard] = [n];
  move(1.5);
  assert.equal(n > heard, true);
  end();
  const [last] = [n];
  move(1);
  assert.equal(n, last);
});
