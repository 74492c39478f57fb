// Colormaps: as they come from Python, and the choice of one.

import {context2d, h} from "./dom.js";

/**
 * Choice of a colormap with a strip of its colors.
 * @param {string[]} names
 * @param {{onPick: (name: string) => void}} handlers
 */
export function colormapPicker(names, {onPick}) {
  const select = h(
    "select",
    {"aria-label": "colormap", onchange: () => onPick(select.value)},
    ...names.map((name) => h("option", {value: name}, name)),
  );
  const strip = h("canvas", {className: "strip", width: 256, height: 1, "aria-hidden": "true"});
  return {
    element: h("div", {className: "colormap"}, select, strip),
    /**
     * @param {string} name
     * @param {Uint8Array} colors 256 times red, green, blue
     */
    update(name, colors) {
      select.value = name;
      const image = new ImageData(256, 1);
      for (let i = 0; i < 256; i++) image.data.set([...colors.subarray(3 * i, 3 * i + 3), 255], 4 * i);
      context2d(strip).putImageData(image, 0, 0);
    },
  };
}

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
