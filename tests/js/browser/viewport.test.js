import assert from "node:assert/strict";
import {test} from "node:test";
import {Viewport} from "../../../viewer/jpkl_viewer/browser/viewport.js";

class FakeRange {
  start = 0;
  end = 1;
  change = {connect: (/** @type {() => void} */ slot) => void (this.slot = slot), disconnect() {}};
  /** @type {() => void} */
  slot = () => {};

  get min() {
    return Math.min(this.start, this.end);
  }

  get max() {
    return Math.max(this.start, this.end);
  }

  /**
   * @param {object} values
   * @param {{sync: boolean}} options
   */
  setv(values, options) {
    assert.deepEqual(options, {sync: false}, "the view stays in the browser");
    Object.assign(this, values);
    this.slot();
  }
}

/** A viewport of 400 x 200 screen pixels on a frame of 100 x 100. */
function makeViewport(width = 400, height = 200) {
  const changes = {n: 0};
  const model = {x_range: new FakeRange(), y_range: new FakeRange()};
  const view = /** @type {any} */ ({model, frame: {bbox: {left: 10, top: 20, width, height}}});
  const viewport = new Viewport(view, {width: 100, height: 100}, () => changes.n++);
  viewport.fit();
  return {viewport, model, view, changes};
}

test("the whole frame fits, in the middle, with square pixels and row 0 on top", () => {
  const {viewport, model} = makeViewport();
  assert.equal(viewport.scale, 2);
  assert.deepEqual([model.x_range.start, model.x_range.end], [-50.5, 149.5]);
  assert.deepEqual([model.y_range.start, model.y_range.end], [99.5, -0.5]);
  assert.equal(viewport.zoom, null);
});

test("the picture is where its edges are, as far as they are seen", () => {
  const {viewport} = makeViewport();
  assert.deepEqual(viewport.picture, {left: 110, right: 310, top: 20, bottom: 220});
  viewport.zoomAt(10, 210, 120);
  assert.deepEqual(viewport.picture, {left: 10, right: 410, top: 20, bottom: 220});
});

test("zooming keeps the pixel under the pointer where it is", () => {
  const {viewport, changes} = makeViewport();
  const under = () => viewport.ranges[0].min + (150 - viewport.box.left) / viewport.scale;
  const before = under();
  const heard = changes.n;
  viewport.zoomAt(3, 150, 50);
  assert.ok(Math.abs(under() - before) < 1e-9);
  assert.equal(viewport.scale, 6);
  assert.ok(changes.n > heard);
});

test("panning moves the picture by pixels of the screen", () => {
  const {viewport, model} = makeViewport();
  viewport.pan(20, -10);
  assert.deepEqual([model.x_range.start, model.x_range.end], [-60.5, 139.5]);
  assert.deepEqual([model.y_range.start, model.y_range.end], [104.5, 4.5]);
});

test("a zoom that was read is shown the same again, on a screen of any size", () => {
  const {viewport} = makeViewport();
  viewport.zoomAt(4, 150, 50);
  const {zoom} = viewport;
  const other = makeViewport(900, 700).viewport;
  other.fit(zoom);
  assert.deepEqual(
    other.zoom?.map((value) => value.toFixed(6)),
    zoom?.map((value) => value.toFixed(6)),
  );
});

test("another shape of the figure keeps the zoom; a hidden figure changes nothing", () => {
  const {viewport, view} = makeViewport();
  viewport.lastZoom = [30, 40, 5];
  view.frame.bbox = {left: 0, top: 0, width: 1, height: 0};
  const before = viewport.ranges.map(({start, end}) => [start, end]);
  viewport.resize();
  assert.deepEqual(
    viewport.ranges.map(({start, end}) => [start, end]),
    before,
  );
  view.frame.bbox = {left: 0, top: 0, width: 300, height: 600};
  viewport.resize();
  assert.deepEqual(viewport.zoom, [30, 40, 5]);
  const [x, y] = viewport.ranges;
  assert.ok(Math.abs(300 / (x.max - x.min) - 600 / (y.max - y.min)) < 1e-9);
});
