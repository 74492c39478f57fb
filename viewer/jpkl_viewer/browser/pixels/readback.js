// Whether a page can read the pixels that it draws. Browsers that hide what machine they run on (Firefox with
// `privacy.resistFingerprinting`, some private windows, extensions) alter them or give noise. There, frames are not
// decoded by the browser: they come as pixels from Python.

import {readableContext} from "./planes.js";

/** Side of the picture that is drawn and read: large enough that noise in few of the pixels is noticed. */
const SIDE = 64;

/** What is said where no pixels can come from Python. */
export const UNREADABLE =
  "this browser alters the pixels that a page reads, so that no colors would be right; allow it to read canvases" +
  " (Firefox asks in the address bar), or use a window that is not private";

/** What is said of a picture that would be drawn and read, to be saved or copied. */
export const UNSAVABLE =
  "this browser alters the pixels that a page reads, so that the picture would be noise; allow it to read canvases (Firefox " +
  "asks in the address bar), or use a window that is not private";

/** @type {boolean | undefined} */
let answer;

/** Whether pixels are read as they were drawn; drawn and read once. */
export function readsTruly() {
  answer ??= hasRead(drawAndRead);
  return answer;
}

/**
 * Whether all values come back.
 * @param {(pixels: ImageData) => Uint8ClampedArray} read
 */
export function hasRead(read) {
  const drawn = new Uint8ClampedArray(4 * SIDE * SIDE);
  for (let i = 0; i < SIDE * SIDE; i++) drawn.set([(7 * i) & 255, (5 * i) & 255, i & 255, 255], 4 * i);
  const seen = read(/** @type {ImageData} */ ({data: drawn, width: SIDE, height: SIDE}));
  return drawn.every((value, i) => value === seen[i]);
}

/** @param {ImageData} pixels */
function drawAndRead({data, width, height}) {
  const context = readableContext(width, height);
  context.putImageData(new ImageData(data, width, height), 0, 0);
  return context.getImageData(0, 0, width, height).data;
}
