import assert from "node:assert/strict";
import {test} from "node:test";
import {
  MARGIN,
  PlotScale,
  curvePaths,
  runsOf,
  ticksOf,
  valueRange,
} from "../../../../viewer/jpkl_viewer/tools/regions/plot_layout.js";

test("ticks are round numbers within the range", () => {
  assert.deepEqual(ticksOf([0, 100], 500, 70), [0, 20, 40, 60, 80, 100]);
  assert.deepEqual(ticksOf([0.13, 0.41], 300, 100), [0.2, 0.3, 0.4]);
  assert.deepEqual(ticksOf([0, 3], 900, 70, 1), [0, 1, 2, 3]); // no half frames
});

test("known points make runs, and gaps separate them", () => {
  assert.deepEqual(runsOf([0, 1, 2, 3, 4], [NaN, 5, 6, NaN, 7]), [
    [
      [1, 5],
      [2, 6],
    ],
    [[4, 7]],
  ]);
  assert.deepEqual(runsOf([0], [NaN]), []);
});

const ABOUT = {name: "r1", color: "#000000", x: [0, 1, 2]};

test("the range holds all that is known of curves and bands, with some air", () => {
  const series = [
    {...ABOUT, y: [50, NaN, 60], low: [0, NaN, 10], high: [90, NaN, 100]},
    {...ABOUT, y: [20, 30, NaN]},
  ];
  assert.deepEqual(valueRange(series), [-4, 104]);
  assert.deepEqual(valueRange([{...ABOUT, y: [7, 7, 7]}]), [6, 8]);
  assert.deepEqual(valueRange([]), [-0.04, 1.04]);
});

test("values come to places within the margins, and places back to values", () => {
  const scale = new PlotScale(200, 100, [10, 20], [0, 50]);
  assert.deepEqual([scale.x(10), scale.x(20)], [MARGIN.left, MARGIN.left + 200]);
  assert.deepEqual([scale.y(0), scale.y(50)], [MARGIN.top + 100, MARGIN.top]); // up is more
  assert.equal(scale.valueAt(scale.x(13)), 13);
  assert.deepEqual([scale.valueAt(-50), scale.valueAt(900)], [10, 20]);
  assert.equal(new PlotScale(200, 100, [3, 3], [0, 1]).x(3), MARGIN.left); // a single frame
});

test("a line has gaps where values are unknown, a single point is a dot, a band goes there and back", () => {
  const scale = new PlotScale(2, 10, [0, 2], [0, 10]);
  const [x0, x1, x2] = [0, 1, 2].map((x) => (MARGIN.left + x).toFixed(1));
  const y = (/** @type {number} */ value) => (MARGIN.top + 10 - value).toFixed(1);
  assert.deepEqual(curvePaths({...ABOUT, y: [4, 5, NaN]}, scale), {
    line: `M${x0} ${y(4)}L${x1} ${y(5)}`,
    band: null,
  });
  const gaps = curvePaths({...ABOUT, y: [4, NaN, 5], low: [3, NaN, 2], high: [9, NaN, 8]}, scale);
  assert.equal(gaps.line, `M${x0} ${y(4)}L${x0} ${y(4)}M${x2} ${y(5)}L${x2} ${y(5)}`);
  assert.equal(gaps.band, `M${x0} ${y(9)}L${x0} ${y(3)}ZM${x2} ${y(8)}L${x2} ${y(2)}Z`);
});

test("dots are not joined, nor their bands", () => {
  const scale = new PlotScale(100, 100, [-0.5, 1.5], [0, 10]);
  const {line, band} = curvePaths(
    {...ABOUT, x: [0, 1], y: [5, 6], low: [0, 1], high: [9, 10], isDots: true},
    scale,
  );
  const places = (/** @type {string} */ path) =>
    path
      .split("M")
      .slice(1)
      .map((part) => part.replace("Z", "").split("L"));
  assert.equal(places(line).length, 2);
  for (const [from, to] of places(line)) assert.equal(from, to);
  for (const [top, bottom] of places(String(band))) assert.equal(top.split(" ")[0], bottom.split(" ")[0]);
});
