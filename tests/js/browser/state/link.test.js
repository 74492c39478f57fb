import assert from "node:assert/strict";
import {test} from "node:test";
import {link} from "../../../../viewer/jpkl_viewer/browser/state/link.js";
import {Stack} from "../../../../viewer/jpkl_viewer/browser/state/stack.js";
import {vectors} from "../../vectors.js";

const golden = vectors("links");
const stack = new Stack(golden.stack);
const start = {...golden.start, zoom: null};

/** Pairs of a link; their order does not matter. @param {string} text */
const pairs = (text) => [...new URLSearchParams(text.slice(1))].sort();

for (const {settings, link: text} of golden.written) {
  test(`written and read: ${JSON.stringify(settings)}`, () => {
    const state = {...start, ...settings};
    assert.deepEqual(pairs(link.write(state, stack)), pairs(text));
    const zoom = state.zoom && [12.35, 6, 2.5];
    assert.deepEqual(link.read(text, start, stack), {...state, zoom});
  });
}

for (const {settings, link: text} of golden.read) {
  test(`read: ${text}`, () => {
    assert.deepEqual(link.read(text, start, stack), {...start, ...settings});
  });
}

const first = {...start, colormap: "magma", composite: true, playback: {...start.playback, fps: 3}};

test("what a link does not say is as by default, but how a stack is played as it was", () => {
  const read = link.read("#time=1&display=10-200", first, stack);
  assert.deepEqual([read.colormap, read.composite, read.playback.fps], ["gray", false, 3]);
});

test("what a link does not say that was typed by hand is as in the first view", () => {
  const read = link.read("#time=1", first, stack);
  assert.deepEqual(read, {...first, position: [1, 0, 0, 0, 0]});
});

for (const text of ["channel=1", "colormap=viridis", "invert=1"])
  test(`a link that was typed by hand shows one channel where it asks for ${text}`, () => {
    assert.equal(link.read(`#${text}`, first, stack).composite, false);
    assert.equal(link.read(`#${text}&composite=1`, first, stack).composite, true);
  });

test("a projection of a long dim keeps its range", () => {
  const dims = golden.stack.dims.map((/** @type {any} */ dim) => ({...dim, size: 1000}));
  const projection = {dim: 3, method: "mean", start: 125, stop: 1000};
  const long = new Stack({...golden.stack, dims});
  assert.deepEqual(link.read(link.write({...start, projection}, long), start, long).projection, projection);
});

test("a projection around a frame takes no more frames on each side than there are", () => {
  const dims = golden.stack.dims.map((/** @type {any} */ dim) => ({...dim, size: 9}));
  const long = new Stack({...golden.stack, dims});
  const aroundIn = (/** @type {string} */ text) =>
    link.read(`#projection=max~${text},0,9,${dims[0].name}`, start, long).projection?.around;
  assert.deepEqual(["3", "8", "9".repeat(400)].map(aroundIn), [3, 8, 8]);
});

test("dims that are named like a setting, or its name in links, do not get into its way", () => {
  const names = ["colormap", "display", "zoom", "projection", "channels"];
  const dims = names.map((name) => ({...golden.stack.dims[0], name, size: 5}));
  const named = new Stack({...golden.stack, dims});
  const state = {...start, colormap: "magma", position: [1, 2, 3, 4, 0], zoom: [1, 2, 3]};
  assert.deepEqual(link.read(link.write(state, named), start, named), state);
});

test("a zoom of one to one is that again, whatever the frame is", () => {
  for (const factor of [0.5 / 1.7578125, 1 / 56.25, 1234.5678]) {
    const read = link.read(link.write({...start, zoom: [1, 2, factor]}, stack), start, stack);
    assert.ok(Math.abs((read.zoom?.[2] ?? 0) / factor - 1) < 1e-5, String(factor));
  }
});
