// Colormaps, as they come from Python.

/**
 * Colormaps by their names, each 256 times red, green, blue.
 * @param {Record<string, string>} colormaps the same as base64
 * @returns {Record<string, Uint8Array>}
 */
export function decodeColormaps(colormaps) {
  const decoded = Object.entries(colormaps).map(([name, text]) => [
    name,
    Uint8Array.from(atob(text), (c) => c.charCodeAt(0)),
  ]);
  return Object.fromEntries(decoded);
}
