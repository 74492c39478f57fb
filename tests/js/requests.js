// What a script is asked on stdin: four bytes of length, and then so many.

import {readSync} from "node:fs";

/** @param {number} count */
function take(count) {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const n = readSync(0, bytes, at, count - at, null);
    if (!n) process.exit(0);
    at += n;
  }
  return bytes;
}

/** One request after the other, until there are no more. */
export function* requests() {
  for (;;) {
    const [length] = new Uint32Array(take(4).buffer);
    yield take(length);
  }
}
