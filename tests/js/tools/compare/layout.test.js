import assert from "node:assert/strict";
import {test} from "node:test";
import {columnWidth, placesOf} from "../../../../viewer/jpkl_viewer/tools/compare/layout.js";
import {readSettings} from "../../../../viewer/jpkl_viewer/tools/compare/settings.js";

const BOX = {left: 40, width: 320};
const PICTURE = {left: 100, right: 300, top: 20, bottom: 220};
const SMALL = {left: 100, right: 250, top: 20, bottom: 120};
const STAGE = {width: 400, height: 250};

test("side by side the others are beside the figure, each with its caption", () => {
  const settings = readSettings({mode: "side by side"}, 2);
  const {others, caption} = placesOf(settings, BOX, PICTURE, STAGE, 400, [PICTURE, SMALL]);
  assert.deepEqual(
    others.map(({left, clip}) => [left, clip]),
    [
      [440, ""],
      [840, ""],
    ],
  );
  assert.deepEqual(others[1].caption, {
    left: "910px",
    right: "auto",
    top: "auto",
    bottom: "140px",
    maxWidth: "130px",
  });
  assert.equal(caption.left, "110px");
  const swapped = placesOf({...settings, swapped: true}, BOX, PICTURE, STAGE, 400, [PICTURE, SMALL]);
  assert.deepEqual(
    swapped.others.map(({left}) => left),
    [-360, 440],
  );
});

test("the curtain is over the picture, and the other is cut off left of it", () => {
  const settings = readSettings({mode: "curtain", at: 0.25}, 2);
  const {curtain, others} = placesOf(settings, BOX, PICTURE, STAGE, 400, [PICTURE]);
  assert.equal(curtain, 150);
  assert.deepEqual(others, [
    {
      left: 40,
      clip: "inset(0 0 0 110px)",
      caption: {left: "auto", right: "110px", top: "30px", bottom: "auto", maxWidth: "80px"},
    },
  ]);
  const swapped = placesOf({...settings, swapped: true}, BOX, PICTURE, STAGE, 400, [PICTURE]);
  assert.equal(swapped.others[0].clip, "inset(0 210px 0 0)");
  assert.equal(swapped.caption.right, "110px");
});

test("the curtain goes over all of the larger one, too", () => {
  const settings = readSettings({mode: "curtain", at: 1}, 1);
  const {curtain, caption} = placesOf(settings, BOX, SMALL, STAGE, 400, [PICTURE], undefined, PICTURE);
  assert.equal(curtain, 300);
  assert.equal(caption.maxWidth, "130px", "the name is on its own picture");
});

test("what is beside each other is so by whole pixels of the screen", () => {
  assert.equal(columnWidth(1069, 2, 1), 534);
  assert.equal(columnWidth(1069, 2, 2), 534.5);
  assert.equal(columnWidth(1000, 3, 1.5), 500 / 1.5);
});

test("a caption is beside the scale bar, above it where there is no room, and clear of it in its own corner", () => {
  const settings = readSettings({mode: "difference"}, 1);
  const at = (/** @type {string} */ corner, width = 200) => {
    const picture = {...PICTURE, right: PICTURE.left + width};
    const taken = (/** @type {string} */ of) => (of === corner ? 38 : 0);
    const {bottom, maxWidth} = placesOf(settings, BOX, picture, STAGE, 400, [picture], taken).others[0]
      .caption;
    return [bottom, maxWidth];
  };
  assert.deepEqual(at("bottom right", 400), ["40px", "210px"]);
  assert.deepEqual(at("bottom right"), ["78px", "180px"]);
  assert.deepEqual(at("bottom left"), ["78px", "180px"]);
  assert.deepEqual(at("top right"), ["40px", "180px"]);
});
