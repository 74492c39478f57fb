// Pickles are read as `jpkl/_pickle` reads them.

import assert from "node:assert/strict";
import {test} from "node:test";
import {MemoryBytes, latin1} from "../../../viewer/jpkl_viewer/standalone/format/bytes.js";
import {readPickle} from "../../../viewer/jpkl_viewer/standalone/format/reader.js";
import {FrameTable} from "../../../viewer/jpkl_viewer/standalone/format/values.js";

/** What a pickle holds. @param {string} opcodes */
const read = (opcodes) => readPickle(new MemoryBytes(latin1(opcodes))).value;

test("text of protocol 0 has escapes of 4 and of 8 digits", () => {
  assert.equal(read("V\\U0001f600 \\u00e9 \\\\U0001f600 \\x\n."), "\u{1f600} é \\\\U0001f600 \\x");
  for (const broken of ["\\u00e", "\\U0001f60", "\\U00110000"])
    assert.throws(() => read(`V${broken}\n.`), /broken escape/);
});

test("a dict of the metadata that is called images is not the table of the frames", () => {
  const [metadata, images, x] = ["\x8c\x08metadata", "\x8c\x06images", "\x8c\x01x"];
  const top = read(`}${metadata}}(${images}}${x}K\x01us${images}}s.`);
  assert.ok(top.get("images") instanceof FrameTable);
  assert.ok(!(top.get("metadata").get("images") instanceof FrameTable));
});
