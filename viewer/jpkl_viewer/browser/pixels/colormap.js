// Colormaps, as they come from Python.

import {fromBase64} from "../base/base64.js";

/**
 * Colormaps by their names, each 256 times red, green, blue.
 * @param {Record<string, string>} colormaps the same as base64
 * @returns {Record<string, Uint8Array>}
 */
export function decodeColormaps(colormaps) {
  return Object.fromEntries(Object.entries(colormaps).map(([name, text]) => [name, fromBase64(text)]));
}
