// What is known of a file that was opened, as plain data, which a worker can hand on.

import {readMetadata} from "../describe/metadata.js";

/** @typedef {Omit<import("../format/schema.js").StackInfo, "metadata">} Info */
/** @typedef {{info: Info, map: import("../format/schema.js").FrameMap, known: import("../describe/metadata.js").Known}} Found */

/**
 * @param {import("../format/opening.js").Opened} opened
 * @returns {Found}
 */
export function plainly({info: {metadata, ...info}, map}) {
  return {info, map, known: readMetadata(metadata, info.names, info.sizes)};
}
