import assert from "node:assert/strict";
import {test} from "node:test";
import {countViews} from "../../../../viewer/jpkl_viewer/browser/stage/still.js";

/** What hides stills on the page. */
const styles = /** @type {Set<any>} */ (new Set());
const page = {
  createElement: () => {
    const style = {
      text: "",
      append: (/** @type {string} */ text) => (style.text += text),
      remove: () => styles.delete(style),
    };
    return style;
  },
  head: {append: (/** @type {object} */ style) => styles.add(style)},
};

test("the still is hidden as long as there is a view of its widget, whichever comes first", (t) => {
  Object.assign(globalThis, {document: page});
  t.after(() => Reflect.deleteProperty(globalThis, "document"));
  countViews("a", 1);
  countViews("a", 1);
  countViews("b", 1);
  assert.deepEqual(
    [...styles].map(({text}) => text),
    ['[data-jpkl-still="a"] {display: none !important}', '[data-jpkl-still="b"] {display: none !important}'],
  );
  countViews("a", -1);
  assert.equal(styles.size, 2);
  countViews("a", -1);
  countViews("b", -1);
  assert.equal(styles.size, 0);
});
