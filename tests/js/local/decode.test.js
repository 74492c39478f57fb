// Frames are decoded as many at a time as there are cores, in room that is used again.

import assert from "node:assert/strict";
import {test} from "node:test";
import "../canvas.js";
import {decodePixels} from "../../../viewer/jpkl_viewer/local/decode.js";

/** A JPEG as far as its headers say, of 4 x 2 gray pixels of a value. @param {number} value */
const frame = (value) =>
  Uint8Array.from([
    ...[0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 2, 0, 4, 1, 1, 0x11, 0],
    ...[0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, ...Array(20).fill(value)],
  ]);

test("no frame waits for ever, none gets the pixels of another, and one that is damaged stops no other", async (t) => {
  let [now, most] = [0, 0];
  class FakeDecoder {
    /** @param {{data: Uint8Array}} options */
    constructor({data}) {
      this.value = data[data.length - 1];
    }

    async decode() {
      most = Math.max(most, ++now);
      await new Promise((done) => setTimeout(done));
      now--;
      if (this.value === 3) throw new Error("damaged");
      const copyTo = async (/** @type {Uint32Array} */ room) =>
        room.fill(0xff000000 | (0x010101 * this.value));
      const size = {displayWidth: 4, displayHeight: 2};
      return {image: {...size, format: "RGBA", allocationSize: () => 32, copyTo, close() {}}};
    }

    close() {}
  }
  Object.assign(globalThis, {ImageDecoder: FakeDecoder});
  t.after(() => Object.assign(globalThis, {ImageDecoder: undefined}));
  const size = {width: 4, height: 2, color: false};
  const values = Array.from({length: 40}, (_, i) => i % 9);
  const decoding = values.map((value) => decodePixels(frame(value), size, 1, 0).then(({data}) => [...data]));
  const found = await Promise.allSettled(decoding);
  found.forEach((result, i) => {
    if (values[i] === 3) assert.equal(result.status, "rejected");
    else assert.deepEqual(/** @type {any} */ (result).value, Array(8).fill(values[i]));
  });
  assert.ok(most <= navigator.hardwareConcurrency);
});
