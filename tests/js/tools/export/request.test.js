import assert from "node:assert/strict";
import {test} from "node:test";
import {
  MIME_TYPES,
  axesRoom,
  countPictures,
  describeFile,
  forecast,
  formats,
  isMovie,
  pictureSize,
  regionSeen,
  usualZoom,
} from "../../../../viewer/jpkl_viewer/tools/export/request.js";
import {vectors} from "../../vectors.js";

const FRAME = {width: 171, height: 196, aspect: 1};

/** @type {Parameters<typeof forecast>[0]} */
const MOVIE = {
  what: "export",
  format: "mp4",
  region: null,
  zoom: 1,
  scale_bar: true,
  stamp: true,
  colorbar: false,
  axes: false,
  regions: true,
  labels: true,
  layout: true,
  crosshair: true,
  turned: false,
  bar_length: 20,
  arrangement: null,
  dim: 0,
  start: 0,
  stop: 51,
  step: 1,
  fps: 10,
};

test("small frames are enlarged for a slide, large ones are not", () => {
  assert.equal(usualZoom({width: 171, height: 196}), 4);
  assert.equal(usualZoom({width: 512, height: 512}), 2);
  assert.equal(usualZoom({width: 600, height: 20}), 1);
  assert.equal(usualZoom({width: 8, height: 8}), 8);
});

test("a stack without dims makes no movie", () => {
  assert.deepEqual(
    formats(false).map(([name]) => name),
    ["png"],
  );
  assert.deepEqual(
    formats(true).map(([name]) => name),
    ["png", "mp4", "gif"],
  );
  assert.deepEqual(
    formats(true).map(([name]) => isMovie(name)),
    [false, true, true],
  );
  assert.deepEqual(
    formats(true, false).map(([name]) => name),
    ["png", "gif"],
  );
  for (const [name] of formats(true)) assert.match(MIME_TYPES[name], RegExp(`/${name}$`));
});

test("the part on the screen has all pixels that are seen, if only in part", () => {
  /** @type {(...edges: number[]) => number[]} */
  const region = (left, right, top, bottom) =>
    regionSeen(
      [
        {min: left, max: right},
        {min: top, max: bottom},
      ],
      FRAME,
    );
  assert.deepEqual(region(-0.5, 170.5, -0.5, 195.5), [0, 0, 171, 196]);
  assert.deepEqual(region(-40, 500, -40, 500), [0, 0, 171, 196]);
  assert.deepEqual(region(9.5, 19.5, 4.5, 5.5), [10, 5, 20, 6]);
  assert.deepEqual(region(9.4, 19.6, 4.4, 5.6), [9, 4, 21, 7]);
});

test("pictures are counted with both ends", () => {
  assert.equal(countPictures({start: 0, stop: 51, step: 1}), 51);
  assert.equal(countPictures({start: 0, stop: 51, step: 10}), 6);
  assert.equal(countPictures({start: 5, stop: 6, step: 9}), 1);
  assert.equal(countPictures({start: 9, stop: 4, step: 1}), 0);
});

test("what to expect is said before the export", () => {
  assert.equal(forecast({...MOVIE, format: "png"}, FRAME), "171 × 196 pixels");
  assert.equal(forecast({...MOVIE, format: "png", zoom: 0.25}, FRAME), "43 × 49 pixels");
  assert.equal(forecast({...MOVIE, format: "png"}, {...FRAME, aspect: 4}), "171 × 784 pixels");
  assert.equal(forecast({...MOVIE, format: "png"}, {...FRAME, aspect: 0.5}), "342 × 196 pixels");
  assert.equal(forecast(MOVIE, FRAME), "51 pictures · 171 × 196 pixels · 5.1 s");
  assert.equal(
    forecast({...MOVIE, stop: 1, region: [10, 5, 20, 6], zoom: 2}, FRAME),
    "1 picture · 20 × 2 pixels · 0.1 s",
  );
  assert.equal(
    forecast({...MOVIE, format: "gif"}, FRAME),
    "51 pictures · 171 × 196 pixels · 5.1 s · up to 2.4 MB",
  );
  assert.equal(forecast({...MOVIE, fps: 0}, FRAME), "51 pictures · 171 × 196 pixels");
});

test("axes and turns count in the size", () => {
  for (const {frame, part, zoom, size, room, rotation} of vectors("turned").cases) {
    const [width, height] = size;
    assert.deepEqual(axesRoom({width, height}), {width: room[0], height: room[1]});
    const request = {...MOVIE, region: part, zoom};
    const isSideways = rotation === "90" || rotation === "270";
    assert.deepEqual(pictureSize(request, frame, isSideways), {width, height});
    const whole = {width: width + room[0], height: height + room[1]};
    assert.deepEqual(pictureSize({...request, axes: true}, frame, isSideways), whole);
  }
  const picture = {...MOVIE, format: "png", axes: true};
  assert.equal(forecast(picture, FRAME, {isSideways: true}), "243 × 206 pixels");
});

test("of several panes the size is not known before", () => {
  assert.equal(forecast({...MOVIE, format: "png"}, FRAME, {layout: "montage"}), "montage");
  assert.equal(
    forecast({...MOVIE, format: "gif"}, FRAME, {layout: "montage"}),
    "51 pictures · montage · 5.1 s",
  );
});

test("a picture has a pixel at least", () => {
  const request = {...MOVIE, format: "png", zoom: 0.25};
  assert.equal(forecast({...request, region: [3, 3, 4, 4]}, FRAME), "1 × 1 pixels");
});

test("files are named with their size", () => {
  assert.equal(describeFile("cells.mp4", 1_234_567), "cells.mp4, 1.2 MB");
});
