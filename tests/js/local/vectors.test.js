// What is computed without Python is what Python computes: see `tests/tools/local_vectors.py`.

import assert from "node:assert/strict";
import {test} from "node:test";
import {ByteCache} from "../../../viewer/jpkl_viewer/browser/frames/cache.js";
import {Stack} from "../../../viewer/jpkl_viewer/browser/state/stack.js";
import {Frames} from "../../../viewer/jpkl_viewer/local/frames.js";
import {resizeBox} from "../../../viewer/jpkl_viewer/local/resize.js";
import {Task} from "../../../viewer/jpkl_viewer/local/task.js";
import {makeCells, sheetSize} from "../../../viewer/jpkl_viewer/tools/montage/grid.js";
import {againstX, againstY, readVolume} from "../../../viewer/jpkl_viewer/tools/ortho/local.js";
import {project} from "../../../viewer/jpkl_viewer/tools/projection/project.js";
import {REGION_ANSWERS} from "../../../viewer/jpkl_viewer/tools/regions/local.js";
import {findPixels} from "../../../viewer/jpkl_viewer/tools/regions/masks.js";
import {bytes, vectors} from "../vectors.js";

const {stacks, resized, grids} = vectors("local");

const task = () => new Task(new AbortController().signal);

/** @param {Uint8Array} data */
const hex = (data) => Buffer.from(data).toString("hex");

/**
 * A stack whose bytes are its pixels.
 * @param {any} of
 * @returns {import("../../../viewer/jpkl_viewer/local/types.js").LocalStack}
 */
function localStack({stack: description, frames}) {
  const stack = new Stack(description);
  const {width, height, color} = stack;
  const read = async (/** @type {number} */ number) => bytes(frames[number]);
  const decode = async (/** @type {Uint8Array<ArrayBuffer>} */ data) =>
    /** @type {const} */ ({data, width, height, samples: color ? 3 : 1});
  return {stack, frames: new Frames(stack, read, new ByteCache(2 ** 24), decode), others: [], colormaps: {}};
}

/**
 * Numbers in answers may differ in their last digits: those of square roots do.
 * @param {any} found
 * @param {any} expected
 */
function assertClose(found, expected, path = "answer") {
  if (typeof expected === "number") {
    assert.ok(Math.abs(found - expected) <= 1e-12 * Math.abs(expected), `${path}: ${found}, not ${expected}`);
  } else if (typeof expected === "object" && expected !== null) {
    assert.deepEqual(Object.keys(found), Object.keys(expected), path);
    for (const key of Object.keys(expected)) assertClose(found[key], expected[key], `${path}.${key}`);
  } else assert.equal(found, expected, path);
}

/**
 * The answers on each region put together: in how many parts they come does not matter.
 * @param {any[]} answers
 */
function joined(answers) {
  const curves = new Map();
  for (const {name, indices = [], mean = [], min = [], max = [], ...about} of answers) {
    const curve = curves.get(name) ?? {values: {}};
    indices.forEach((/** @type {number} */ index, /** @type {number} */ i) => {
      curve.values[index] = [mean[i], min[i], max[i]];
    });
    curves.set(name, {...curve, ...about});
  }
  return Object.fromEntries([...curves].sort());
}

for (const of of stacks) {
  const kind = of.stack.color ? "color" : "gray";

  for (const {position, projection, pixels} of of.projections)
    test(`${kind} ${projection.method} along dim ${projection.dim} from ${projection.start}, bit for bit`, async () => {
      const found = await project(localStack(of).frames, position, projection, task());
      assert.equal(hex(found.data), pixels);
    });

  for (const {position, x, y, slab, views} of of.cuts)
    test(`${kind} cuts at x ${x}, y ${y}, ${slab.method} of ${slab.half} on each side`, async () => {
      const volume = await readVolume(localStack(of).frames, position, 0, task());
      [againstX(volume, y, slab), againstY(volume, x, slab)].forEach(({data, width, height}, i) => {
        assert.deepEqual({data: hex(data), width, height}, views[i]);
      });
    });

  for (const {roi, mask, isClipped} of of.masks)
    test(`${kind} pixels of the ${roi.shape} ${roi.name}`, () => {
      const {width, height} = of.stack;
      const found = findPixels(roi, {width, height});
      const places = new Set(found.places);
      const rows = mask.map((/** @type {string} */ row, /** @type {number} */ y) =>
        [...row].map((_, x) => (places.has(y * width + x) ? "#" : ".")).join(""),
      );
      assert.deepEqual(rows, mask);
      assert.equal(found.isClipped, isClipped);
    });

  of.answers.forEach((/** @type {any} */ {message, answers}, /** @type {number} */ number) =>
    test(`${kind} answers to ${message.what}, ${number}`, async () => {
      /** @type {any[]} */
      const found = [];
      for await (const answer of REGION_ANSWERS[message.what](localStack(of), message, task()))
        found.push(answer);
      const {what} = message;
      if (what === "measure" || what === "profiles") return assertClose(joined(found), joined(answers));
      const texts = found.map(({data, ...others}) =>
        data instanceof Uint8Array ? {...others, data: new TextDecoder().decode(data)} : others,
      );
      assert.deepEqual(texts, answers); // tables and files are the same text
    }),
  );
}

for (const {from, size, data} of resized)
  test(`pictures of ${from.samples} samples are brought to ${size} as Pillow does`, () => {
    const found = resizeBox({...from, data: bytes(from.data)}, size[0], size[1]);
    assert.equal(hex(found.data), data);
  });

for (const {stack, arrangement, columns, rows, cell, size, indices} of grids)
  test(`a montage of ${stack.dims[0].size} frames in ${arrangement.columns} columns is laid out the same`, () => {
    const cells = makeCells(new Stack(stack), [0], 0, arrangement);
    const {width, height} = sheetSize(cells);
    assert.deepEqual(
      [cells.columns, cells.rows, cells.cellWidth, cells.cellHeight, height, width, cells.run.indices],
      [columns, rows, ...cell, ...size, indices],
    );
  });
