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

/**
 * @param {import("./settings.js").CompareSettings} settings
 * @param {{left: number}} box the figure's frame
 * @param {{left: number, right: number, top: number, bottom: number}} picture what the frame takes of it
 * @param {{width: number, height: number}} stage
 * @param {number} figureWidth
 * @param {number} n number of other stacks that are seen
 * @returns {Places}
 */
export function placesOf({mode, at}, box, picture, stage, figureWidth, n) {
  const curtain = picture.left + at * (picture.right - picture.left);
  const [left, bottom] = [picture.left + GAP, px(stage.height - picture.bottom + GAP)];
  const isCurtain = mode === "curtain";
  const topRight = {
    left: "auto",
    right: px(stage.width - picture.right + GAP),
    top: px(picture.top + GAP),
    bottom: "auto",
  };
  const others = Array.from({length: n}, (_, i) => {
    const shift = mode === "side by side" ? (i + 1) * figureWidth : 0;
    return {
      left: box.left + shift,
      clip: isCurtain ? `inset(0 0 0 ${px(curtain - box.left)})` : "",
      caption: isCurtain ? topRight : {left: px(left + shift), right: "auto", top: "auto", bottom},
    };
  });
  return {curtain, others, caption: {left: px(left), bottom}};
}
