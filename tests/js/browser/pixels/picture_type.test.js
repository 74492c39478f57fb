import assert from "node:assert/strict";
import test from "node:test";

import {isKnown, pictureType} from "../../../../viewer/jpkl_viewer/browser/pixels/picture_type.js";

const text = (/** @type {string} */ start) => Uint8Array.from(start, (letter) => letter.charCodeAt(0));

test("pictures are known by how they begin", () => {
  const types = {
    "\xff\xd8\xff\xe0": "image/jpeg",
    "\x89PNG\r\n\x1a\n": "image/png",
    "RIFF\x10\0\0\0WEBPVP8L": "image/webp",
    "\0\0\0\x1cftypavif": "image/avif",
    "\xff\x0a\x00": "image/jxl",
    "\0\0\0\x0cJXL \r\n\x87\n": "image/jxl",
  };
  for (const [start, type] of Object.entries(types)) {
    assert.equal(pictureType(text(start)), type);
    assert.ok(isKnown(text(start)));
  }
});

test("what is no picture is left to the decoder of JPEG, which says so", () => {
  assert.equal(pictureType(text("GIF89a")), "image/jpeg");
  assert.ok(!isKnown(text("GIF89a")));
  assert.ok(!isKnown(new Uint8Array(0)));
});
