import assert from "node:assert/strict";
import {test} from "node:test";
import {Viewport} from "../../../../viewer/jpkl_viewer/browser/state/viewport.js";
import {
  centered,
  clampToFrame,
  depthOf,
  indexAt,
  layOut,
  pixelAt,
  planeName,
  readSettings,
  remark,
  slabOf,
  slabAround,
  slabProjection,
  spacingOf,
  stepOf,
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
const STACK = {...FRAME, frames: 8};

/**
 * All of a depth in a view.
 * @param {number} n
 * @param {number} thick
 */
const all = (n, thick) => ({thick, per: thick / n, start: 0});

test("settings of a link are taken only if the stack has the dim and the pixel", () => {
  const settings = {dim: 2, x: 99, y: 0};
  assert.equal(readSettings(settings, [0, 2], FRAME), settings);
  for (const change of [{dim: 1}, {dim: "2"}, {x: 100}, {x: -1}, {y: 50}, {y: 1.5}, {x: "3"}, {y: null}])
    assert.equal(readSettings({...settings, ...change}, [0, 2], FRAME), null, JSON.stringify(change));
  for (const value of [undefined, null, true, "ortho", []])
    assert.equal(readSettings(value, [0, 2], FRAME), null);
});

test("a slab is as thick in the picture as beside it, as far as spacing is known", () => {
  const settings = {dim: 1, x: 3, y: 4, slab: 9, method: "mean"};
  assert.deepEqual(slabOf(settings), {half: 4, method: "mean"});
  const projection = {dim: 1, method: "mean", start: 0, stop: 20, around: 4};
  assert.deepEqual(slabProjection(settings, 20, null), projection);
  assert.deepEqual(slabProjection(settings, 20, 2), {...projection, around: 2});
  assert.equal(slabProjection(settings, 20, 10), null, "one frame is thicker");
  assert.equal(slabProjection({...settings, slab: 1}, 20, null), null);
  // A band that is dragged is taken as it is where frames are at least a pixel apart, else the nearest that there is.
  for (const spacing of [null, 1, 2.4, 10])
    for (const around of [0, 1, 2, 7]) {
      const slab = slabAround(around, spacing);
      assert.equal(slabProjection({...settings, slab}, 20, spacing)?.around ?? 0, around);
    }
  assert.equal(slabProjection({...settings, slab: slabAround(1, 0.3)}, 20, 0.3)?.around, 3);
  for (const slab of [0, -3, 2.5, 1e9, "9"])
    assert.equal(slabOf(/** @type {any} */ ({...settings, slab})).half, 0, String(slab));
  assert.equal(slabOf({slab: 3, method: "constructor"}).method, "max");
});

test("the crosshair begins in the middle", () => {
  assert.deepEqual(centered(1, {width: 101, height: 50}), {dim: 1, x: 50, y: 25});
  const settings = centered(1, {width: 1, height: 1});
  assert.equal(readSettings(settings, [1], {width: 1, height: 1}), settings);
});

test("frames are as far apart as is known", () => {
  const stack = {pixelSize: /** @type {[number, number]} */ ([0.2, 0.1]), pixelUnit: "µm"};
  const dim = (/** @type {number[] | null} */ coords, unit = "µm") => ({name: "z", size: 3, coords, unit});
  /** @type {[number[] | null, number | null][]} */
  const cases = [
    [[0, 1, 2], 10],
    [[6, 3, 0], 30],
    [[0, 1, 1.9921875], 9.9609375],
    [[0, 1, 5], null],
    [[0, 1, 0], null],
    [[1, 1, 1], null],
    [[1], null],
    [null, null],
  ];
  for (const [coords, spacing] of cases) {
    assert.equal(spacingOf(dim(coords), stack), spacing, String(coords));
    assert.equal(stepOf(dim(coords)), spacing && spacing / 10, String(coords));
  }
  assert.equal(spacingOf(dim([0, 500, 1000], "nm"), stack), 5);
  assert.equal(spacingOf(dim([0, 1, 2], "um"), stack), 10);
  assert.equal(spacingOf(dim([0, 1, 2], "s"), stack), null);
  assert.equal(spacingOf(dim([0, 1, 2], ""), {...stack, pixelUnit: ""}), null);
  assert.equal(spacingOf(dim([0, 1, 2]), {...stack, pixelSize: null}), null);
});

test("room is kept for views at the scale of the frame, neither too thin nor too thick", () => {
  const stage = {width: 1006, height: 506};
  // 100 + 60 by 50 + 60 pixels: 4.54 pixels of the screen each.
  assert.deepEqual(thickness(60, 1, FRAME, {width: 1006, height: 506}), [273, 167]);
  assert.deepEqual(thickness(15, 2, FRAME, stage), [188, 167]);
  assert.deepEqual(thickness(10, null, FRAME, stage), [84, 84]);
  assert.deepEqual(thickness(2, 1, FRAME, stage), [80, 80]);
  assert.deepEqual(thickness(2000, 1, FRAME, stage), [332, 167]);
  // Pixels four times as high as wide: 100 x 200 widths of a pixel.
  assert.deepEqual(thickness(15, 4, {...FRAME, aspect: 4}, {width: 1006, height: 1006}), [231, 231]);
});

test("what is kept is enough for the whole depth where the frame fits", () => {
  for (const n of [17, 20, 33]) {
    const [right, bottom] = thickness(n, 1.3, FRAME, {width: 1001, height: 703});
    const {scale} = seen({left: 0, top: 0, width: 1001 - right - 6, height: 703 - bottom - 6});
    const {thick, start} = depthOf(right, 1.3 * scale, n, 0, null);
    assert.ok(Math.abs(thick - n * 1.3 * scale) < 1e-9);
    assert.equal(start, 0);
  }
});

test("a view shows the part of the depth that the crosshair is in", () => {
  assert.deepEqual(depthOf(80, 10, 8, 3, null), {thick: 80, per: 10, start: 0});
  assert.deepEqual(depthOf(80, 10, 6, 3, null), {thick: 60, per: 10, start: 0}, "thinner than its room");
  assert.deepEqual(depthOf(80, null, 20, 3, null), {thick: 80, per: 4, start: 0}, "all of it");
  const first = depthOf(80, 20, 20, 10, null);
  assert.deepEqual(first, {thick: 80, per: 20, start: 8.5});
  assert.equal(depthOf(80, 20, 20, 11, first).start, 8.5, "it stays");
  assert.equal(depthOf(80, 20, 20, 12, first).start, 9, "until the crosshair would leave it");
  assert.equal(depthOf(80, 20, 20, 7, first).start, 7);
  assert.equal(depthOf(80, 20, 20, 19, first).start, 16);
  assert.equal(depthOf(80, 20, 20, 0, null).start, 0);
  // Twice as large: frame 10, in the middle at 40, stays there.
  assert.equal(depthOf(80, 40, 20, 10, first).start, 9.5);
  assert.equal(depthOf(80, 200, 20, 10, first).start, 10.3, "less than a frame: its middle");
});

test("views of pixels that are not square are drawn to scale, too", () => {
  const frame = {...FRAME, aspect: 2, frames: 9};
  const {views, lines} = layOut(
    seen({left: 0, top: 0, width: 400, height: 400}, null, frame),
    frame,
    [all(9, 80), all(9, 90)],
    {x: 10, y: 20, index: 0},
  );
  assert.deepEqual(views[1], {box: [406, 0, 90, 400], image: [406, 0, 90, 400]});
  assert.deepEqual(lines[1], [0, 164, 496, 1]);
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
    [-5, 0, 9, 10, 79, 80, 500].map((place) => indexAt(place, all(8, 80), 8)),
    [0, 0, 0, 1, 7, 7, 7],
  );
  assert.equal(indexAt(25, {thick: 80, per: 20, start: 8.5}, 20), 9);
  assert.equal(indexAt(-15, {thick: 80, per: 20, start: 8.5}, 20), 7, "beyond the edge, it goes on");
});

test("views are beside the picture, and the crosshair runs through all three", () => {
  const {views, lines, crossings} = layOut(WHOLE, STACK, [all(8, 80), all(8, 88)], {
    x: 10,
    y: 20,
    index: 2,
  });
  const [againstX, againstY] = views;
  assert.deepEqual(againstX, {box: [0, 206, 400, 80], image: [0, 206, 400, 80]});
  assert.deepEqual(againstY, {box: [406, 0, 88, 200], image: [406, 0, 88, 200]});
  assert.deepEqual(lines, [
    [42, 0, 1, 286],
    [0, 82, 494, 1],
    [0, 231, 400, 1],
    [433.5, 0, 1, 200],
  ]);
  assert.deepEqual(crossings, [
    [42, 82],
    [42, 231],
    [433.5, 82],
  ]);
});

test("views are right beside a picture that does not fill the figure", () => {
  const {picture, scales} = WHOLE;
  const toStage = WHOLE.toStage.bind(WHOLE);
  const toFrame = WHOLE.toFrame.bind(WHOLE);
  const corner = {box: {left: 0, top: 0, width: 700, height: 500}, picture, scales, toStage, toFrame};
  const cross = {x: 0, y: 0, index: 0};
  const {views} = layOut(corner, STACK, [all(8, 80), all(8, 88)], cross);
  assert.deepEqual(
    views.map(({box}) => box),
    [
      [0, 206, 400, 80],
      [406, 0, 88, 200],
    ],
  );
});

test("zoomed in, views show the columns, rows and frames that are seen", () => {
  // Columns 20 to 39 and rows 10 to 19, at 20 pixels of the screen each.
  const zoomed = seen(WHOLE.box, [29.5, 14.5, 5]);
  const depths = [
    {thick: 80, per: 20, start: 1},
    {thick: 88, per: 20, start: 1.5},
  ];
  const {views, lines, crossings} = layOut(zoomed, STACK, depths, {x: 40, y: 15, index: 4});
  assert.deepEqual(views[0], {box: [0, 206, 400, 80], image: [-400, 186, 2000, 160]});
  assert.deepEqual(views[1], {box: [406, 0, 88, 200], image: [376, -200, 160, 1000]});
  assert.equal(lines[0], null, "column 40 is not seen");
  assert.deepEqual(lines[1], [0, 110, 494, 1]);
  assert.deepEqual(crossings, [null, null, [466, 110]]);
  const other = layOut(zoomed, STACK, depths, {x: 20, y: 20, index: 4});
  assert.deepEqual(other.lines[0], [10, 0, 1, 286]);
  assert.equal(other.lines[1], null, "row 20 is not seen");
  assert.deepEqual(other.crossings, [null, [10, 276], null]);
});

test("planes have the names of their axes", () => {
  assert.equal(planeName("x", "z"), "XZ");
  assert.equal(planeName("y", "time"), "Y time");
});

test("what is not as it is gets said", () => {
  assert.equal(remark("z", 2, 1), "");
  assert.equal(remark("time", null, 4), "time is not to scale; shown at 1/4 of the size");
});
