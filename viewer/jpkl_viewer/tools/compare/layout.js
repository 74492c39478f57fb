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

/** Between the picture's edges and a caption. */
const GAP = 8;

/** @param {number} length */
const px = (length) => `${length}px`;

/** Room beside a caption on the view's own picture, for the scale bar in the other corner. */
const BAR = 190;
const LEAST = 80;

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
 * @param {{left: number}} box the figure's frame
 * @param {{left: number, right: number, top: number, bottom: number}} picture what the frame takes of it
 * @param {{width: number, height: number}} stage
 * @param {number} column width of what is beside each other
 * @param {number} n number of other stacks that are seen
 * @returns {Places}
 */
export function placesOf({mode, at}, box, picture, stage, column, n) {
  const curtain = picture.left + at * (picture.right - picture.left);
  const [left, bottom] = [picture.left + GAP, px(stage.height - picture.bottom + GAP)];
  const isCurtain = mode === "curtain";
  const width = picture.right - picture.left;
  const besideBar = px(Math.max(LEAST, width - BAR));
  const maxWidth =
    mode === "side by side" ? px(width - 2 * GAP) : isCurtain ? px(width / 2 - 2 * GAP) : besideBar;
  const topRight = {
    left: "auto",
    right: px(stage.width - picture.right + GAP),
    top: px(picture.top + GAP),
    bottom: "auto",
    maxWidth,
  };
  const others = Array.from({length: n}, (_, i) => {
    const shift = mode === "side by side" ? (i + 1) * column : 0;
    return {
      left: box.left + shift,
      clip: isCurtain ? `inset(0 0 0 ${px(curtain - box.left)})` : "",
      caption: isCurtain ? topRight : {left: px(left + shift), right: "auto", top: "auto", bottom, maxWidth},
    };
  });
  return {curtain, others, caption: {left: px(left), bottom, maxWidth: besideBar}};
}
