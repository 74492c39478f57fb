import assert from "node:assert/strict";
import {test} from "node:test";
import {Viewport} from "../../../../viewer/jpkl_viewer/browser/state/viewport.js";
import {copyPicture, frameSeen, pictureSeen} from "../../../../viewer/jpkl_viewer/tools/export/copying.js";

/** What the figure shows along x and y. */
const RANGES = [
  {min: 9.5, max: 19.5},
  {min: -0.5, max: 49.5},
];

/**
 * @param {number} screenScale
 * @param {object} [more]
 */
function seen(screenScale, more = {}) {
  const view = {
    viewport: {screenScale, painted: {ranges: RANGES}, isUpright: true, extent: {width: 60, height: 50}},
    state: {scale_bar_length: 0},
    corners: {bar: {length: 20}},
    arrangement: null,
    ...more,
  };
  return pictureSeen(/** @type {any} */ (view));
}

/**
 * Give the page a clipboard, or none.
 * @param {object | undefined} clipboard
 */
function withClipboard(clipboard) {
  Object.defineProperty(globalThis, "navigator", {value: {clipboard}, configurable: true});
  Object.assign(globalThis, {
    ClipboardItem: class {
      /** @param {Record<string, Promise<Blob>>} data */
      constructor(data) {
        Object.assign(this, {data});
      }
    },
    createImageBitmap: async () => ({width: 8, height: 6}),
  });
}

test("the part that is seen is copied at about the size on the screen", () => {
  assert.deepEqual(seen(3.4).region, [10, 0, 20, 50]);
  assert.equal(seen(3.4).bar_length, 20);
  assert.equal(seen(3.4, {state: {scale_bar_length: 7}}).bar_length, null, "Python knows it by the settings");
  assert.deepEqual(
    [0.001, 0.3, 1, 1.6, 12.2, 99].map((scale) => seen(scale).zoom),
    [1 / 64, 0.3, 1, 2, 12, 64],
  );
  const arrangement = {columns: 4, every: 2, cell: 120};
  assert.deepEqual(seen(3, {arrangement}).arrangement, {columns: 4, every: 2, cell: 40});
});

test("of stacks over each other the part of all is copied, also where the first has ended", () => {
  const viewport = {
    screenScale: 1,
    painted: {ranges: RANGES},
    isUpright: true,
    extent: {width: 15, height: 90},
  };
  assert.deepEqual(seen(1, {viewport, stack: {width: 12, height: 20}}).region, [10, 0, 15, 50]);
});

test("it is copied as it is turned on the screen", () => {
  assert.equal(seen(1).turned, false);
  const ranges = [
    {min: 0, max: 9},
    {min: 0, max: 9},
  ];
  const extent = {width: 15, height: 5};
  const turned = seen(1, {viewport: {screenScale: 1, painted: {ranges}, isUpright: false, extent}});
  assert.equal(turned.turned, true);
});

test("without Python, the pixels of the screen are turned as they are seen", async () => {
  /** Where the middle of the pixel in the first row and column is drawn. @type {number[]} */
  let place = [];
  class Canvas {
    hidden = false;
    width = 5;
    height = 2;
    getContext() {
      /** @type {number[]} */
      let matrix = [];
      return {
        setTransform: (/** @type {number[]} */ ...values) => void (matrix = values),
        drawImage(/** @type {Canvas} */ _, /** @type {number} */ left, /** @type {number} */ top) {
          const [a, b, c, d, e, f] = matrix;
          const [x, y] = [left + 0.5, top + 0.5];
          place = [a * x + c * y + e, b * x + d * y + f];
        },
      };
    }
    /** @param {(blob: any) => void} take */
    toBlob(take) {
      take([this.width, this.height, ...place]);
    }
  }
  Object.assign(globalThis, {document: {createElement: () => Object.assign(new Canvas(), {append() {}})}});
  const copied = async (/** @type {number} */ turns, /** @type {boolean} */ isFlipped) => {
    const viewport = new Viewport({width: 5, height: 2}, () => {});
    viewport.orient({turns, isFlipped});
    return frameSeen(/** @type {any} */ ({viewport, stage: {querySelector: () => new Canvas()}}));
  };
  assert.deepEqual(await copied(0, false), [5, 2]);
  assert.deepEqual(await copied(1, false), [2, 5, 1.5, 0.5]);
  assert.deepEqual(await copied(2, false), [5, 2, 4.5, 1.5]);
  assert.deepEqual(await copied(3, false), [2, 5, 0.5, 4.5]);
  assert.deepEqual(await copied(0, true), [5, 2, 4.5, 0.5]);
  assert.deepEqual(await copied(1, true), [2, 5, 1.5, 4.5]);
});

test("a picture is copied, and its size is said", async () => {
  /** @type {any[]} */
  const written = [];
  withClipboard({write: async (/** @type {any[]} */ items) => written.push(...items)});
  const picture = Promise.resolve(new Blob(["png"]));
  assert.equal(await copyPicture(picture), "Copied, 8 × 6 px");
  assert.deepEqual(
    written.map(({data}) => data),
    [{"image/png": picture}],
  );
});

test("why nothing was copied is said", async () => {
  withClipboard(undefined);
  assert.match(await copyPicture(Promise.resolve(new Blob())), /https or on localhost/);
  assert.match(await copyPicture(Promise.reject(new Error("damaged"))), /https or on localhost/);
  const refuses = {write: async () => Promise.reject(new Error("NotAllowed"))};
  withClipboard(refuses);
  assert.match(await copyPicture(Promise.resolve(new Blob())), /does not let this page/);
  assert.equal(
    await copyPicture(Promise.reject(new Error("Frame 3 is damaged"))),
    "Not copied: Frame 3 is damaged",
  );
});
