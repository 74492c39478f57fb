import assert from "node:assert/strict";
import {test} from "node:test";
import "../canvas.js";

/** What is used of an element, which does nothing. */
const element = () => ({
  get style() {
    return {};
  },
  set style(_) {},
  setAttribute() {},
  append() {},
  remove() {},
});

test("what is drawn over the picture does not fail with what failed before it, nor does another viewer", async (t) => {
  const before = /** @type {any} */ (globalThis).window;
  t.after(() => {
    Object.assign(globalThis, {window: before});
    Reflect.deleteProperty(globalThis, "document");
  });
  Object.assign(globalThis, {document: {createElement: element}, window: {}});
  const {EmbeddedOverlay} = await import("../../../viewer/jpkl_viewer/browser/drawn_over.js");
  /** @type {object[]} */
  const attached = [];
  const figure = {overlaySlot: element(), attach: (/** @type {object} */ view) => attached.push(view)};
  const jpkl = /** @type {any} */ ({figure});
  let asked = 0;
  const fail = async () => {
    asked++;
    throw new Error("the kernel is gone");
  };
  await assert.rejects(new EmbeddedOverlay(jpkl, "3", fail).draw({}), /kernel/);
  await assert.rejects(new EmbeddedOverlay(jpkl, "3", fail).draw({}), /kernel/);
  assert.equal(asked, 2);
  const view = {frame: {bbox: {width: 100}}, remove() {}};
  /** @param {{isBroken?: boolean}} item */
  const embed = async ({isBroken}) => {
    if (isBroken) throw new Error("broken");
    return [view];
  };
  Object.assign(globalThis, {window: {Bokeh: {version: "3", embed: {embed_item: embed}}}});
  const overlay = new EmbeddedOverlay(jpkl, "3", fail);
  await assert.rejects(overlay.draw({isBroken: true}), /broken/);
  await overlay.draw({});
  assert.deepEqual(attached, [view]);
});
