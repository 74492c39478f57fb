import assert from "node:assert/strict";
import {test} from "node:test";
import {readSettings, seen} from "../../../../viewer/jpkl_viewer/tools/compare/settings.js";

const OFF = {
  mode: "off",
  other: 0,
  at: 0.5,
  gain: 1,
  channel: null,
  contrast: null,
  every: 600,
  swapped: false,
};

test("settings of links keep what can be used", () => {
  const good = {
    mode: "curtain",
    other: 1,
    at: 0.25,
    gain: 8,
    channel: 2,
    contrast: "own",
    every: 250,
    swapped: true,
  };
  assert.deepEqual(readSettings(good, 2), good);
  assert.deepEqual(readSettings({...good, other: 2}, 2), {...good, other: 0});
  for (const value of [null, undefined, 7, "curtain", [], {}]) assert.deepEqual(readSettings(value, 2), OFF);
  const hostile = [
    {mode: "constructor"},
    {mode: ["curtain"]},
    {other: "length"},
    {other: -1},
    {other: 0.5},
    {at: "0.5"},
    {at: NaN},
    {at: 1.01},
    {at: null},
    {gain: 3},
    {channel: -1},
    {channel: "1"},
    {gain: "4"},
    {gain: Infinity},
    {contrast: "auto"},
    {contrast: ["own"]},
    {every: 99},
    {every: 5001},
    {every: "250"},
    {every: NaN},
    {swapped: 1},
  ];
  for (const value of hostile) assert.deepEqual(readSettings(value, 2), OFF, JSON.stringify(value));
});

test("side by side all stacks are seen, else one of them or none", () => {
  const settings = readSettings({mode: "blink", other: 2}, 3);
  assert.deepEqual(seen(settings, 3), [2]);
  assert.deepEqual(seen({...settings, mode: "side by side"}, 3), [0, 1, 2]);
  assert.deepEqual(seen({...settings, mode: "off"}, 3), []);
});
