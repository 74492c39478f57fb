import assert from "node:assert/strict";
import {test} from "node:test";
import {themeOf} from "../../../../viewer/jpkl_viewer/browser/page/theme.js";

test("a background is light or dark, or shows what is behind it", () => {
  assert.equal(themeOf("rgb(33, 37, 41)"), "dark");
  assert.equal(themeOf("rgb(247, 247, 247)"), "light");
  assert.equal(themeOf("rgba(0, 0, 0, 0)"), null);
  assert.equal(themeOf("rgba(0, 0, 0, 0.9)"), "dark");
  assert.equal(themeOf("color(srgb 0.9 0.95 1)"), "light");
  assert.equal(themeOf("color(srgb 0.1 0.1 0.1 / 0.2)"), null);
  assert.equal(themeOf("oklch(0.2 0.1 30)"), null);
});
