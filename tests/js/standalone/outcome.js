// How opening a file ends in the browser's modules.

import {FormatError} from "../../../viewer/jpkl_viewer/standalone/format/errors.js";
import {MemoryBytes} from "../../../viewer/jpkl_viewer/standalone/format/bytes.js";
import {openByWalking} from "../../../viewer/jpkl_viewer/standalone/format/opening.js";
import {isDamagedHere} from "../../../viewer/jpkl_viewer/standalone/sources/damage.js";
import {LocalFile} from "../../../viewer/jpkl_viewer/standalone/sources/file.js";
import {plainly} from "../../../viewer/jpkl_viewer/standalone/sources/found.js";
import {openStack} from "../../../viewer/jpkl_viewer/standalone/sources/open_stack.js";

/** What each kind of error is, as in `tests/tools/file_vectors.py`. @type {Record<string, string>} */
export const LETTERS = {
  FormatError: "F",
  UnsafePickleError: "U",
  TruncatedFileError: "T",
  UnsupportedVersionError: "V",
  Error: "D",
};

/**
 * @param {Uint8Array<ArrayBuffer>} data
 * @param {string} name
 */
export function open(data, name = "stack.jpkl") {
  const file = new LocalFile(new Blob([data]), name);
  return openStack(file, async () => ({
    found: plainly(openByWalking(new MemoryBytes(data))),
    isDamaged: isDamagedHere,
    close() {},
  }));
}

/**
 * "." where a file opens, else what kind of error there is. Any other error is thrown.
 * @param {Uint8Array<ArrayBuffer>} data
 */
export async function outcomeOf(data) {
  try {
    await open(data);
    return ".";
  } catch (error) {
    if (!(error instanceof FormatError) && /** @type {Error} */ (error).constructor !== Error) throw error;
    return LETTERS[/** @type {Error} */ (error).name];
  }
}

/**
 * A file with one flipped bit, or cut off: the same as `changed_files` in Python.
 * @param {Uint8Array<ArrayBuffer>} data
 */
export function* changedFiles(data) {
  for (let i = 0; i < 96; i++) {
    const changed = data.slice();
    changed[(i * 7919) % data.length] ^= 1 << (i % 8);
    yield changed;
  }
  for (let i = 0; i < 12; i++) yield data.slice(0, (i * 7919) % data.length);
}
