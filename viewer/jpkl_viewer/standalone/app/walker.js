// Runs in a worker: walks through the pickle of a file that has no index, which may take long.

import {openByWalking} from "../format/opening.js";
import {plainly} from "../sources/found.js";

/**
 * What only workers have.
 * @typedef {object} WorkerScope
 * @property {new () => {readAsArrayBuffer(blob: Blob): ArrayBuffer}} FileReaderSync
 * @property {(message: object) => void} postMessage
 * @property {(event: {data: Blob}) => void} onmessage
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

/** @param {{data: Blob}} event */
scope.onmessage = ({data}) => {
  try {
    const found = plainly(openByWalking(new SyncFile(data), (position) => scope.postMessage({position})));
    scope.postMessage({found});
  } catch (error) {
    const {name, message, offset} = /** @type {import("../format/errors.js").FormatError} */ (error);
    scope.postMessage({error: {name, message, offset}});
  }
};
