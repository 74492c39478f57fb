// Label images without Python: their frames are in the page or in a file, and an object is measured as `measure.py` does it.

import {fromBase64} from "../../browser/base/base64.js";
import {caveat, summarize, summaryInUnits} from "../regions/measuring.js";
import {decodeRuns} from "./payload.js";

/** @typedef {Pick<import("../../local/types.js").LocalStack, "stack" | "readLabels">} WithLabels */
/** @typedef {import("../../browser/types.js").LabelDescription} LabelDescription */
/** @typedef {import("./payload.js").Runs} Runs */

/** Frames that are measured before something is said of them. */
const BATCH = 8;

/** The frames of label images, once they were unpacked. @type {WeakMap<LabelDescription, Promise<Uint8Array[]>>} */
const unpacked = new WeakMap();

/**
 * The frames of a label image in the order of their numbers.
 * @param {LabelDescription} labels
 */
function framesOf(labels) {
  const known = unpacked.get(labels) ?? unpack(labels);
  unpacked.set(labels, known);
  return known;
}

/** @param {LabelDescription} labels */
async function unpack({data = "", sizes}) {
  const stream = new Blob([fromBase64(data)]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const n = sizes.reduce((product, size) => product * size, 1);
  const lengths = new DataView(bytes.buffer);
  let at = 4 * n;
  return Array.from({length: n}, (_, i) => {
    const start = at;
    at += lengths.getUint32(4 * i, true);
    return bytes.slice(start, at);
  });
}

/**
 * The bytes of the labels of a frame of the stack.
 * @param {WithLabels} local
 * @param {string} name
 * @param {number[]} position
 * @param {AbortSignal} signal
 */
async function payloadOf({stack, readLabels}, name, position, signal) {
  const labels = stack.labels.find((each) => each.name === name);
  if (!labels) throw new Error(`there are no labels ${name}`);
  const own = position.map((index, d) => Math.min(index, labels.sizes[d] - 1));
  const number = own.reduce((sum, index, d) => sum * labels.sizes[d] + index, 0);
  const isInPage = labels.data !== undefined || !readLabels;
  const data = isInPage ? (await framesOf(labels))[number] : await readLabels(name, number, signal);
  return {data, labels};
}

/**
 * The labels of a frame of the stack.
 * @param {WithLabels} local
 * @param {string} name
 * @param {number[]} position
 * @param {AbortSignal} signal
 * @returns {Promise<Runs>}
 */
export async function labelsAt(local, name, position, signal) {
  const {data, labels} = await payloadOf(local, name, position, signal);
  return decodeRuns(data, local.stack, labels.dtype);
}

/**
 * Places of the pixels of an object.
 * @param {Runs} runs
 * @param {string} value
 */
function placesOf({values, starts, numbers}, value) {
  const number = values.findIndex((each) => String(each) === value);
  /** @type {number[]} */
  const places = [];
  numbers.forEach((each, run) => {
    if (each === number) for (let place = starts[run]; place < starts[run + 1]; place++) places.push(place);
  });
  return Uint32Array.from(places);
}

/** @type {Record<string, import("../../local/types.js").Answer>} */
export const LABEL_ANSWERS = {
  async *"label frames"(local, {wanted}, task) {
    for (const [name, number] of wanted) {
      const position = local.stack.position(number);
      const found = await payloadOf(local, name, position, task.signal).catch((error) => {
        task.check();
        return {failed: error instanceof Error ? error.message : String(error)};
      });
      yield "data" in found ? {name, number, data: found.data} : {name, number, ...found};
    }
  },

  async *"object curve"({stack, frames, measured = frames, readLabels}, {name, value, position, dim}, task) {
    const n = stack.sizes[dim];
    const head = {original: stack.isExact || stack.ranges !== null, caveat: caveat(stack)};
    for (let start = 0; start < n; start += BATCH) {
      task.report(start, n);
      const part = {start, pixels: [], mean: [], x: [], y: []};
      for (let index = start; index < Math.min(n, start + BATCH); index++) {
        const found = await measureObject(
          {stack, frames: measured, readLabels},
          name,
          value,
          stack.at(position, dim, index),
          task,
        );
        for (const [key, list] of Object.entries(part))
          if (Array.isArray(list))
            list.push(/** @type {never} */ (found[/** @type {keyof typeof found} */ (key)]));
      }
      yield {...part, ...head};
    }
  },
};

/**
 * @param {WithLabels & {frames: import("../../local/frames.js").Frames}} local
 * @param {string} name
 * @param {string} value
 * @param {number[]} position
 * @param {import("../../local/task.js").Task} task
 */
async function measureObject({frames, ...local}, name, value, position, task) {
  const {stack} = local;
  const places = placesOf(await labelsAt(local, name, position, task.signal), value);
  if (!places.length) return {pixels: 0, mean: null, x: null, y: null};
  const pixels = await frames.pixels(stack.number(position), task.signal);
  const range = stack.isExact ? null : stack.rangeAt(position);
  const {mean} = summaryInUnits(summarize(pixels, places), range);
  const center = (/** @type {(place: number) => number} */ at) =>
    places.reduce((sum, place) => sum + at(place), 0) / places.length;
  return {
    pixels: places.length,
    mean: stack.color ? mean : mean[0],
    x: center((place) => place % stack.width),
    y: center((place) => Math.floor(place / stack.width)),
  };
}
