import assert from "node:assert/strict";
import {test} from "node:test";
import {Keyboard} from "../../../../viewer/jpkl_viewer/browser/input/keyboard.js";

/** What is used of elements. */
class Element extends EventTarget {
  isConnected = true;
  value = "";
  setAttribute() {}
  removeAttribute() {}
  focus() {}
  /** @param {string} selector */
  matches(selector) {
    return this instanceof Field && selector.startsWith("input, ");
  }
  getRootNode() {
    return globalThis.document;
  }
}
class Field extends Element {}

/** @param {import("node:test").TestContext} t */
function makePage(t) {
  const page = {
    Element,
    HTMLInputElement: Field,
    HTMLTextAreaElement: class {},
    ShadowRoot: class {},
    document: {activeElement: null},
    window: new EventTarget(),
  };
  const before = Object.keys(page).map((name) => [name, Reflect.get(globalThis, name)]);
  Object.assign(globalThis, page);
  t.after(() => Object.assign(globalThis, Object.fromEntries(before)));
  const [root, field] = [new Element(), new Field()];
  new Keyboard(/** @type {any} */ (root), false, () => true).listen();
  /** @type {string[]} */
  const heard = [];
  field.addEventListener("input", () => heard.push(field.value));
  return {
    field,
    heard,
    /** @param {string} type of an event of the field, which the root hears */
    say(type) {
      root.dispatchEvent(Object.defineProperty(new Event(type), "target", {value: field}));
    },
    /** @param {string} key */
    press(key) {
      const event = new Event("keydown");
      page.window.dispatchEvent(Object.assign(event, {key, composedPath: () => [field, root]}));
    },
  };
}

test("Escape takes back what was typed, and not what was written into the field meanwhile", (t) => {
  const {field, heard, say, press} = makePage(t);
  const type = (/** @type {string} */ text) => {
    for (const key of text) press(key);
    field.value = text;
    say("input");
  };
  field.value = "100 %";
  say("focusin");
  type("3");
  press("Escape");
  assert.deepEqual([field.value, heard], ["100 %", ["100 %"]]);
  field.value = "200 %"; // the wheel has zoomed
  press("Escape");
  assert.deepEqual([field.value, heard.length], ["200 %", 1]);
  type("30");
  press("Escape");
  assert.deepEqual([field.value, heard], ["200 %", ["100 %", "200 %"]]);
  type("50");
  field.value = "50 %";
  say("change");
  press("Escape");
  assert.equal(field.value, "50 %", "it was taken");
});
