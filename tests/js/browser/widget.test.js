import assert from "node:assert/strict";
import {test} from "node:test";

import "../canvas.js";

const compiled = /** @type {number[]} */ ([]);
const {instantiate} = WebAssembly;
Object.assign(WebAssembly, {
  instantiate: (/** @type {Uint8Array<ArrayBuffer>} */ bytes) => (
    compiled.push(bytes.length),
    instantiate(bytes)
  ),
});

test("the decoder is made ready as soon as the page has the script, before there is a view", async () => {
  await import("../../../viewer/jpkl_viewer/browser/widget.js");
  assert.equal(compiled.length, 1);
});
