import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {test} from "node:test";

/** In a process of its own: in this one, other tests have had the decoder compiled. */
const SCRIPT = `
  await import("${new URL("../canvas.js", import.meta.url)}");
  const {instantiate} = WebAssembly;
  let n = 0;
  WebAssembly.instantiate = (bytes) => (n++, instantiate(bytes));
  await import("${new URL("../../../viewer/jpkl_viewer/browser/widget.js", import.meta.url)}");
  console.log(n);
`;

test("the decoder is made ready as soon as the page has the script, before there is a view", () => {
  const said = execFileSync(process.execPath, ["--no-warnings", "--input-type=module", "--eval", SCRIPT]);
  assert.equal(String(said).trim(), "1");
});
