// What keys do, by the names of commands that `keymap.js` gives them.

import {FPS} from "../base/limits.js";
import {isComposite} from "../state/resolve.js";

/**
 * What a command returns: false where there was nothing to do, and the key goes on to the page.
 * @typedef {() => boolean | void} Command
 */

/** Frames per second that keys go through. */
const SPEEDS = [0.5, 1, 2, 5, 10, 15, 20, 30, 60];
/** By which keys zoom. */
const ZOOM_STEP = 1.25;
const TEN = 10;
const MOST_KEYS = 9;

/**
 * What is used of the viewer.
 * @typedef {object} Commanded
 * @property {import("../state/stack.js").Stack} stack
 * @property {import("../types.js").State} state
 * @property {import("../frames/motion.js").Motion} motion
 * @property {import("../state/viewport.js").Viewport} viewport
 * @property {() => void} fit
 * @property {string} whyNoZoom why there is no zoom in the view that is open; "" where there is
 * @property {(dim: number, index: number) => void} move
 * @property {(dim: number) => void} activate
 * @property {(dim: number) => void} togglePlay
 * @property {(values: Partial<import("../types.js").Playback>) => void} changePlayback
 * @property {(values: Partial<import("../types.js").State>) => void} change
 * @property {Pick<import("../contrast/channel_contrast.js").ChannelContrast, "toggle" | "solo" | "autoAll" | "fullAll" | "toggleComposite">} contrast
 */

/**
 * The next of the usual speeds.
 * @param {number} fps
 * @param {1 | -1} way
 */
export function nextSpeed(fps, way) {
  const [slowest, fastest] = FPS;
  const next = way > 0 ? SPEEDS.find((speed) => speed > fps) : SPEEDS.findLast((speed) => speed < fps);
  return Math.min(fastest, Math.max(slowest, next ?? fps));
}

/**
 * Commands that move through the stack.
 * @param {Commanded} view
 * @returns {Record<string, Command>}
 */
function moves(view) {
  const {stack} = view;
  /** Dims that have a row. */
  const dims = () =>
    stack.sizes.flatMap((size, d) =>
      size < 2 || (d === stack.channelDim && isComposite(view.state, stack)) ? [] : [d],
    );
  const active = () => {
    const dim = view.motion.dim(view.state);
    return dims().includes(dim) ? dim : dims()[0];
  };
  const after = (/** @type {number} */ by) => {
    const all = dims();
    return all[(all.indexOf(active()) + by + all.length) % all.length];
  };
  /** @param {(size: number, index: number) => number} to */
  const go = (to) => () => {
    const dim = active();
    if (dim === undefined) return false;
    view.move(dim, to(stack.sizes[dim], view.state.position[dim]));
  };
  const turn = (/** @type {number} */ by) => () => (dims().length > 1 ? view.activate(after(by)) : false);
  const aside = (/** @type {number} */ by) => () => {
    const [dim, other] = [active(), after(1)];
    if (other === undefined || other === dim) return false;
    view.move(other, view.state.position[other] + by);
    view.activate(dim);
  };
  const play = () => {
    const {dim} = view.state.playback;
    const played = dims().includes(dim) ? dim : active();
    return played === undefined ? false : view.togglePlay(played);
  };
  const speed = (/** @type {1 | -1} */ way) => () =>
    view.changePlayback({fps: nextSpeed(view.state.playback.fps, way)});
  return {
    back: go((_, index) => index - 1),
    on: go((_, index) => index + 1),
    tenBack: go((_, index) => index - TEN),
    tenOn: go((_, index) => index + TEN),
    first: go(() => 0),
    last: go((size) => size - 1),
    play,
    slower: speed(-1),
    faster: speed(1),
    ...(stack.sizes.filter((size) => size > 1).length > 1
      ? {previousDim: turn(-1), nextDim: turn(1), nextDimBack: aside(-1), nextDimOn: aside(1)}
      : {}),
  };
}

/**
 * Commands of the channels: of those with keys, and of all.
 * @param {Commanded} view
 * @returns {Record<string, Command>}
 */
function channels(view) {
  const {stack, contrast} = view;
  const all = {auto: () => contrast.autoAll(), fullRange: () => contrast.fullAll()};
  if (stack.color) return all;
  const invert = () => {
    if (isComposite(view.state, stack)) return false;
    view.change({invert: !view.state.invert});
  };
  if (!stack.canCompose) return {...all, invert};
  const each = stack.channels.slice(0, MOST_KEYS).flatMap((_, i) => [
    [`channel${i + 1}`, () => contrast.toggle(i)],
    [`alone${i + 1}`, () => contrast.solo(i)],
  ]);
  return {...all, ...Object.fromEntries(each), composite: () => contrast.toggleComposite(), invert};
}

/**
 * Commands of the zoom, which the buttons have, too.
 * @param {Pick<Commanded, "viewport" | "fit" | "whyNoZoom">} view
 */
export function zooms(view) {
  /** @param {number} factor */
  const zoomBy = (factor) => {
    const {viewport} = view;
    const {left, top, width, height} = viewport.box;
    viewport.zoomAt(factor, left + width / 2, top + height / 2);
  };
  /** @param {() => void} zoom */
  const possible = (zoom) => () => (view.whyNoZoom ? false : zoom());
  return {
    zoomIn: possible(() => zoomBy(ZOOM_STEP)),
    zoomOut: possible(() => zoomBy(1 / ZOOM_STEP)),
    fit: possible(() => view.fit()),
    oneToOne: possible(() => view.viewport.setScale(1)),
  };
}

/**
 * The commands of all tools. Of those of one name, the later ones go first, until one has something to do.
 * @param {(Record<string, Command> | undefined)[]} all
 */
export function chained(all) {
  /** @type {Record<string, Command>} */
  const found = {};
  for (const commands of all)
    for (const [name, run] of Object.entries(commands ?? {})) {
      const before = found[name];
      found[name] = before ? () => run() !== false || before() !== false : run;
    }
  return found;
}

/**
 * Commands of the viewer itself; tools and the page around have others.
 * @param {Commanded} view
 * @returns {Record<string, Command>}
 */
export function viewCommands(view) {
  const hasDims = view.stack.sizes.some((size) => size > 1);
  return {...(hasDims ? moves(view) : {}), ...zooms(view), ...channels(view)};
}
