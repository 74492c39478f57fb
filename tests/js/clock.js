// Time that passes when a test says so.

/**
 * Replaces `setTimeout`, `performance.now` and animation frames (each 16 ms) until the test ends.
 * @param {import("node:test").TestContext} t
 */
export function fakeClock(t) {
  let now = 1000;
  /** @type {Map<number, (now: number) => void>} */
  let frames = new Map();
  let last = 0;
  t.mock.timers.enable({apis: ["setTimeout"]});
  t.mock.method(performance, "now", () => now);
  const names = ["requestAnimationFrame", "cancelAnimationFrame"];
  t.after(() => names.forEach((name) => Reflect.deleteProperty(globalThis, name)));
  Object.assign(globalThis, {
    /** @param {(now: number) => void} call */
    requestAnimationFrame(call) {
      frames.set(++last, call);
      return last;
    },
    /** @param {number} id */
    cancelAnimationFrame(id) {
      frames.delete(id);
    },
  });
  return {
    /** @param {number} ms */
    pass(ms) {
      for (let i = 0; i < ms; i++) {
        now++;
        t.mock.timers.tick(1);
        if (now % 16) continue;
        const due = frames;
        frames = new Map();
        for (const call of due.values()) call(now);
      }
    },
  };
}
