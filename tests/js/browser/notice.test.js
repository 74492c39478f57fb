import assert from "node:assert/strict";
import {afterEach, beforeEach, test} from "node:test";
import {Notice} from "../../../viewer/jpkl_viewer/browser/notice.js";
import {fakeClock} from "../clock.js";

const page = {
  createElement: () => ({hidden: false, className: "", textContent: "", setAttribute() {}, append() {}}),
};
beforeEach(() => {
  Object.assign(globalThis, {document: page});
});
afterEach(() => {
  Reflect.deleteProperty(globalThis, "document");
});

test("a short wait is not mentioned, a long one is until the picture is there", (t) => {
  const clock = fakeClock(t);
  const notice = new Notice();
  let isShown = false;
  notice.waitFor(
    () => isShown,
    () => false,
  );
  clock.pass(350);
  assert.ok(notice.element.hidden);
  clock.pass(100);
  assert.deepEqual([notice.element.hidden, notice.element.textContent], [false, "Loading …"]);
  isShown = true;
  notice.showError(null);
  assert.ok(notice.element.hidden);
  clock.pass(5000);
  assert.ok(notice.element.hidden);
});

test("it is said when the server does not answer", (t) => {
  const clock = fakeClock(t);
  const notice = new Notice();
  let isStalled = false;
  notice.waitFor(
    () => false,
    () => isStalled,
  );
  clock.pass(450);
  isStalled = true;
  clock.pass(1000);
  assert.match(notice.element.textContent ?? "", /does not answer/);
});

test("only the last wait counts", (t) => {
  const clock = fakeClock(t);
  const notice = new Notice();
  for (let i = 0; i < 20; i++) {
    notice.waitFor(
      () => false,
      () => false,
    );
    clock.pass(100);
  }
  assert.ok(notice.element.hidden);
});

test("why there is no picture stays until there is one, and the last word is not taken back", (t) => {
  fakeClock(t);
  const notice = new Notice();
  notice.showError(new Error("damaged"));
  assert.deepEqual([notice.element.hidden, notice.element.textContent], [false, "damaged"]);
  notice.say("The connection is lost.");
  notice.isFinal = true;
  notice.showError(null);
  assert.deepEqual([notice.element.hidden, notice.element.textContent], [false, "The connection is lost."]);
});
