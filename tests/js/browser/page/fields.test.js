import assert from "node:assert/strict";
import {test} from "node:test";
import {playbackControls} from "../../../../viewer/jpkl_viewer/browser/page/dims.js";

/** What is used of an element. */
class FakeElement extends EventTarget {
  value = "";
  title = "";
  hidden = false;
  firstElementChild = {setAttribute() {}};
  onchange = () => {};
  append() {}
  setAttribute() {}
}

test("what is typed as the speed stays while it plays, until it is taken or the field is left", (t) => {
  /** @type {FakeElement[]} */
  const inputs = [];
  const make = (/** @type {string} */ tag) => {
    const element = new FakeElement();
    if (tag === "input") inputs.push(element);
    return element;
  };
  Object.assign(globalThis, {
    document: {
      createElement: make,
      createElementNS: (/** @type {string} */ _, /** @type {string} */ tag) => make(tag),
    },
  });
  t.after(() => Reflect.deleteProperty(globalThis, "document"));
  const playback = {dim: 0, fps: 10, mode: /** @type {const} */ ("loop")};
  const controls = playbackControls({onChange: (values) => controls.update({...playback, ...values}, 9)});
  const [field] = inputs;
  const type = (/** @type {string} */ text) => {
    field.value = text;
    field.dispatchEvent(new Event("input"));
    controls.update(playback, 9);
  };
  field.addEventListener("change", () => field.onchange());
  controls.update(playback, null);
  assert.equal(field.value, "10");
  type("500");
  assert.equal(field.value, "500");
  field.dispatchEvent(new Event("change"));
  assert.notEqual(field.value, "500", "it is the fastest there is");
  type("2");
  assert.equal(field.value, "2");
  field.dispatchEvent(new Event("blur"));
  controls.update(playback, 9);
  assert.equal(field.value, "10");
});
