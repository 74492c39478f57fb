// What lies over the picture: scale bar and colorbar.

import {context2d, h} from "./dom.js";
import {format, niceLength} from "./numbers.js";

/** A scale bar over the picture. */
export function scaleBar() {
  const bar = h("div", {className: "bar"});
  const text = h("div", {});
  const element = h("div", {className: "scalebar"}, text, bar);
  return {
    element,
    /**
     * @param {number} perUnit CSS pixels that one unit takes
     * @param {string} unit
     * @param {number} room CSS pixels for the bar at most
     */
    update(perUnit, unit, room) {
      if (!(room > 0)) return; // the figure is hidden
      const length = niceLength(room / perUnit);
      bar.style.width = `${length * perUnit}px`;
      text.textContent = `${format(length)} ${unit}`;
    },
  };
}

/** The colors between the contrast limits, over the picture. */
export function colorbar() {
  const strip = h("canvas", {width: 1, height: 128, "aria-hidden": "true"});
  const low = h("span", {});
  const high = h("span", {});
  return {
    element: h("div", {className: "colorbar", hidden: true}, strip, h("div", {}, high, low)),
    /**
     * @param {Uint32Array} palette 256 colors from limit to limit, as little-endian RGBA
     * @param {readonly number[]} limits
     * @param {(value: number) => string} toOriginal makes text of a pixel value
     */
    update(palette, limits, toOriginal) {
      const {height} = strip;
      const colors = Uint32Array.from({length: height}, (_, y) => {
        return palette[Math.round((255 * (height - 1 - y)) / (height - 1))];
      });
      const image = new ImageData(new Uint8ClampedArray(colors.buffer), 1, height);
      context2d(strip).putImageData(image, 0, 0);
      [low.textContent, high.textContent] = limits.map(toOriginal);
    },
  };
}
