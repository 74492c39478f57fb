// What is said of the pixel under the pointer.

import {h} from "./dom.js";
import {format} from "./numbers.js";

const POINT_AT = "Point at the picture to read its values";

/** @typedef {import("./stack.js").Stack} Stack */
/** @typedef {{channel: number, value: number[] | null}} PixelValue */

/**
 * Where a pixel is, in physical units; null where its size is unknown.
 * @param {Stack} stack
 * @param {number} x
 * @param {number} y
 */
export function describePlace({pixelSize, pixelUnit}, x, y) {
  if (pixelSize === null) return null;
  const [height, width] = pixelSize;
  return `${format(x * width)}, ${format(y * height)} ${pixelUnit}`;
}

/**
 * What a pixel holds in a channel of the frame at a position.
 * @param {Stack} stack
 * @param {number[]} position
 * @param {PixelValue} item
 */
export function describeValue(stack, position, {channel, value}) {
  if (value === null) return "…"; // it is decoded soon, for the histogram
  if (stack.color) return `R ${value[0]}  G ${value[1]}  B ${value[2]}`;
  const at = stack.channelDim === null ? position : stack.at(position, stack.channelDim, channel);
  const original = stack.original(at, value[0]);
  const name = stack.channels.length > 1 ? `${stack.channels[channel].name} ` : "value ";
  return `${name}${value[0]}${original === null ? "" : ` (about ${original})`}`;
}

/** The line that says it. */
export class Readout {
  element = h("span", {}, POINT_AT);

  /** The pointer is not on the picture. */
  clear() {
    this.element.textContent = POINT_AT;
  }

  /**
   * @param {Stack} stack
   * @param {number[]} position
   * @param {[x: number, y: number]} pixel
   * @param {PixelValue[]} values
   * @param {string[]} others what else there is to say of the pixel
   */
  update(stack, position, [x, y], values, others) {
    const place = describePlace(stack, x, y);
    const texts = [
      ...(place === null ? [] : [place]),
      ...values.map((item) => describeValue(stack, position, item)),
      ...others,
    ];
    this.element.replaceChildren(h("b", {}, `x ${x}, y ${y}`), ...texts.map((text) => ` · ${text}`));
  }
}
