// What lies over the picture: scale bar and colorbar.

import {context2d, h} from "../base/dom.js";
import {format, withMinus} from "../base/numbers.js";

/** Rows of the strip of a colorbar. */
const STRIP = 128;

/** A scale bar over the picture. */
export function scaleBar(className = "scalebar", isUpright = false) {
  const bar = h("div", {className: "bar"});
  const text = h("div", {});
  const element = h("div", {className}, text, bar);
  return {
    element,
    /** What it stands for, in that unit. */
    length: 0,
    /**
     * @param {number} perUnit CSS pixels that one unit takes
     * @param {string} unit
     * @param {number} length
     * @returns {number} CSS pixels that it is long
     */
    update(perUnit, unit, length) {
      if (!(length > 0)) return 0; // the figure is hidden
      bar.style[isUpright ? "height" : "width"] = `${length * perUnit}px`;
      text.textContent = `${format(length)} ${unit}`;
      this.length = length;
      return length * perUnit;
    },
  };
}

/**
 * The colors of a channel between its contrast limits.
 * @typedef {object} ColorScale
 * @property {string} name "" where the picture has one channel
 * @property {Uint32Array} palette 256 colors from limit to limit, as little-endian RGBA
 * @property {[low: string, high: string]} limits in the units of the file
 * @property {string} [middle] what is halfway between them, where an export says it
 */

/** The colors of the channels that are seen, over the picture. */
export function colorbar() {
  const element = h("div", {className: "colorbar", hidden: true});
  return {
    element,
    /** @param {ColorScale[]} scales none hide it */
    update(scales) {
      element.hidden = !scales.length;
      element.replaceChildren(...scales.map(oneScale));
    },
  };
}

/** @param {ColorScale} scale */
function oneScale({name, palette, limits: [low, high]}) {
  const strip = h("canvas", {width: 1, height: STRIP, "aria-hidden": "true"});
  const colors = Uint32Array.from(
    {length: STRIP},
    (_, y) => palette[Math.round((255 * (STRIP - 1 - y)) / (STRIP - 1))],
  );
  const image = new ImageData(new Uint8ClampedArray(colors.buffer), 1, STRIP);
  context2d(strip).putImageData(image, 0, 0);
  const numbers = h("div", {}, h("span", {}, withMinus(high)), h("span", {}, withMinus(low)));
  return h("figure", {}, name ? h("figcaption", {}, name) : null, h("div", {}, numbers, strip));
}
