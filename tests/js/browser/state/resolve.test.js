import assert from "node:assert/strict";
import {test} from "node:test";
import {colorRamp, compose} from "../../../../viewer/jpkl_viewer/browser/state/colors.js";
import {
  colormapOf,
  layersAt,
  lookOf,
  lutOf,
  paletteOf,
  withKnownColormaps,
} from "../../../../viewer/jpkl_viewer/browser/state/resolve.js";
import {Stack} from "../../../../viewer/jpkl_viewer/browser/state/stack.js";
import {bytes, toHex, vectors} from "../../vectors.js";

/** @typedef {import("../../../../viewer/jpkl_viewer/browser/types.js").State} State */

const golden = vectors("views");
const stack = new Stack(golden.stack);
const frames = golden.pixels.map(bytes);
const colormaps = Object.fromEntries(
  Object.entries(vectors("paint").colormaps).map(([name, colors]) => [name, bytes(colors)]),
);

/** @param {State} state */
function paint(state) {
  const layers = layersAt(state.position, state, stack).map(({channel, position}) => ({
    plane: frames[stack.number(position)],
    lut: lutOf(lookOf(channel, state, stack, colormaps)),
  }));
  return toHex(compose(layers, stack.width * stack.height, stack.color));
}

for (const {other, settings, picture} of golden.views) {
  const what = other ? `another ${other}` : "a view at the start";
  test(`${what} is painted as in Python, ${settings.composite ? "as a composite" : "one channel"}`, () => {
    assert.equal(paint(settings), picture, `the effect of ${other || "the start"} in browser/resolve.js`);
  });
}

test("a channel that is shown alone has its own colormap, or that of the view, or its color", () => {
  const [{settings: start}] = golden.views;
  const shown = (/** @type {string} */ own, /** @type {string} */ colormap, composite = false) => {
    const channels = [{...start.channels[0], colormap: own}, ...start.channels.slice(1)];
    const state = {...start, colormap, composite, channels};
    return [colormapOf(0, state, stack), Buffer.from(lookOf(0, state, stack, colormaps).colors)];
  };
  const ramp = Buffer.from(colorRamp(start.channels[0].color));
  assert.deepEqual(shown("color", "magma"), ["magma", Buffer.from(colormaps.magma)]);
  assert.deepEqual(shown("viridis", "magma"), ["viridis", Buffer.from(colormaps.viridis)]);
  assert.deepEqual(shown("color", "color"), ["color", ramp]);
  assert.deepEqual(shown("color", "magma", true), ["color", ramp]);
  assert.deepEqual(shown("viridis", "magma", true), ["viridis", Buffer.from(colormaps.viridis)]);
});

test("colormaps that only another version knows are left out", () => {
  const [{settings: start}] = golden.views;
  const [first, ...others] = start.channels;
  const state = {...start, colormap: "newer", channels: [{...first, colormap: "toString"}, ...others]};
  assert.deepEqual(withKnownColormaps(state, colormaps), start);
  const known = {...start, colormap: "magma", channels: [{...first, colormap: "viridis"}, ...others]};
  assert.deepEqual(withKnownColormaps(known, colormaps), known);
});

test("the palette has the colors between the limits, wherever these are", () => {
  const [{settings: start}] = golden.views;
  const narrow = {...start, channels: [{...start.channels[0], limits: [20, 30]}, ...start.channels.slice(1)]};
  const [palette, whole] = [narrow, start].map((state) => paletteOf(lookOf(0, state, stack, colormaps)));
  assert.deepEqual(palette, whole);
  assert.deepEqual(whole, lutOf(lookOf(0, start, stack, colormaps)));
});
