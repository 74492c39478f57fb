import assert from "node:assert/strict";
import {test} from "node:test";
import {Viewport} from "../../../../viewer/jpkl_viewer/browser/viewport.js";
import {
  centered,
  readSettings,
  clampToFrame,
  indexAt,
  layOut,
  pixelAt,
  remark,
  thickness,
} from "../../../../viewer/jpkl_viewer/tools/ortho/layout.js";

const FRAME = {width: 100, height: 50};

/**
 * What is seen of the frame.
 * @param {{left: number, top: number, width: number, height: number}} box
 * @param {import("../../../../viewer/jpkl_viewer/browser/types.js").Zoom | null} zoom
 */
function seen(box, zoom = null, frame = FRAME) {
  const viewport = new Viewport(frame, () => {});
  viewport.resize(box);
  viewport.fit(zoom);
  return viewport;
}

/** The whole frame at four pixels of the screen per pixel, in the upper left of a figure of 600 x 500. */
const WHOLE = seen({left: 0, top: 0, width: 400, height: 200});
const SLOT = {width: 400, height: 200};

test("settings of a link are taken only if the stack has the dim and the pixel", () => {
  const settings = {dim: 2, x: 99, y: 0};
  assert.equal(readSettings(settings, [0, 2], FRAME), settings);
  for (const change of [{dim: 1}, {dim: "2"}, {x: 100}, {x: -1}, {y: 50}, {y: 1.5}, {x: "3"}, {y: null}])
    assert.equal(readSettings({...settings, ...change}, [0, 2], FRAME), null, JSON.stringify(change));
  for (const value of [undefined, null, true, "ortho", []])
    assert.equal(readSettings(value, [0, 2], FRAME), null);
});

test("the crosshair begins in the middle", () => {
  assert.deepEqual(centered(1, {width: 101, height: 50}), {dim: 1, x: 50, y: 25});
  const settings = centered(1, {width: 1, height: 1});
  assert.equal(readSettings(settings, [1], {width: 1, height: 1}), settings);
});

test("views are to scale where it is known, and neither too thin nor too thick", () => {
  const stage = {width: 1000, height: 500};
  assert.deepEqual(thickness(15, [2, 1], FRAME, stage), [150, 165]);
  assert.deepEqual(thickness(10, null, FRAME, stage), [100, 100]);
  assert.deepEqual(thickness(2, [1, 1], FRAME, stage), [80, 80]);
  assert.deepEqual(thickness(2000, [1, 1], FRAME, stage), [330, 165]);
  // Pixels four times as high as wide: 100 x 200 widths of a pixel, at 2.5 pixels of the screen each.
  assert.deepEqual(thickness(15, [1, 4], {...FRAME, aspect: 4}, stage), [150, 150]);
});

test("views of pixels that are not square are drawn to scale, too", () => {
  const frame = {...FRAME, aspect: 2};
  const {views, lines} = layOut(
    seen({left: 0, top: 0, width: 400, height: 400}, null, frame),
    frame,
    {width: 400, height: 400},
    [90, 80],
    {x: 10, y: 20, share: 0},
  );
  assert.deepEqual(views[1], {box: [400, 0, 90, 400], image: [400, 0, 90, 400]});
  assert.deepEqual(lines[1], [0, 164, 490, 1]);
});

test("a place on the stage is the pixel there, or the nearest", () => {
  for (let x = 0; x < FRAME.width; x++) {
    assert.equal(pixelAt(x * 4 + 0.1, 0, WHOLE, FRAME).x, x);
    assert.equal(pixelAt(x * 4 + 3.9, 0, WHOLE, FRAME).x, x);
  }
  assert.deepEqual(pixelAt(-30, 999, WHOLE, FRAME), {x: 0, y: 49});
  // Columns 20 to 59 and rows 10 to 29, at 10 pixels of the screen each.
  const zoomed = seen({left: 7, top: 3, width: 400, height: 200}, [39.5, 19.5, 2.5]);
  assert.deepEqual(pixelAt(7 + 52, 3 + 41, zoomed, FRAME), {x: 25, y: 14});
  assert.deepEqual(clampToFrame(100, -2, FRAME), {x: 99, y: 0});
});

test("a place in a view is the index there, or the nearest", () => {
  assert.deepEqual(
    [-5, 0, 9, 10, 79, 80, 500].map((place) => indexAt(place, 80, 8)),
    [0, 0, 0, 1, 7, 7, 7],
  );
});

test("views are beside the picture, and the crosshair runs through all three", () => {
  const {views, lines} = layOut(WHOLE, FRAME, SLOT, [90, 80], {x: 10, y: 20, share: 0.25});
  const [againstX, againstY] = views;
  assert.deepEqual(againstX, {box: [0, 200, 400, 80], image: [0, 200, 400, 80]});
  assert.deepEqual(againstY, {box: [400, 0, 90, 200], image: [400, 0, 90, 200]});
  assert.deepEqual(lines, [
    [42, 0, 1, 280],
    [0, 82, 490, 1],
    [0, 220, 400, 1],
    [422.5, 0, 1, 200],
  ]);
});

test("views are right beside a picture that does not fill the figure", () => {
  const {picture, scales} = WHOLE;
  const toStage = WHOLE.toStage.bind(WHOLE);
  const toFrame = WHOLE.toFrame.bind(WHOLE);
  const corner = {box: {left: 0, top: 0, width: 700, height: 500}, picture, scales, toStage, toFrame};
  const {views} = layOut(corner, FRAME, {width: 700, height: 500}, [90, 80], {x: 0, y: 0, share: 0});
  assert.deepEqual(
    views.map(({box}) => box),
    [
      [0, 206, 400, 80],
      [406, 0, 90, 200],
    ],
  );
});

test("zoomed in, views show the columns and rows that are seen", () => {
  // Columns 20 to 39 and rows 10 to 19, at 20 pixels of the screen each.
  const zoomed = seen(WHOLE.box, [29.5, 14.5, 5]);
  const {views, lines} = layOut(zoomed, FRAME, SLOT, [90, 80], {x: 40, y: 15, share: 0.5});
  assert.deepEqual(views[0], {box: [0, 200, 400, 80], image: [-400, 200, 2000, 80]});
  assert.deepEqual(views[1], {box: [400, 0, 90, 200], image: [400, -200, 90, 1000]});
  assert.equal(lines[0], null, "column 40 is not seen");
  assert.deepEqual(lines[1], [0, 110, 490, 1]);
  const other = layOut(zoomed, FRAME, SLOT, [90, 80], {x: 20, y: 20, share: 0.5});
  assert.deepEqual(other.lines[0], [10, 0, 1, 280]);
  assert.equal(other.lines[1], null, "row 20 is not seen");
});

test("what is not as it is gets said", () => {
  assert.equal(remark("z", [2, 2], 1), "");
  assert.equal(remark("time", null, 4), "time is not to scale; shown at 1/4 of the size");
});
