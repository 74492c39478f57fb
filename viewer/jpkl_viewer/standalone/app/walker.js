// Runs in a worker: walks through the pickle of a file that has no index, which may take long, and then looks whether its
// frames are damaged, which takes about as long as to decode them.
//
//     {type: "walk", blob}           to it
//     {position}, {found}, {error}   from it
//     {type: "check", id, bytes}     to it: a JPEG
//     {id, answer}                   from it

import {openByWalking} from "../format/opening.js";
import {isDamagedHere} from "../sources/damage.js";
import {plainly} from "../sources/found.js";

/**
 * What only workers have.
 * @typedef {object} WorkerScope
 * @property {new () => {readAsArrayBuffer(blob: Blob): ArrayBuffer}} FileReaderSync
 * @property {(message: object) => void} postMessage
 * @property {(event: {data: any}) => void} onmessage
 */

const scope = /** @type {WorkerScope} */ (/** @type {unknown} */ (globalThis));

/** A file, read at once: as a worker may. */
class SyncFile {
  #blob;
  #reader = new scope.FileReaderSync();

  /** @param {Blob} blob */
  constructor(blob) {
    this.#blob = blob;
    this.size = blob.size;
  }

  /**
   * @param {number} offset
   * @param {number} count
   */
  readAt(offset, count) {
    return new Uint8Array(this.#reader.readAsArrayBuffer(this.#blob.slice(offset, offset + count)));
  }
}

/** @param {Blob} blob */
function walk(blob) {
  try {
    const found = plainly(openByWalking(new SyncFile(blob), (position) => scope.postMessage({position})));
    scope.postMessage({found});
  } catch (error) {
    const {name, message, offset} = /** @type {import("../format/errors.js").FormatError} */ (error);
    scope.postMessage({error: {name, message, offset}});
  }
}

scope.onmessage = async (/** @type {{data: any}} */ {data}) => {
  if (data.type === "walk") walk(data.blob);
  else if (data.type === "check") scope.postMessage({id: data.id, answer: await isDamagedHere(data.bytes)});
};
