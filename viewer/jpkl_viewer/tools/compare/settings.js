// The settings of the comparison, and what of a link can be used.

/** @typedef {"off" | "side by side" | "curtain" | "blink" | "difference"} Mode */
/** @typedef {import("./contrast.js").Contrast} Contrast */

/**
 * @typedef {object} CompareSettings
 * @property {Mode} mode
 * @property {number} other number of the stack that is drawn over the view's; side by side, all are shown
 * @property {number} at where the curtain is, from 0 at the left edge of the picture to 1
 * @property {number} gain by which a difference is multiplied
 * @property {number | null} channel whose difference is shown where there are several; null for how bright they are together
 * @property {boolean} swapped whether the view's own stack is the second: at the right, or what is subtracted
 * @property {Contrast | null} contrast whether the others have the contrast limits of the view's own stack; null for as is
 *   usual for the stacks
 * @property {number} every how long each of two is seen that blink, in ms
 */

/** @type {Mode[]} */
export const MODES = ["off", "side by side", "curtain", "blink", "difference"];

export const GAINS = [1, 2, 4, 8, 16];

/** Shortest and longest time that one of two is seen that blink, in ms. */
export const EVERY = {min: 100, max: 5000, usual: 600};

/** @param {number} share of the picture's width */
export const clampShare = (share) => Math.min(1, Math.max(0, share));

/**
 * What settings say, as far as they can be used.
 * @param {any} value settings of the tool as they are in the state
 * @param {number} n number of other stacks
 * @returns {CompareSettings}
 */
export function readSettings(value, n) {
  const {mode, other, at, gain, channel, contrast, every, swapped} = value ?? {};
  return {
    mode: MODES.includes(mode) ? mode : "off",
    other: Number.isInteger(other) && other >= 0 && other < n ? other : 0,
    at: typeof at === "number" && at >= 0 && at <= 1 ? at : 0.5,
    swapped: swapped === true,
    gain: GAINS.includes(gain) ? gain : 1,
    channel: Number.isInteger(channel) && channel >= 0 ? channel : null,
    contrast: contrast === "own" || contrast === "shared" ? contrast : null,
    every: typeof every === "number" && every >= EVERY.min && every <= EVERY.max ? every : EVERY.usual,
  };
}

/**
 * Numbers of the stacks that are seen.
 * @param {CompareSettings} settings
 * @param {number} n number of other stacks
 */
export function seen({mode, other}, n) {
  if (mode === "off") return [];
  return mode === "side by side" ? Array.from({length: n}, (_, i) => i) : [other];
}
