import assert from "node:assert/strict";
import {test} from "node:test";
import {
  colorRamp,
  compose,
  countValues,
  fromRgb,
  lookupTable,
} from "../../../../viewer/jpkl_viewer/browser/state/colors.js";
import {bytes, toHex, vectors} from "../../vectors.js";

const golden = vectors("paint");

/** @param {string} colors name of a colormap, or a color */
const colormap = (colors) => (colors.startsWith("#") ? colorRamp(colors) : bytes(golden.colormaps[colors]));

/** @param {{colors: string, limits: number[], gamma: number, invert: boolean}} layer */
const lut = ({colors, limits, gamma, invert}) => lookupTable(colormap(colors), limits, gamma, invert);

test("a lookup table has the colors that Python gives each pixel value, and is opaque", () => {
  for (const layer of golden.luts) {
    assert.equal(toHex(lut(layer)), layer.lut, JSON.stringify(layer.colors));
    assert.ok(lut(layer).every((color) => color >>> 24 === 255));
  }
});

test("a ramp runs from black to its color as in Python", () => {
  for (const [color, ramp] of Object.entries(golden.ramps))
    assert.equal(Buffer.from(colorRamp(color)).toString("hex"), ramp);
});

test("layers of gray values add up as in Python", () => {
  const pixels = golden.pixels.map(bytes);
  for (const {layers, picture} of golden.composites) {
    const painted = layers.map((/** @type {any} */ layer, /** @type {number} */ i) => ({
      plane: pixels[i],
      lut: lut(layer),
    }));
    assert.equal(toHex(compose(painted, 64, false)), picture, `${layers.length} layers`);
  }
});

test("colormaps apply to red, green and blue of RGB frames as in Python", () => {
  const plane = fromRgb(bytes(golden.rgb));
  for (const layer of golden.colors)
    assert.equal(toHex(compose([{plane, lut: lut(layer)}], 64, true)), layer.picture, layer.colors);
});

test("pictures are opaque, also the black one of no layers", () => {
  const gray = lut(golden.luts[0]);
  const layer = {plane: Uint8Array.of(0, 9), lut: gray};
  assert.deepEqual([...compose([], 2, false)], [0xff000000, 0xff000000]);
  assert.deepEqual([...compose([layer, layer], 2, false)], [0xff000000, 0xff121212]);
  const inverted = lookupTable(colorRamp("#ffffff"), [0, 255], 1, true);
  const plane = fromRgb(Uint8Array.of(0, 9, 255));
  assert.deepEqual([...plane], [0xffff0900]);
  assert.deepEqual([...compose([{plane, lut: inverted}], 1, true)], [0xff00f6ff]);
});

test("each of the 256 pixel values is counted", () => {
  const counts = countValues(Uint8ClampedArray.of(0, 0, 0, 255, 255, 255, 255, 255), false);
  assert.deepEqual([counts.length, counts[0], counts[255]], [256, 1, 1]);
});

test("gray pixels count once, colors by each of their samples", () => {
  const data = Uint8ClampedArray.of(1, 1, 1, 255, 9, 8, 7, 255);
  assert.deepEqual(
    [...countValues(data, false).entries()].filter(([, n]) => n),
    [
      [1, 1],
      [9, 1],
    ],
  );
  assert.deepEqual(
    [...countValues(data, true).entries()].filter(([, n]) => n),
    [
      [1, 3],
      [7, 1],
      [8, 1],
      [9, 1],
    ],
  );
});
