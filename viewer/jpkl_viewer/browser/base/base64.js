// Bytes that a page has as text.

/** As a browser of today has it. @typedef {{fromBase64?: (text: string) => Uint8Array<ArrayBuffer>}} FromBase64 */

/** @param {string} text @returns {Uint8Array<ArrayBuffer>} */
export function fromBase64(text) {
  const native = /** @type {FromBase64} */ (/** @type {unknown} */ (Uint8Array));
  if (native.fromBase64) return native.fromBase64(text);
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

/**
 * Text of one of the page's elements that are compressed; "" where there is none.
 * @param {string} id
 */
export async function unpacked(id) {
  const bytes = fromBase64(document.querySelector(`#${id}`)?.textContent ?? "");
  if (!bytes.length) return "";
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}
