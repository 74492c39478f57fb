import assert from "node:assert/strict";
import {test} from "node:test";
import {simplified} from "../../../../viewer/jpkl_viewer/tools/regions/simplify.js";

/** @typedef {import("../../../../viewer/jpkl_viewer/tools/regions/shapes.js").Point} Point */

/** @param {number} n @returns {Point[]} */
const circle = (n, radius = 40) =>
  Array.from({length: n + 1}, (_, i) => {
    const turn = (2 * Math.PI * i) / n;
    return [50 + radius * Math.cos(turn), 50 + radius * Math.sin(turn)];
  });

/** @param {Point} point @param {Point[]} path closed */
const away = ([x, y], path) =>
  Math.min(
    ...path.map(([ax, ay], i) => {
      const [bx, by] = path[(i + 1) % path.length];
      const [dx, dy] = [bx - ax, by - ay];
      const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
      return Math.hypot(x - ax - t * dx, y - ay - t * dy);
    }),
  );

test("what is left out was within a quarter of a pixel of the path", () => {
  const path = circle(500);
  const few = simplified(path, 1000);
  assert.ok(few.length > 8 && few.length < 40, String(few.length));
  for (const point of path) assert.ok(away(point, few) <= 0.25 + 1e-9);
  assert.notDeepEqual(few[0], few[few.length - 1], "it does not end where it began");
});

test("corners stay, points on the way go, and points that are there twice", () => {
  /** @type {Point[]} */
  const path = [
    [0, 0],
    [0, 0],
    [5, 0],
    [5, 0],
    [10, 0],
    [10, 10],
  ];
  assert.deepEqual(simplified(path, 1000), [
    [0, 0],
    [10, 0],
    [10, 10],
  ]);
  assert.deepEqual(simplified([[3, 3]], 1000), [[3, 3]]);
});

test("there are never more points than can be kept", () => {
  assert.ok(simplified(circle(5000, 5000), 50).length <= 50);
});
