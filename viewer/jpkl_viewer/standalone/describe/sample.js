// A small sample of a stack, for its first view; as `frames/sample.py`.

import {firstPosition} from "./first_view.js";

/** @typedef {import("../../browser/state/stack.js").Stack} Stack */
/** @typedef {import("./first_view.js").Samples} Samples */

/** A decoded gray frame, at the size of the frame or smaller. @typedef {{pixels: Uint8Array, width: number, height: number}} Gray */

/** Decodes a frame at 1 over a scale of its size. @typedef {(number: number, scale: number) => Promise<Gray>} ReadGray */

const PIXELS = 8 * 2 ** 20;
const MOST_FRAMES = 12;
const MOST_PIXELS = 2 ** 28;
const SIDE = 1024;
const BLOCK = 4;

/**
 * Numbers of the frames to sample for each channel, the first picture first.
 * @param {Stack} stack
 * @param {boolean} isRemote whether each frame takes the way to a server and back
 */
export function sampledFrames(stack, isRemote) {
  const framePixels = stack.height * stack.width;
  const n = stack.channels.length;
  const nFrames = isRemote ? 1 : Math.max(1, Math.min(MOST_FRAMES, Math.floor(PIXELS / (framePixels * n))));
  const nChannels = Math.min(n, Math.max(1, Math.floor(MOST_PIXELS / framePixels)));
  return Array.from({length: nChannels}, (_, channel) => framesOf(stack, channel, nFrames));
}

/**
 * @param {Stack} stack
 * @param {number} channel
 * @param {number} n
 */
function framesOf(stack, channel, n) {
  const total = stack.sizes.reduce((product, size) => product * size, 1);
  const spread = Array.from({length: n}, (_, i) =>
    stack.position(Math.floor(((2 * i + 1) * total) / (2 * n))),
  );
  const numbers = [firstPosition(stack), ...spread].map((position) =>
    stack.number(stack.channelDim === null ? position : stack.at(position, stack.channelDim, channel)),
  );
  return [...new Set(numbers)].slice(0, n);
}

/**
 * Pixels of each channel; damaged frames are left out.
 * @param {Stack} stack
 * @param {boolean} isRemote
 * @param {ReadGray} read
 * @returns {Promise<Samples>}
 */
export async function sampleOf(stack, isRemote, read) {
  if (stack.color) return new Map();
  const reduction = Math.max(stack.height, stack.width) / SIDE;
  const scale = [8, 4, 2].find((each) => each <= reduction) ?? 1;
  const frames = sampledFrames(stack, isRemote).map((numbers) =>
    // One that is damaged says what is wrong when it is shown.
    Promise.all(numbers.map((number) => read(number, scale).catch(() => null))),
  );
  return new Map((await Promise.all(frames)).map(channelSample).entries());
}

/**
 * @param {(Gray | null)[]} frames of a channel, the first picture first
 * @returns {import("./first_view.js").ChannelSample}
 */
function channelSample(frames) {
  const counts = frames.map(count);
  const [first] = frames;
  return {
    counts: sum(counts),
    first: counts[0],
    // Few stacks have a channel that it matters for, and it takes longer than all the rest.
    get structure() {
      return first === null ? 0 : structure(first);
    },
  };
}

/** @param {Gray | null} frame */
function count(frame) {
  const counts = new Uint32Array(256);
  const pixels = frame?.pixels ?? new Uint8Array(0);
  for (let i = 0; i < pixels.length; i++) counts[pixels[i]]++;
  return [...counts];
}

/** @param {number[][]} all */
function sum(all) {
  return all[0].map((_, value) => all.reduce((total, counts) => total + counts[value], 0));
}

/**
 * How much of the variation is left in means of 4 x 4 pixels: 1/4 of noise, nearly all of a specimen.
 * @param {Gray} frame
 */
export function structure({pixels, width, height}) {
  const whole = deviation(pixels);
  if (Math.min(width, height) < BLOCK || !whole) return 0;
  const means = [];
  for (let y = 0; y < height; y += BLOCK)
    for (let x = 0; x < width; x += BLOCK) means.push(blockMean(pixels, width, height, x, y));
  return deviation(means) / whole;
}

/**
 * @param {Uint8Array} pixels
 * @param {number} width
 * @param {number} height
 * @param {number} left
 * @param {number} top
 */
function blockMean(pixels, width, height, left, top) {
  const [right, bottom] = [Math.min(left + BLOCK, width), Math.min(top + BLOCK, height)];
  let total = 0;
  for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) total += pixels[y * width + x];
  return Math.floor(total / ((right - left) * (bottom - top)) + 0.5);
}

/** @param {ArrayLike<number>} values */
function deviation(values) {
  const n = values.length;
  let total = 0;
  for (let i = 0; i < n; i++) total += values[i];
  const mean = total / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (values[i] - mean) ** 2;
  return Math.sqrt(squares / n);
}
