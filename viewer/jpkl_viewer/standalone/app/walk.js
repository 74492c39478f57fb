// Has a worker walk through a file that has no index, and then look whether its frames are damaged.

import {Questions} from "../../local/questions.js";
import {FormatError} from "../format/errors.js";

/** @typedef {import("../format/opening.js").FileBytes} FileBytes */
/** @typedef {import("../sources/found.js").Found} Found */
/** @typedef {import("../sources/open_stack.js").Walked} Walked */

/** @typedef {(text: string, part: number) => void} Say says what is being done, and how far it is as a part of 1 */

const NEVER = new AbortController().signal;

/**
 * Find the frames of a file by its opcodes.
 * @param {string} script of the worker
 * @param {FileBytes} file
 * @param {Say} say
 * @param {AbortSignal} signal
 * @returns {Promise<Walked>}
 */
export async function walk(script, file, say, signal) {
  const blob = await file.blob();
  const url = URL.createObjectURL(new Blob([script], {type: "text/javascript"}));
  const worker = new Worker(url);
  try {
    const found = await new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      worker.onerror = () => reject(new FormatError("the browser could not read through it"));
      worker.onmessage = ({data: {found, error, position}}) => {
        if (found) resolve(found);
        else if (error) reject(new FormatError(error.message, error.offset));
        else say(`Reading through ${file.name}, which has no index …`, position / file.size);
      };
      worker.postMessage({type: "walk", blob});
    });
    return {found, ...checker(worker)};
  } catch (error) {
    worker.terminate();
    throw error;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/**
 * Has the worker look at frames, so that the page stays free for the hand.
 * @param {Worker} worker
 * @returns {Omit<Walked, "found">}
 */
function checker(worker) {
  const questions = new Questions((message) => worker.postMessage(message), "check");
  worker.onmessage = ({data}) => questions.receive(data);
  return {
    isDamaged: (bytes, signal = NEVER) => questions.ask({bytes}, signal),
    close: () => worker.terminate(),
  };
}
