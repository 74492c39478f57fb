// What is known of a file that was opened, as plain data, which a worker can hand on.

import {codecOf} from "../format/codec.js";
import {readMetadata} from "../describe/metadata.js";

/**
 * @typedef {Omit<import("../format/schema.js").StackInfo, "metadata" | "codec" | "codecOptions"> &
 *   {codec: import("../format/codec.js").StoredCodec}} Info
 */
/** @typedef {{info: Info, map: import("../format/schema.js").FrameMap, known: import("../describe/metadata.js").Known}} Found */

/**
 * Throws where this page does not decode the frames.
 * @param {import("../format/opening.js").Opened} opened
 * @returns {Found}
 */
export function plainly({info: {metadata, codec, codecOptions, ...info}, map}) {
  return {
    info: {...info, codec: codecOf(codec, codecOptions)},
    map,
    known: readMetadata(metadata, info.names, info.sizes),
  };
}
