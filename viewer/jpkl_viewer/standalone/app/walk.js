// Has a worker walk through a file that has no index.

import {FormatError} from "../format/errors.js";

/** @typedef {import("../format/opening.js").FileBytes} FileBytes */
/** @typedef {import("../sources/found.js").Found} Found */

/** @typedef {(text: string, part: number) => void} Say says what is being done, and how far it is as a part of 1 */

/**
 * Find the frames of a file by its opcodes.
 * @param {string} script of the worker
 * @param {FileBytes} file
 * @param {Say} say
 * @param {AbortSignal} signal
 * @returns {Promise<Found>}
 */
export async function walk(script, file, say, signal) {
  const blob = await file.blob();
  const url = URL.createObjectURL(new Blob([script], {type: "text/javascript"}));
  const worker = new Worker(url);
  try {
    return await new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      worker.onerror = () => reject(new FormatError("the browser could not read through it"));
      worker.onmessage = ({data: {found, error, position}}) => {
        if (found) resolve(found);
        else if (error) reject(new FormatError(error.message, error.offset));
        else say(`Reading through ${file.name}, which has no index …`, position / file.size);
      };
      worker.postMessage(blob);
    });
  } finally {
    worker.terminate();
    URL.revokeObjectURL(url);
  }
}
