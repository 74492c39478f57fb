import assert from "node:assert/strict";
import {test} from "node:test";
import {Viewport} from "../../../../viewer/jpkl_viewer/browser/state/viewport.js";

/** @typedef {import("../../../../viewer/jpkl_viewer/browser/types.js").Zoom} Zoom */

/** @type {import("../../../../viewer/jpkl_viewer/browser/state/viewport.js").Frame} */
const FRAME = {width: 100, height: 100};

/** A viewport of 400 x 200 screen pixels on a frame of 100 x 100. */
function makeViewport(width = 400, height = 200, frame = FRAME) {
  const changes = {n: 0};
  const viewport = new Viewport(frame, () => changes.n++);
  viewport.resize({left: 10, top: 20, width, height});
  return {viewport, changes};
}

/** @param {{min: number, max: number}[]} ranges */
const rounded = (ranges) => ranges.map(({min, max}) => [min, max].map((value) => Number(value.toFixed(6))));

test("the whole frame fits, in the middle, with square pixels and row 0 on top", () => {
  const {viewport} = makeViewport();
  assert.equal(viewport.scale, 2);
  assert.deepEqual(rounded(viewport.ranges), [
    [-50.5, 149.5],
    [-0.5, 99.5],
  ]);
  assert.equal(viewport.zoom, null);
});

test("a fit shows all of a larger frame at the same place, and each picture has its own edges", () => {
  const {viewport} = makeViewport();
  viewport.extent = {width: 100, height: 200};
  viewport.fit();
  assert.equal(viewport.scale, 1);
  assert.equal(viewport.isFitted, true);
  assert.deepEqual(viewport.pictureOf(viewport.extent), {left: 160, right: 260, top: 20, bottom: 220});
  assert.deepEqual(viewport.marked, viewport.picture, "what is beside it has its own marks");
  viewport.isOver = true;
  assert.deepEqual(viewport.marked, viewport.pictureOf(viewport.extent));
  assert.deepEqual(viewport.picture, {left: 160, right: 260, top: 20, bottom: 120});
  viewport.zoomAt(2, 210, 120);
  viewport.zoomAt(1 / 2, 210, 120);
  assert.equal(viewport.zoom, null);
});

test("pixels that are not square in the specimen are not on the screen", () => {
  const {viewport} = makeViewport(400, 400, {width: 100, height: 25, aspect: 4});
  assert.deepEqual(viewport.scales, [4, 16]);
  assert.deepEqual(viewport.picture, {left: 10, right: 410, top: 20, bottom: 420});
  assert.deepEqual(viewport.toFrame(...viewport.toStage(30, 7)), [30, 7]);
  const flat = makeViewport(400, 400, {width: 100, height: 100, aspect: 0.25}).viewport;
  assert.deepEqual(flat.scales, [4, 1]);
  assert.deepEqual(flat.picture, {left: 10, right: 410, top: 170, bottom: 270});
});

test("the picture is where its edges are, as far as they are seen", () => {
  const {viewport} = makeViewport();
  assert.deepEqual(viewport.picture, {left: 110, right: 310, top: 20, bottom: 220});
  viewport.zoomAt(10, 210, 120);
  assert.deepEqual(viewport.picture, {left: 10, right: 410, top: 20, bottom: 220});
});

test("zooming keeps the pixel under the pointer where it is", () => {
  const {viewport, changes} = makeViewport();
  const before = viewport.toFrame(150, 50);
  const heard = changes.n;
  viewport.zoomAt(3, 150, 50);
  const after = viewport.toFrame(150, 50);
  assert.ok(Math.hypot(before[0] - after[0], before[1] - after[1]) < 1e-9);
  assert.equal(viewport.scale, 6);
  assert.ok(changes.n > heard);
});

test("no fling of the wheel leaves the bounds, and coming back shows the whole frame again", () => {
  const {viewport} = makeViewport();
  for (let i = 0; i < 200; i++) viewport.zoomAt(1.2, 150, 50);
  assert.equal(viewport.scale, 50, "a pixel is a quarter of the view");
  for (let i = 0; i < 200; i++) viewport.zoomAt(1 / 1.2, 390, 210);
  assert.equal(viewport.scale, 1, "half of a fit");
  viewport.fit();
  assert.equal(viewport.zoom, null);
  const tiny = makeViewport(400, 200, {width: 2, height: 2}).viewport;
  tiny.zoomAt(5, 200, 100);
  assert.equal(tiny.scale, tiny.fitScale, "a frame of few pixels is not zoomed into");
});

test("a small frame can be seen at one to one, though a hand makes it no smaller than half of a fit", () => {
  const {viewport} = makeViewport(4000, 4000);
  viewport.zoomAt(0.1, 5, 5);
  assert.equal(viewport.scale, 20);
  viewport.setScale(1);
  assert.equal(viewport.scale, 1);
  viewport.zoomAt(0.1, 5, 5);
  assert.equal(viewport.scale, 1);
  viewport.zoomAt(1.2, 2000, 2000);
  assert.equal(viewport.scale, 1.2, "and comes back from there in small steps");
  const {zoom} = viewport;
  viewport.fit(zoom);
  assert.deepEqual(viewport.zoom, zoom, "a link has it, too");
});

test("panning moves the picture by pixels of the screen, and keeps a part of it in view", () => {
  const {viewport} = makeViewport();
  viewport.pan(20, -10);
  assert.deepEqual(rounded(viewport.ranges), [
    [-60.5, 139.5],
    [4.5, 104.5],
  ]);
  viewport.pan(1e9, 1e9);
  const {picture, box} = viewport;
  assert.equal(picture.right - picture.left, 50, "a quarter of its width");
  assert.equal(picture.bottom - picture.top, box.height / 4);
  viewport.zoomAt(8, 200, 100);
  viewport.pan(-1e9, 0);
  assert.equal(viewport.picture.right - viewport.picture.left, box.width / 4);
});

test("nothing that a link or a hand says gives a view without numbers", () => {
  const {viewport} = makeViewport();
  const zooms = [
    [NaN, 0, 1],
    [0, 0, NaN],
    [1e308, -1e308, 1e308],
    [0, 0, 1e-300],
    [Infinity, 0, 2],
    [3, 4, -1],
  ];
  for (const zoom of zooms) {
    viewport.fit(/** @type {Zoom} */ (zoom));
    for (const factor of [0, NaN, -1, Infinity, 1e300]) viewport.zoomAt(factor, NaN, 5);
    viewport.pan(NaN, Infinity);
    const {left, right, top, bottom} = viewport.picture;
    for (const value of [...rounded(viewport.ranges).flat(), left, right, top, bottom, ...viewport.scales])
      assert.ok(Number.isFinite(value), String(zoom));
    assert.ok(right > left && bottom > top, String(zoom));
  }
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

test("a part is shown as large as it fits in, and a pixel as wide as is said", () => {
  const {viewport} = makeViewport();
  viewport.showPart([59.5, 29.5, 9.5, 9.5]); // from any of its corners
  assert.equal(viewport.scale, 8);
  assert.deepEqual(rounded(viewport.ranges), [
    [9.5, 59.5],
    [7, 32],
  ]);
  viewport.showPart([5, 5, 5, 5]); // of no size
  assert.equal(viewport.scale, 50);
  viewport.setScale(1);
  assert.equal(viewport.scale, 1);
});

test("another shape of the figure keeps the zoom; a hidden figure changes nothing", () => {
  const {viewport} = makeViewport();
  viewport.fit([30, 40, 5]);
  viewport.resize({left: 0, top: 0, width: 1, height: 0});
  assert.equal(viewport.isOpen, false);
  assert.deepEqual(viewport.zoom, [30, 40, 5]);
  viewport.resize({left: 0, top: 0, width: 300, height: 600});
  assert.deepEqual(viewport.zoom, [30, 40, 5]);
  assert.equal(viewport.scale, 15);
});

test("a panel that opens moves no pixel; a fit is into what it leaves, and closing it brings all back", () => {
  const {viewport} = makeViewport();
  const places = () => [viewport.scale, ...viewport.toStage(0, 0), ...viewport.toStage(77, 99)];
  const [before, {box, painted}] = [places(), viewport];
  viewport.cover({...box, height: 120}, [0, 0]); // it takes the lowest 80 pixels of 200
  assert.deepEqual(places(), before);
  assert.equal(viewport.isFitted, false);
  assert.deepEqual(viewport.zoom, null, "a link does not know the panel");
  assert.deepEqual(
    viewport.picture,
    {left: 110, right: 310, top: 20, bottom: 140},
    "what lies over it is seen",
  );
  assert.deepEqual(viewport.ranges[1], {min: -0.5, max: 59.5});
  assert.deepEqual(viewport.painted, painted, "nothing is painted again");
  viewport.cover(box, [0, 0]);
  assert.deepEqual(places(), before);
  assert.equal(viewport.isFitted, true);
  viewport.cover({...box, height: 120}, [0, 0]);
  viewport.pan(0, -80); // brings up what is covered
  assert.equal(viewport.toStage(0, 99.5)[1], 140);
  assert.equal(viewport.scale, before[0]);
  viewport.fit();
  assert.equal(viewport.scale, 1.2);
  assert.equal(viewport.isFitted, true);
  const fitted = places();
  viewport.cover(box, [0, 0]);
  assert.deepEqual(places(), fitted, "a panel that closes moves none either");
});

test("another shape of the viewer keeps a zoom as it is seen beside a panel that has opened since", () => {
  const {viewport} = makeViewport();
  viewport.zoomAt(4, 210, 120);
  viewport.cover({...viewport.box, height: 100}, [0, 0]);
  const [scale, middle] = [viewport.scale, viewport.toFrame(210, 70)];
  viewport.resize({...viewport.box, width: 399});
  assert.equal(viewport.scale, scale);
  const [x, y] = viewport.toFrame(209.5, 70);
  assert.ok(Math.hypot(x - middle[0], y - middle[1]) < 1e-9);
});

test("a panel above the stage moves the stage, and no pixel", () => {
  const {viewport} = makeViewport();
  viewport.orient({turns: 1, isFlipped: true});
  viewport.zoomAt(3, 150, 50);
  const before = viewport.toStage(5, 7);
  viewport.cover({...viewport.box, height: 160}, [0, 40]);
  assert.deepEqual(viewport.toStage(5, 7), [before[0], before[1] - 40]);
  const seen = viewport.toFrame(200, 90);
  viewport.orient({turns: 2, isFlipped: true});
  viewport.orient({turns: 1, isFlipped: true});
  const after = viewport.toFrame(200, 90);
  assert.ok(Math.hypot(seen[0] - after[0], seen[1] - after[1]) < 1e-9);
});

test("where panels cover all of the picture, what lies over it is in what they leave", () => {
  const {viewport} = makeViewport();
  viewport.zoomAt(0.5, 210, 120);
  viewport.pan(0, 1e9);
  viewport.cover({left: 10, top: 20, width: 400, height: 100}, [0, 0]);
  assert.ok(viewport.toStage(0, -0.5)[1] > 120);
  assert.deepEqual(viewport.picture, {left: 160, right: 260, top: 20, bottom: 120});
  viewport.zoomAt(1, 210, 70);
  assert.equal(viewport.picture.bottom - viewport.picture.top, 25, "a hand brings it back");
});
