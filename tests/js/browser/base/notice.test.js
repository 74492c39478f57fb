import assert from "node:assert/strict";
import {afterEach, beforeEach, test} from "node:test";
import {
  frameErrorCard,
  frameName,
  nextIndex,
} from "../../../../viewer/jpkl_viewer/browser/stage/frame_error.js";
import {Notice} from "../../../../viewer/jpkl_viewer/browser/base/notice.js";
import {fakeClock} from "../../clock.js";
import {makeStack} from "../../stacks.js";

/** An element that keeps its children, and has their texts. */
class Element {
  hidden = false;
  className = "";
  /** @type {(Element | string)[]} */
  children = [];
  onclick = async () => {};
  isSelected = false;
  setAttribute() {}
  select() {
    this.isSelected = true;
  }
  append(/** @type {(Element | string)[]} */ ...children) {
    this.children.push(...children);
  }
  replaceChildren(/** @type {(Element | string)[]} */ ...children) {
    this.children = children;
  }
  /** @returns {string} */
  get textContent() {
    return this.children.map((child) => (typeof child === "string" ? child : child.textContent)).join("|");
  }
  set textContent(text) {
    this.children = [text];
  }
}

const page = {createElement: () => new Element()};
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
  assert.match(notice.element.textContent ?? "", /The server does not answer/);
});

test("in a notebook it is the kernel that does not answer", (t) => {
  const clock = fakeClock(t);
  const notice = new Notice("Python does not answer.");
  notice.waitFor(
    () => false,
    () => true,
  );
  clock.pass(450);
  assert.equal(notice.element.textContent, "Python does not answer. Still trying …");
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

test("a frame that cannot be read is said by its index, with what can be done", async () => {
  const notice = new Notice();
  const stack = makeStack({});
  /** @type {number[][]} */
  const moves = [];
  const view = {stack, move: (/** @type {number[]} */ ...to) => moves.push(to), link: "x", ownsUrl: false};
  const last = stack.sizes.map((size) => size - 1);
  const card = frameErrorCard(
    view,
    {position: last},
    new Error("frame (1, 2) cannot be shown: the JPEG is cut off"),
    0,
  );
  notice.showError(new Error("damaged"), card);
  const text = notice.element.textContent ?? "";
  assert.match(text, new RegExp(`^Frame .*${last[0]}.* cannot be read\\|The JPEG is cut off\\.`));
  assert.match(text, /Previous frame\|Copy details\|$/);
  const row = /** @type {any} */ (notice.element).children.at(-2);
  await row.children[0].onclick();
  assert.deepEqual(moves, [[0, last[0] - 1]]);
  assert.deepEqual([nextIndex(0, 3), nextIndex(2, 3)], [1, 1]);
  assert.equal(frameName([], stack), "This frame");
  const alone = frameErrorCard(view, {position: last}, new Error("gone"), stack.sizes.length);
  assert.deepEqual(
    alone.actions?.map((action) => action.text),
    ["Copy details"],
  );
});

test("where a page has no clipboard, details are shown to be copied by hand", async () => {
  const notice = new Notice();
  const stack = makeStack({});
  const position = stack.sizes.map(() => 0);
  const view = {stack, move: () => {}, link: "http://here/#1", ownsUrl: true};
  notice.showError(new Error("x"), frameErrorCard(view, {position}, new Error("it is cut off"), 0));
  const [row, field] = /** @type {any} */ (notice.element).children.slice(-2);
  assert.ok(field.hidden);
  await row.children[1].onclick();
  assert.deepEqual(
    [field.hidden, field.isSelected, row.children[1].textContent],
    [false, true, "Copy details"],
  );
  assert.match(field.value, /cannot be read\nit is cut off\nhttp:\/\/here\/#1$/);
});

test("the last word has the command that starts the viewer again", () => {
  const notice = new Notice();
  notice.sayLast({title: "Stopped", text: "Start it again", command: "jpkl view a"});
  notice.showError(null);
  assert.deepEqual(
    [notice.element.hidden, notice.element.textContent],
    [false, "Stopped|Start it again|jpkl view a"],
  );
});
