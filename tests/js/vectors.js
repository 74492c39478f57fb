// Golden vectors: what Python computed, by `python -m tests.tools.vectors`.

import {readFileSync} from "node:fs";

/** @param {string} name of a file in `tests/data` @returns {any} */
export function vectors(name) {
  return JSON.parse(readFileSync(new URL(`../data/${name}.json`, import.meta.url), "utf-8"));
}

/** @param {string} hex @returns {Uint8Array<ArrayBuffer>} */
export function bytes(hex) {
  return Uint8Array.from({length: hex.length / 2}, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

/** Colors as the hexadecimal digits of red, green, blue. @param {Iterable<number>} colors */
export function toHex(colors) {
  const hex = (/** @type {number} */ byte) => byte.toString(16).padStart(2, "0");
  return Array.from(colors, (c) => hex(c & 255) + hex((c >> 8) & 255) + hex((c >> 16) & 255)).join("");
}
