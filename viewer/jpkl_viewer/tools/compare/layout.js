// Where the parts of a comparison are on the stage, in screen pixels.

/**
 * Where a canvas is, what is cut off of it, and the style of its caption.
 * @typedef {{left: number, clip: string, caption: Record<string, string>}} CanvasPlace
 */

/**
 * @typedef {object} Places
 * @property {number} curtain where the curtain is
 * @property {CanvasPlace[]} others of each canvas that is seen
 * @property {Record<string, string>} caption style of the caption of the view's own picture
 */

import {INSET} from "../../browser/state/scale_bar.js";

/** @param {number} length */
const px = (length) => `${length}px`;

/** Room beside a caption on the view's own picture, for the scale bar in the other corner; with less, it is above that. */
const BAR = 190;
const LEAST = 160;

/**
 * The width of each of the pictures that are beside each other, in whole pixels of the screen: all are painted alike.
 * @param {number} width of the stage, in CSS pixels
 * @param {number} n number of pictures
 */
export function columnWidth(width, n, ratio = window.devicePixelRatio) {
  return Math.floor((width / n) * ratio) / ratio;
}

/**
 * @param {import("./settings.js").CompareSettings} settings
 * @param {{left: number, width: number}} box the figure's frame
 * @param {{left: number, right: number, top: number, bottom: number}} picture what the frame takes of it
 * @param {{width: number, height: number}} stage
 * @param {number} column width of what is beside each other
 * @param {{left: number, right: number, bottom: number}[]} pictures the same as `picture`, of each of them
 * @param {(corner: string) => number} [taken] how much of the height the scale bar takes of a corner
 * @param {{left: number, right: number}} [whole] what all of them take, which the curtain goes over
 * @returns {Places}
 */
export function placesOf(
  {mode, at, swapped},
  box,
  picture,
  stage,
  column,
  pictures,
  taken = () => 0,
  whole = picture,
) {
  const curtain = whole.left + at * (whole.right - whole.left);
  const width = picture.right - picture.left;
  const broad = width - 2 * INSET;
  const [left, bottom] = [picture.left + INSET, stage.height - picture.bottom + INSET];
  const isCurtain = mode === "curtain";
  const isBesideBar = taken("bottom right") > 0 && width - BAR >= LEAST;
  const above = bottom + taken("bottom left") + (isBesideBar ? 0 : taken("bottom right"));
  const besideBar = {bottom: px(above), maxWidth: px(isBesideBar ? width - BAR : broad)};
  const topRight = {
    left: "auto",
    right: px(stage.width - picture.right + INSET),
    top: px(picture.top + INSET + taken("top right")),
    bottom: "auto",
    maxWidth: px(width / 2 - 2 * INSET),
  };
  const others = pictures.map((its, i) => {
    const shift = mode === "side by side" ? column * columnsFrom(i, swapped) : 0;
    const room = {
      bottom: px(stage.height - its.bottom + INSET),
      maxWidth: px(its.right - its.left - 2 * INSET),
    };
    const free = mode === "side by side" ? room : besideBar;
    const bottomLeft = {left: px(its.left + INSET + shift), right: "auto", top: "auto", ...free};
    return {
      left: box.left + shift,
      clip: isCurtain ? clipAt(curtain, box, swapped) : "",
      caption: isCurtain && !swapped ? topRight : bottomLeft,
    };
  });
  const own = {left: px(left), right: "auto", top: "auto", ...besideBar};
  return {curtain, others, caption: isCurtain && swapped ? topRight : own};
}

/** By how many columns another stack is to the right of the view's own, which is the second where they are swapped. */
const columnsFrom = (/** @type {number} */ i, /** @type {boolean} */ swapped) => (swapped ? i || -1 : i + 1);

/** @param {number} curtain @param {{left: number, width: number}} box @param {boolean} swapped */
function clipAt(curtain, {left, width}, swapped) {
  return swapped ? `inset(0 ${px(left + width - curtain)} 0 0)` : `inset(0 0 0 ${px(curtain - left)})`;
}
