import assert from "node:assert/strict";
import {test} from "node:test";
import {ShapeLayer} from "../../../../viewer/jpkl_viewer/tools/regions/layer.js";

/** @typedef {import("../../../../viewer/jpkl_viewer/tools/regions/shapes.js").Point} Point */

/** What is used of an element, which keeps its place. */
const element = () => ({
  style: {left: "0px"},
  dataset: {},
  classList: {toggle() {}},
  setAttribute() {},
  append() {},
  replaceChildren() {},
  setPointerCapture() {},
  getBoundingClientRect() {
    return {left: parseFloat(this.style.left), top: 0};
  },
});

/**
 * A layer over a frame of 900 x 900 pixels, each of them one of the screen.
 * @param {import("node:test").TestContext} t
 * @param {number} [offsetLeft] where the figure begins
 */
function makeLayer(t, offsetLeft = 0) {
  Object.assign(globalThis, {document: {createElementNS: element}});
  t.after(() => Reflect.deleteProperty(globalThis, "document"));
  const same = (/** @type {number} */ x, /** @type {number} */ y) => [x, y];
  const view = {
    root: {focus() {}},
    stack: {width: 900, height: 900, pixelSize: null, pixelUnit: ""},
    state: {names: false},
    viewport: {isOpen: true, toFrame: same, toStage: same},
    figureSlot: {offsetLeft, offsetTop: 0, offsetWidth: 100, offsetHeight: 100},
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

test("what is drawn beside another picture is drawn where the figure is", (t) => {
  const {layer, added, point} = makeLayer(t, 500);
  layer.pick("point");
  layer.layout();
  point("down", 1, 520, 30);
  assert.deepEqual(added, [[[520, 30]]]);
});
