// Whether frames without a checksum are damaged. Of a damaged JPEG, browsers show what they can.

import {isDamagedJpeg, loadJpeg} from "../../browser/pixels/jpeg/jpeg.js";

/**
 * Says whether a JPEG is damaged.
 * @typedef {(bytes: Uint8Array<ArrayBuffer>, signal?: AbortSignal) => Promise<boolean>} IsDamaged
 */

/** Found out in this thread. @type {IsDamaged} */
export async function isDamagedHere(bytes) {
  await loadJpeg();
  return isDamagedJpeg(bytes);
}
