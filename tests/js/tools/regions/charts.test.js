import assert from "node:assert/strict";
import {test} from "node:test";
import {Stack} from "../../../../viewer/jpkl_viewer/browser/stack.js";
import {
  axisOf,
  caveatOf,
  curveChart,
  curvesKey,
  nearest,
  placeText,
  profileChart,
} from "../../../../viewer/jpkl_viewer/tools/regions/charts.js";
import {PART, curveOf, describe} from "./examples.js";

test("the x axis is physical where values rise, else it counts frames", () => {
  const dim = {name: "time", size: 3, coords: [0, 0.5, 4], unit: "s"};
  assert.deepEqual(axisOf(dim), {x: [0, 0.5, 4], xLabel: "time (s)", xStep: 0});
  assert.equal(axisOf({...dim, unit: ""}).xLabel, "time");
  for (const coords of [null, [0, 0, 1], [3, 2, 1]])
    assert.deepEqual(axisOf({...dim, coords}), {x: [0, 1, 2], xLabel: "time", xStep: 1});
  assert.deepEqual(
    [-9, 0.2, 0.3, 99].map((x) => nearest([0, 0.5, 4], x)),
    [0, 0, 1, 2],
  );
});

test("a caption says which frames are measured", () => {
  const stack = new Stack(describe());
  assert.equal(placeText(stack, [2, 0], {sample: 0, isProjected: false}), " · time 1.5 s · DAPI");
  assert.equal(placeText(stack, [2, 1], {along: 0, sample: 0, isProjected: false}), " · channel 1");
  assert.equal(
    placeText(stack, [2, 1], {along: 1, sample: 0, isProjected: true}),
    " · time 1.5 s · single frames, not the projection",
  );
  const color = new Stack(describe({color: true, dims: [], channelDim: null}));
  assert.equal(placeText(color, [], {sample: 2, isProjected: false}), " · blue");
});

test("a chart of curves has what is known of each region", () => {
  const curve = curveOf({...PART, original: true, caveat: "lossy"});
  const known = [{name: "r1", color: "#ff0000", curve, isFaded: true}];
  const chart = curveChart(known, describe().dims[0], " · DAPI", 0);
  assert.equal(chart.caption, "Mean with min–max along time · DAPI");
  assert.deepEqual([chart.xLabel, chart.xRange, chart.yLabel], ["time (s)", [0, 4], "intensity"]);
  const [{y, low, high, isFaded}] = chart.series;
  assert.deepEqual([y, low, high, isFaded], [curve.mean[0], curve.min[0], curve.max[0], true]);
  assert.equal(caveatOf([{}, curve]), "lossy");
  assert.equal(caveatOf([{}]), "");
});

test("curves are drawn again only when there is something new", () => {
  const curve = curveOf(PART);
  const known = [{name: "r1", color: "#ff0000", curve, isFaded: false}];
  const key = curvesKey("caption", known);
  assert.equal(curvesKey("caption", [{...known[0]}]), key);
  assert.notEqual(curvesKey("other", known), key);
  assert.notEqual(curvesKey("caption", [{...known[0], isFaded: true}]), key);
  curve.add({indices: [1], mean: [5], min: [5], max: [5]});
  assert.notEqual(curvesKey("caption", known), key);
});

test("a chart of profiles is as long as the longest line", () => {
  const profile = {at: [0, 0], unit: "µm", distance: [0, 1, 2], values: [7, 8, 9]};
  const known = [
    {name: "r1", color: "#ff0000", profile},
    {name: "r2", color: "#00ff00", profile: {...profile, distance: [0, 5], values: [1, 2]}},
  ];
  const chart = profileChart(known, " · time 0", 0);
  assert.deepEqual([chart.xRange, chart.xLabel], [[0, 5], "distance (µm)"]);
  assert.equal(chart.yLabel, "value (0–255)");
  const rgb = {...profile, distance: [0], values: [[1, 2, 3]]};
  const dot = profileChart([{name: "r1", color: "#ff0000", profile: rgb}], "", 2);
  assert.deepEqual([dot.series[0].y, dot.xRange], [[3], [0, 1]]);
});
