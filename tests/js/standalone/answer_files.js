// Opens one file after the other, and says in a line of JSON how that ends: the outcome, what the page describes, and
// its first frames.

import {crc32} from "../../../viewer/jpkl_viewer/standalone/format/bytes.js";
import {requests} from "../requests.js";
import {LETTERS, open} from "./outcome.js";

/** Frames of each file that are read. */
const N_READ = 3;

/** @param {Uint8Array<ArrayBuffer>} data */
async function answer(data) {
  try {
    const opened = await open(data);
    return {
      outcome: ".",
      description: opened.description("x"),
      frames: await framesOf(opened.frames),
    };
  } catch (thrown) {
    const error = /** @type {Error} */ (thrown);
    return {outcome: LETTERS[error.name] ?? "?", said: `${error.name}: ${error.message}`, stack: error.stack};
  }
}

/** @param {import("../../../viewer/jpkl_viewer/standalone/sources/stored_frames.js").StoredFrames} frames */
async function framesOf(frames) {
  const found = [];
  for (let number = 0; number < Math.min(frames.length, N_READ); number++)
    found.push(
      await frames.read(number).then(
        (bytes) => crc32(bytes),
        (error) => String(error),
      ),
    );
  return found;
}

for (const data of requests()) console.log(JSON.stringify(await answer(data)));
