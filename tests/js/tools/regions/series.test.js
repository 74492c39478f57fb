import assert from "node:assert/strict";
import {test} from "node:test";
import {Stack} from "../../../../viewer/jpkl_viewer/browser/state/stack.js";
import {seriesName, seriesOf} from "../../../../viewer/jpkl_viewer/tools/regions/series.js";
import {readRoi} from "../../../../viewer/jpkl_viewer/tools/regions/settings.js";
import {describe} from "./examples.js";

const stack = new Stack(describe());
const rois = [1, 2].map((i) => {
  const roi = {name: `r${i}`, shape: "point", points: [[i, i]], label: i === 1 ? "cell" : undefined};
  return /** @type {any} */ (readRoi(roi));
});
const colors = ["#0000ff", "#00ff00"];

test("a region has a curve in the channel that is measured", () => {
  const series = seriesOf(rois, [2, 1], stack, {along: 0, isAll: false, colors});
  assert.deepEqual(
    series.map(({name, region, title, color, dash, position}) => [
      name,
      region,
      title,
      color,
      dash,
      position,
    ]),
    [
      ["r1 1", "r1", "cell", rois[0].color, "", [2, 1]],
      ["r2 1", "r2", "r2", rois[1].color, "", [2, 1]],
    ],
  );
});

test("or one in each channel, in its color; dashes tell regions apart", () => {
  const series = seriesOf(rois, [2, 1], stack, {along: 0, isAll: true, colors});
  assert.deepEqual(
    series.map(({name, title, position}) => [name, title, position]),
    [
      ["r1 0", "cell, DAPI", [2, 0]],
      ["r1 1", "cell, channel 1", [2, 1]],
      ["r2 0", "r2, DAPI", [2, 0]],
      ["r2 1", "r2, channel 1", [2, 1]],
    ],
  );
  assert.ok(series[0].color.includes("#0000ff") && series[3].color.includes("#00ff00"));
  assert.equal(series[0].dash, series[1].dash);
  assert.notEqual(series[0].dash, series[2].dash);
});

test("along the channels there is one for each region, whatever the channel is", () => {
  for (const isAll of [false, true]) {
    const series = seriesOf(rois, [2, 1], stack, {along: 1, isAll, colors});
    assert.deepEqual(
      series.map(({name, color}) => [name, color]),
      rois.map(({name, color}) => [name, color]),
    );
  }
  assert.equal(seriesName("r1", [2, 1], 1, 1), seriesName("r1", [2, 0], 1, 1));
  assert.equal(seriesName("r1", [], null, null), "r1");
});
