import assert from "node:assert/strict";
import {test} from "node:test";
import {ShapeLayer} from "../../../../viewer/jpkl_viewer/tools/regions/layer.js";

/** @typedef {import("../../../../viewer/jpkl_viewer/tools/regions/shapes.js").Point} Point */

/** What is used of an element, which does nothing. */
const element = () => ({
  style: {},
  dataset: {},
  classList: {toggle() {}},
  setAttribute() {},
  append() {},
  replaceChildren() {},
  setPointerCapture() {},
  getBoundingClientRect: () => ({left: 0, top: 0}),
});

/**
 * A layer over a frame of 100 x 100 pixels, each of them one of the screen.
 * @param {import("node:test").TestContext} t
 */
function makeLayer(t) {
  Object.assign(globalThis, {document: {createElementNS: element}});
  t.after(() => Reflect.deleteProperty(globalThis, "document"));
  const same = (/** @type {number} */ x, /** @type {number} */ y) => [x, y];
  const view = {
    root: {focus() {}},
    stack: {width: 100, height: 100, pixelSize: null, pixelUnit: ""},
    state: {names: false},
    viewport: {isOpen: true, toFrame: same, toStage: same},
    figureSlot: {offsetWidth: 100, offsetHeight: 100},
  };
  /** @type {Point[][]} */
  const added = [];
  const layer = new ShapeLayer(/** @type {any} */ (view), {
    onAdd: (_, points) => added.push(points),
    onChange() {},
    onEnd() {},
    onSelect() {},
    onPick() {},
  });
  /** @type {(type: string, pointerId: number, x: number, y: number) => void} */
  const point = (type, pointerId, clientX, clientY) => {
    const event = {pointerId, clientX, clientY, button: 0, isPrimary: pointerId === 1, preventDefault() {}};
    /** @type {any} */ (layer.element)[`onpointer${type}`]({...event, target: layer.element});
  };
  return {layer, added, point};
}

test("a second finger does not draw", (t) => {
  const {layer, added, point} = makeLayer(t);
  layer.pick("line");
  point("down", 1, 10, 10);
  point("down", 2, 80, 80);
  point("move", 1, 30, 20);
  point("move", 2, 90, 90);
  point("up", 2, 90, 90);
  point("up", 1, 30, 20);
  assert.deepEqual(added, [
    [
      [10, 10],
      [30, 20],
    ],
  ]);
  layer.pick("line");
  point("down", 1, 10, 10);
  point("cancel", 2, 0, 0);
  assert.equal(layer.picked, "line");
  point("cancel", 1, 0, 0);
  assert.equal(layer.picked, null);
});
