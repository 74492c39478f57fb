import assert from "node:assert/strict";
import {test} from "node:test";
import {Stack} from "../../../../viewer/jpkl_viewer/browser/state/stack.js";
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
  assert.equal(placeText(stack, [2, 1], {along: [0], sample: 0, isProjected: false}), " · channel 1");
  assert.equal(
    placeText(stack, [2, 1], {along: [1, null], sample: 0, isProjected: true}),
    " · time 1.5 s · single frames, not the projection",
  );
  const color = new Stack(describe({color: true, dims: [], channelDim: null}));
  assert.equal(placeText(color, [], {sample: 2, isProjected: false}), " · blue");
});

const LOOK = {region: "r1", title: "nucleus", color: "#ff0000", dash: ""};
const RAW = /** @type {const} */ ({scale: "raw", baseline: 0});

test("a chart of curves has what is known of each region", () => {
  const curve = curveOf({...PART, original: true, caveat: "lossy"});
  const known = [{...LOOK, curve, isFaded: true}];
  const [dim] = describe().dims;
  const chart = curveChart(known, {dim, names: null, place: " · DAPI", sample: 0, scaling: RAW});
  assert.equal(chart.caption, "Mean with min–max along time · DAPI");
  assert.deepEqual([chart.xLabel, chart.xRange, chart.yLabel], ["time (s)", [0, 4], "intensity"]);
  const [{y, low, high, isFaded, isDots}] = chart.series;
  assert.deepEqual([y, low, high], [curve.mean[0], curve.min[0], curve.max[0]]);
  assert.deepEqual([isFaded, isDots], [true, false]);
  assert.equal(caveatOf([{}, curve]), "lossy");
  assert.equal(caveatOf([{}]), "");
});

test("relative curves have no band, and say what they are", () => {
  const known = [{...LOOK, curve: curveOf({...PART, mean: [2, 3]}), isFaded: false}];
  const [dim] = describe().dims;
  const options = {dim, names: null, place: "", sample: 0};
  const dff = curveChart(known, {...options, scaling: {scale: "dff", baseline: 1}});
  assert.deepEqual(Array.from(dff.series[0].y), [0, NaN, 0.5, NaN]);
  assert.deepEqual([dff.series[0].low, dff.yLabel, dff.caption], [undefined, "ΔF/F₀", "Mean along time"]);
  const unit = curveChart(known, {...options, scaling: {scale: "unit", baseline: 0}});
  assert.deepEqual(Array.from(unit.series[0].y), [0, NaN, 1, NaN]);
});

test("channels are dots with names, which nothing joins", () => {
  const known = [{...LOOK, curve: curveOf({...PART, indices: [0, 1]}), isFaded: false}];
  const dim = {...describe().dims[1], coords: [405, 488], unit: "nm"};
  const names = ["DAPI", "GFP"];
  const chart = curveChart(known, {dim, names, place: "", sample: 0, scaling: RAW});
  assert.equal(chart.series[0].isDots, true);
  assert.deepEqual([chart.xTexts, chart.xLabel, chart.xRange], [names, "channel", [-0.5, 1.5]]);
});

test("dots of several regions are beside each other", () => {
  const curve = curveOf({...PART, indices: [0, 1]});
  const known = ["r1", "r2", "r3"].map((region) => ({...LOOK, region, curve, isFaded: false}));
  const options = {dim: describe().dims[1], names: ["DAPI", "GFP"], place: "", sample: 0, scaling: RAW};
  const places = curveChart(known, options).series.map(({x}) => Array.from(x));
  assert.deepEqual(places[1], [0, 1]);
  assert.ok(places[0][0] < 0 && places[2][0] > 0 && places[2][0] < 0.5 && places[0][1] > 0.5);
});

test("curves are drawn again only when there is something new", () => {
  const curve = curveOf(PART);
  const known = [{...LOOK, curve, isFaded: false}];
  const [dim] = describe().dims;
  const chart = curveChart(known, {dim, names: null, place: "", sample: 0, scaling: RAW});
  const key = curvesKey(chart, known);
  assert.equal(curvesKey({...chart}, [{...known[0]}]), key);
  for (const change of [
    {caption: "other"},
    {xLabel: "time (min)"},
    {xRange: /** @type {[number, number]} */ ([0, 9])},
  ])
    assert.notEqual(curvesKey({...chart, ...change}, known), key);
  for (const change of [{isFaded: true}, {color: "#00ff00"}, {title: "other"}, {dash: "2 4"}])
    assert.notEqual(curvesKey(chart, [{...known[0], ...change}]), key);
  curve.add({indices: [1], mean: [5], min: [5], max: [5]});
  assert.notEqual(curvesKey(chart, known), key);
});

test("a chart of profiles is as long as the longest line", () => {
  const profile = {at: [0, 0], unit: "µm", distance: [0, 1, 2], values: [7, 8, 9]};
  const known = [
    {...LOOK, profile},
    {...LOOK, region: "r2", profile: {...profile, distance: [0, 5], values: [1, 2]}},
  ];
  const chart = profileChart(known, " · time 0", 0);
  assert.deepEqual([chart.xRange, chart.xLabel], [[0, 5], "distance (µm)"]);
  assert.equal(chart.yLabel, "value (0–255)");
  const rgb = {...profile, distance: [0], values: [[1, 2, 3]]};
  const dot = profileChart([{...LOOK, profile: rgb}], "", 2);
  assert.deepEqual([dot.series[0].y, dot.xRange], [[3], [0, 1]]);
});
