// The label images of an opened file: a frame that is given is the one that was stored, or there is an error.

import {crc32, joined} from "../format/bytes.js";
import {countFrames, mostFrameNbytes} from "../format/labels.js";

/** @typedef {import("../format/bytes.js").Bytes} Bytes */
/** @typedef {import("../format/labels.js").StoredLabels} StoredLabels */

/** Groups that are kept, as frames next to each other are often wanted one after the other. */
const KEPT_GROUPS = 8;

export class LabelSource {
  #file;
  #frame;
  /** The latest last. @type {Map<string, Promise<Bytes[]>>} */
  #kept = new Map();

  /**
   * @param {import("../format/opening.js").FileBytes} file
   * @param {StoredLabels[]} labels
   * @param {{width: number, height: number}} frame
   */
  constructor(file, labels, frame) {
    this.#file = file;
    this.#frame = frame;
    this.labels = labels;
  }

  /**
   * One of the frames that are stored of a label image.
   * @param {string} name
   * @param {number} number in C order of its own sizes
   */
  async read(name, number) {
    const labels = this.labels.find((each) => each.name === name);
    if (!labels) throw new Error(`there are no labels ${name}`);
    if (!(Number.isInteger(number) && number >= 0 && number < countFrames(labels)))
      throw new Error(`the labels ${name} have no frame ${number}`);
    const frames = await this.#group(labels, Math.floor(number / labels.group));
    return frames[number % labels.group];
  }

  /**
   * @param {StoredLabels} labels
   * @param {number} group
   */
  #group(labels, group) {
    const key = `${group} ${labels.name}`;
    const frames = this.#kept.get(key) ?? this.#readGroup(labels, group);
    this.#kept.delete(key);
    this.#kept.set(key, frames);
    frames.catch(() => this.#kept.delete(key));
    if (this.#kept.size > KEPT_GROUPS) this.#kept.delete([...this.#kept.keys()][0]);
    return frames;
  }

  /**
   * @param {StoredLabels} labels
   * @param {number} group
   */
  async #readGroup(labels, group) {
    const {name, start, offsets, lengths, checksums, group: size} = labels;
    const data = await this.#file.read(start + offsets[group], lengths[group]);
    if (crc32(data) !== checksums[group])
      throw new Error(`labels ${name}: their bytes are not those that were written (the checksum differs)`);
    const nFrames = Math.min(size, countFrames(labels) - group * size);
    return framesOf(data, nFrames, mostFrameNbytes(this.#frame, labels.dtype));
  }
}

const broken = () => new Error("broken labels: not the frames that a group has");

/**
 * The frames of a group: a zlib stream of their lengths, and of their bytes.
 * @param {Bytes} data
 * @param {number} nFrames
 * @param {number} most bytes that a frame can have
 */
async function framesOf(data, nFrames, most) {
  const bytes = await inflated(data, nFrames * (4 + most));
  if (bytes.length < 4 * nFrames) throw broken();
  const lengths = new DataView(bytes.buffer);
  let at = 4 * nFrames;
  const frames = Array.from({length: nFrames}, (_, i) => {
    const start = at;
    at += lengths.getUint32(4 * i, true);
    if (at - start > 4 + most || at > bytes.length) throw broken();
    return bytes.slice(start, at);
  });
  if (at !== bytes.length) throw broken();
  return frames;
}

/**
 * What a zlib stream has; a small one that would become huge is given up.
 * @param {Bytes} data
 * @param {number} most
 */
async function inflated(data, most) {
  const reader = new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  /** @type {Bytes[]} */
  const parts = [];
  let total = 0;
  for (;;) {
    const {done, value} = await reader.read().catch(() => {
      throw broken();
    });
    if (done) break;
    total += value.length;
    if (total > most) {
      await reader.cancel();
      throw broken();
    }
    parts.push(value);
  }
  return joined(parts);
}
