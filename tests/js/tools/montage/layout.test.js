import assert from "node:assert/strict";
import {test} from "node:test";
import {
  arrange,
  cellBox,
  readSettings,
  emptyParts,
  indexAt,
  nearestCell,
  ordinal,
  roomFor,
  splitOf,
  summary,
} from "../../../../viewer/jpkl_viewer/tools/montage/layout.js";
import {
  blockBox,
  extentOf,
  isNamed,
  panelsOf,
  tileAt,
  tileBox,
} from "../../../../viewer/jpkl_viewer/tools/montage/tiles.js";

/** Seven frames, each third of a dim, in three columns. @type {import("../../../../viewer/jpkl_viewer/tools/montage/layout.js").Grid} */
const GRID = {columns: 3, cell: [40, 24], gap: 2, indices: [0, 3, 6, 9, 12, 15, 18], damaged: [[4, "gone"]]};
const [WIDTH, HEIGHT] = [3 * 42 - 2, 3 * 26 - 2];

test("settings of a link are taken only if the stack has the dim", () => {
  const settings = {mode: "filmstrip", dim: 1};
  assert.deepEqual(readSettings(settings, [0, 1]), settings);
  assert.deepEqual(readSettings({...settings, every: 3, columns: 0.5}, [0, 1]), {...settings, every: 3});
  for (const value of [undefined, null, "montage", 7, [], {}, {mode: "x", dim: 1}, {mode: "montage", dim: 2}])
    assert.equal(readSettings(value, [0, 1]), null);
  assert.equal(readSettings({mode: "montage", dim: "1"}, [0, 1]), null);
});

test("a filmstrip shows as many frames as fit beside each other", () => {
  const room = roomFor("filmstrip", {offsetWidth: 800, offsetHeight: 600});
  assert.deepEqual(room, [800, 76]);
  // Cells of 76 pixels and gaps of 2: ten of them fit.
  assert.deepEqual(arrange({mode: "filmstrip"}, 8, 1, room, 1), {columns: 8, every: 1, cell: 76});
  assert.deepEqual(arrange({mode: "filmstrip"}, 51, 1, room, 1), {columns: 9, every: 6, cell: 76});
  assert.deepEqual(arrange({mode: "filmstrip"}, 51, 2, room, 1.5), {columns: 5, every: 11, cell: 228});
});

test("a filmstrip has one frame where not even that fits", () => {
  assert.deepEqual(arrange({mode: "filmstrip"}, 51, 30, [800, 76], 1), {columns: 1, every: 51, cell: 2280});
});

test("a montage makes its cells as large as the room allows", () => {
  const room = roomFor("montage", {offsetWidth: 816, offsetHeight: 616});
  assert.deepEqual(room, [800, 600]);
  assert.deepEqual(arrange({mode: "montage"}, 12, 1, room, 1), {columns: 4, every: 1, cell: 198});
  assert.deepEqual(arrange({mode: "montage"}, 12, 1, room, 2), {columns: 4, every: 1, cell: 396});
  // Wide frames go below each other.
  assert.equal(arrange({mode: "montage"}, 4, 6, room, 1).columns, 1);
});

test("a montage leaves frames out rather than making cells too small", () => {
  const {columns, every, cell} = arrange({mode: "montage"}, 500, 1, [800, 600], 1);
  assert.ok(every > 1);
  assert.ok(cell >= 84);
  const rows = Math.ceil(Math.ceil(500 / every) / columns);
  assert.ok(columns * (cell + 1) <= 800 && rows * (cell + 1) <= 600);
  const more = arrange({mode: "montage"}, Math.ceil(500 / (every - 1)), 1, [800, 600], 1);
  assert.ok(more.every > 1, "with fewer left out they would be too small");
});

test("so many frames are left out, and so many are beside each other, as were asked for", () => {
  const room = /** @type {[number, number]} */ ([800, 600]);
  const sheet = arrange({mode: "montage", every: 5, columns: 2}, 51, 1, room, 1);
  assert.deepEqual(sheet, {columns: 2, every: 5, cell: 98}); // six rows of two
  assert.deepEqual(arrange({mode: "montage", columns: 50}, 100, 1, room, 1), {
    columns: 50,
    every: 1,
    cell: 14,
  });
  const strip = arrange({mode: "filmstrip", every: 2}, 40, 1, [800, 76], 1);
  assert.deepEqual(strip, {columns: 20, every: 2, cell: 38});
});

test("a montage of a room that is too small still ends", () => {
  assert.deepEqual(arrange({mode: "montage"}, 9, 1, [-10, -10], 1), {columns: 1, every: 9, cell: 1});
});

test("each point of a cell is its frame", () => {
  GRID.indices.forEach((index, number) => {
    const [x, y, width, height] = cellBox(GRID, number);
    assert.equal(indexAt(GRID, x, y), index);
    assert.equal(indexAt(GRID, x + width - 0.01, y + height - 0.01), index);
  });
  assert.deepEqual(cellBox(GRID, 4), [42, 26, 40, 24]);
});

test("there is no frame beside the cells", () => {
  for (const [x, y] of [
    [-1, 30],
    [3 * 42 + 1, 5],
    [5, -1],
    [5, 3 * 26 + 1],
    [50, 60],
  ])
    assert.equal(indexAt(GRID, x, y), undefined, `${x}, ${y}`);
});

test("tiles of a frame are below or beside each other, and the picture is as large as the room allows", () => {
  const room = /** @type {[number, number]} */ ([800, 600]);
  const rows = arrange({mode: "montage", columns: 4}, 4, 1, room, 1, {split: "rows", panels: 3});
  assert.deepEqual(rows, {columns: 4, every: 1, cell: 198});
  const columns = arrange({mode: "montage", columns: 1}, 3, 1, room, 1, {split: "columns", panels: 4});
  assert.deepEqual(columns, {columns: 1, every: 1, cell: 198});
  // Of one frame, they are placed as if they were frames.
  const wrapped = arrange({mode: "montage"}, 1, 1, room, 1, {split: "wrap", panels: 5});
  assert.deepEqual(wrapped, {columns: 3, every: 1, cell: Math.ceil(800 / 3 - 2)});
  const strip = arrange({mode: "filmstrip"}, 1, 1, [800, 76], 1, {split: "wrap", panels: 5});
  assert.deepEqual(strip, {columns: 5, every: 1, cell: 74});
});

for (const [split, extent, last, places] of /** @type {const} */ ([
  ["rows", [3, 9], [0, 8], "0,0 0,1 0,2 1,0"],
  ["columns", [9, 3], [2, 2], "0,0 1,0 2,0 3,0"],
]))
  test(`each point of a tile is its frame where channels are in ${split}`, () => {
    const tiles = {split, panels: 3, columns: 3};
    assert.deepEqual(extentOf(tiles, 7), extent);
    assert.deepEqual(tileAt(tiles, 6, 2), last);
    const found = [0, 0, 0, 1].map((number, i) => tileAt(tiles, number, i % 3).join()).join(" ");
    assert.equal(found, places);
    const seen = new Set();
    GRID.indices.forEach((index, number) => {
      for (let panel = 0; panel < 3; panel++) {
        const [x, y, width, height] = tileBox(tileAt(tiles, number, panel), GRID.cell, GRID.gap);
        seen.add(`${x} ${y}`);
        assert.equal(indexAt(GRID, x, y, tiles), index);
        assert.equal(indexAt(GRID, x + width - 0.01, y + height - 0.01, tiles), index);
        const [left, top, across, down] = blockBox(tiles, number, GRID.cell, GRID.gap);
        assert.ok(x >= left && y >= top && x + width <= left + across && y + height <= top + down);
      }
    });
    assert.equal(seen.size, 21); // no two of them are at the same place
    assert.equal(indexAt(GRID, extent[0] * 42 + 1, 5, tiles), undefined);
    assert.equal(GRID.indices.filter((_, number) => isNamed(tiles, number)).length, 3);
  });

test("channels are split only where they are together, and a link cannot ask for another way", () => {
  assert.deepEqual(
    [panelsOf(3, true), panelsOf(1, true), panelsOf(0, true), panelsOf(3, false)],
    [4, 1, 1, 1],
  );
  const settings = readSettings({mode: "montage", dim: 0, split: "wrap"}, [0]);
  assert.deepEqual(settings, {mode: "montage", dim: 0});
  const rows = /** @type {const} */ ({mode: "montage", dim: 0, split: "rows"});
  assert.deepEqual(readSettings(rows, [0]), rows);
  assert.deepEqual([splitOf(rows, 1), splitOf({...rows, mode: "filmstrip"}, 1)], ["rows", ""]);
  assert.equal(splitOf({mode: "montage", dim: 1}, 1), "wrap");
});

test("the frame around the current index is at the nearest cell", () => {
  assert.deepEqual(
    [0, 1, 2, 10, 17, 99].map((index) => nearestCell(GRID, index)),
    [0, 0, 1, 3, 6, 6],
  );
});

test("all but the frames is empty", () => {
  const isEmpty = Array.from({length: HEIGHT}, () => new Array(WIDTH).fill(false));
  for (const [left, top, width, height] of emptyParts(GRID, WIDTH, HEIGHT))
    for (let y = top; y < Math.min(HEIGHT, top + height); y++)
      isEmpty[y].fill(true, left, Math.min(WIDTH, left + width));
  const isFrame = Array.from({length: HEIGHT}, () => new Array(WIDTH).fill(false));
  GRID.indices.forEach((_, number) => {
    const [left, top, width, height] = cellBox(GRID, number);
    if (number !== 4) for (let y = top; y < top + height; y++) isFrame[y].fill(true, left, left + width);
  });
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++) assert.equal(isEmpty[y][x], !isFrame[y][x], `${x}, ${y}`);
});

test("what is shown is said in words", () => {
  const dim = {name: "time", size: 51};
  assert.equal(summary(dim, 1, []), "All 51 along time");
  assert.equal(
    summary(dim, 4, [[2, "frame (2,) is gone"]]),
    "Every 4th of 51 along time; frame (2,) is gone",
  );
});

test("ordinals", () => {
  const words = [2, 3, 4, 11, 12, 13, 21, 22, 23, 101, 111, 112].map(ordinal).join(" ");
  assert.equal(words, "2nd 3rd 4th 11th 12th 13th 21st 22nd 23rd 101st 111th 112th");
});
