import assert from "node:assert/strict";
import {test} from "node:test";
import {fromBase64} from "../../../../viewer/jpkl_viewer/browser/base/base64.js";
import {
  jpegFrame,
  readHeaders,
  scaleFor,
  withoutExif,
} from "../../../../viewer/jpkl_viewer/browser/pixels/decoder.js";
import {vectors} from "../../vectors.js";

/** @type {(marker: number, ...content: number[]) => number[]} */
const segment = (marker, ...content) => [0xff, marker, 0, content.length + 2, ...content];
const frame = (/** @type {number} */ marker) => segment(marker, 8, 1, 2, 3, 4, 1, 1, 0x11, 0); // 258 rows, 772 columns
const scan = [...segment(0xda, 1, 1, 0, 0, 63, 0), ...new Array(20).fill(0)];
const jpeg = (/** @type {number[][]} */ ...segments) =>
  Uint8Array.from([0xff, 0xd8, ...segments.flat(), ...scan]);
const text = (/** @type {string} */ word) => [...word].map((letter) => letter.charCodeAt(0));

test("a picture of another size than its frame is refused", () => {
  assert.deepEqual(readHeaders(jpeg(frame(0xc0)), 772, 258), {hasProfile: false, hasExif: false});
  assert.throws(() => readHeaders(jpeg(frame(0xc0)), 258, 772), /it is 772 x 258 pixels, not 258 x 772/);
  assert.throws(() => readHeaders(jpeg(frame(0xc2)), 772, 257), /pixels/);
});

test("markers between those of frames mean something else", () => {
  for (const marker of [0xc4, 0xc8, 0xcc])
    assert.doesNotThrow(() => readHeaders(jpeg(frame(marker), frame(0xc0)), 772, 258));
});

test("a color profile and EXIF are noticed, as browsers would act by them", () => {
  const profile = segment(0xe2, ...text("ICC_PROFILE"), 0, 1, 1);
  const exif = segment(0xe1, ...text("Exif"), 0, 0);
  const found = readHeaders(jpeg(profile, exif, frame(0xc0)), 772, 258);
  assert.deepEqual(found, {hasProfile: true, hasExif: true});
  assert.equal(readHeaders(jpeg(segment(0xe2, ...text("MPF"), 0), frame(0xc0)), 772, 258).hasProfile, false);
});

test("a picture loses its Exif, wherever that is before the pixels, and nothing else", async () => {
  const profile = segment(0xe2, ...text("ICC_PROFILE"), 0, 1, 1);
  const exif = segment(0xe1, ...text("Exif"), 0, 0);
  const filling = [0xff, 0xff];
  const bytes = jpeg(exif, profile, filling, exif, frame(0xc0));
  assert.ok(readHeaders(jpeg(filling, exif, frame(0xc0)), 772, 258).hasExif);
  const left = new Uint8Array(await new Blob(withoutExif(bytes)).arrayBuffer());
  assert.deepEqual(left, jpeg(profile, filling, frame(0xc0)));
  assert.deepEqual(readHeaders(left, 772, 258), {hasProfile: true, hasExif: false});
});

test("decoding scales down as far as the screen does at least", () => {
  const crop = {width: 1000, height: 800};
  assert.equal(scaleFor(crop, 1000, 800), 1);
  assert.equal(scaleFor(crop, 501, 400), 1);
  assert.equal(scaleFor(crop, 500, 400), 2);
  assert.equal(scaleFor(crop, 240, 200), 4);
  assert.equal(scaleFor(crop, 10, 8), 8);
});

test("where the browser alters what is read, JPEG is decoded without it", async () => {
  for (const {jpeg, width, height, pixels} of vectors("jpeg")) {
    const found = await jpegFrame(fromBase64(jpeg), width, height);
    assert.deepEqual([...(found?.data ?? [])], [...fromBase64(pixels[1])]);
    assert.equal(await jpegFrame(fromBase64(jpeg), width, height + 1), null);
  }
});
