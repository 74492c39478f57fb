import assert from "node:assert/strict";
import {test} from "node:test";
import {axesOf} from "../../../../viewer/jpkl_viewer/browser/stage/axes.js";
import {orientationOf} from "../../../../viewer/jpkl_viewer/browser/page/orientation.js";
import {ticksWithin} from "../../../../viewer/jpkl_viewer/browser/stage/ticks.js";
import {Viewport} from "../../../../viewer/jpkl_viewer/browser/state/viewport.js";
import {axesIn} from "../../../../viewer/jpkl_viewer/tools/export/axes.js";
import {vectors} from "../../vectors.js";

/** @type {any[]} */
const CASES = vectors("turned").cases;

/**
 * A stage that is filled by what an export shows.
 * @param {any} seen
 */
function viewportOf({frame, part: [x0, y0, x1, y1], size: [width, height], unit, ...turned}) {
  const viewport = new Viewport(frame, () => {});
  viewport.resize({left: 0, top: 0, width: width / unit, height: height / unit});
  viewport.orient(orientationOf(/** @type {any} */ (turned)));
  viewport.showPart([x0 - 0.5, y0 - 0.5, x1 - 0.5, y1 - 0.5]);
  return viewport;
}

/** @param {number} actual @param {number} expected @param {string} message */
function near(actual, expected, message) {
  assert.ok(Math.abs(actual - expected) < 1e-6, `${message}: ${actual}, not ${expected}`);
}

for (const seen of CASES) {
  const name = `${seen.frame.width} x ${seen.frame.height}, ${seen.rotation}°${seen.flip ? ", flipped" : ""}`;

  test(`a frame is turned as in exports: ${name}`, () => {
    const viewport = viewportOf(seen);
    for (const [x, y, ...place] of seen.places)
      viewport.toStage(x, y).forEach((at, i) => near(at * seen.unit, place[i], `${x}, ${y}`));
  });

  test(`axes are those of exports: ${name}`, () => {
    const unit = {pixelSize: seen.pixelSize, pixelUnit: "µm"};
    const axes = [...axesOf(viewportOf(seen)), ...axesOf(viewportOf(seen), unit)];
    axes.forEach((axis, i) => {
      const expected = [...seen.axes, ...seen.physicalAxes][i];
      assert.equal(axis.name, expected.name);
      assert.deepEqual(
        axis.ticks.map(([value]) => value),
        expected.ticks.map((/** @type {number[]} */ [value]) => value),
      );
      axis.ticks.forEach(([value, at], k) => near(at * seen.unit, expected.ticks[k][1], String(value)));
    });
  });
}

for (const seen of CASES)
  test(`axes that the browser draws into a picture are Python's: ${seen.rotation}°, ${seen.flip}, ${seen.size}`, () => {
    const [x0, y0, x1, y1] = seen.part;
    const [width, height] = seen.size;
    const part = {left: x0, top: y0, columns: x1 - x0, rows: y1 - y0};
    const place = {...part, width, height, turn: orientationOf(seen)};
    const unit = {pixelSize: seen.pixelSize, pixelUnit: "µm"};
    const axes = [...axesIn(place, seen.frame), ...axesIn(place, seen.frame, unit)];
    axes.forEach((axis, i) => {
      const expected = [...seen.axes, ...seen.physicalAxes][i];
      assert.equal(axis.name, expected.name);
      assert.equal(axis.ticks.length, expected.ticks.length);
      axis.ticks.forEach(([value, at], k) => {
        assert.equal(value, expected.ticks[k][0]);
        near(at, expected.ticks[k][1], value);
      });
    });
  });

test("ticks are within the frame, about 80 pixels of the screen from each other", () => {
  assert.deepEqual(ticksWithin({min: -50, max: 600}, 512, 1), [0, 100, 200, 300, 400, 500]);
  assert.deepEqual(ticksWithin({min: 9.5, max: 14.5}, 512, 100), [10, 11, 12, 13, 14]);
  assert.deepEqual(ticksWithin({min: -9, max: -3}, 512, 10), []);
});
