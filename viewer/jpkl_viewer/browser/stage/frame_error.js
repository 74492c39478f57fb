// What is said where a frame cannot be shown, and what can be done about it.

import {copyText} from "../base/clipboard.js";

/** @typedef {import("../types.js").Shown} Shown */
/** @typedef {import("../base/notice.js").Card} Card */
/** @typedef {import("../state/stack.js").Stack} Stack */

/** What messages begin with that the title has said. */
const FRAME = /^(frame \(?[\d, ]*\)?|this projection)( cannot be shown)?: /i;
/** What is said of one that may come. */
const EARLY = /not (been )?written/;

/** The error as a sentence. @param {string} text */
function sentence(text) {
  const reason = text.replace(FRAME, "");
  const written = reason.charAt(0).toUpperCase() + reason.slice(1);
  return /[.!?]$/.test(written) ? written : `${written}.`;
}

/**
 * The frame by its index, as in Python; a stack without dims has one.
 * @param {number[]} position
 * @param {Stack} stack
 */
export function frameName(position, {dims}) {
  if (!position.length) return "This frame";
  if (position.length === 1) return `Frame ${position[0]}`;
  return `Frame ${dims.map(({name}, d) => `${name} ${position[d]}`).join(", ")}`;
}

/** @param {string} name @param {string} message */
function titleOf(name, message) {
  if (EARLY.test(message)) return `${name} is not there yet`;
  return message.startsWith("This projection") ? "This projection cannot be read" : `${name} cannot be read`;
}

/**
 * Where the next frame is along a dim: after the last, the one before.
 * @param {number} index
 * @param {number} size
 */
export function nextIndex(index, size) {
  return index + 1 < size ? index + 1 : index - 1;
}

/**
 * @param {{stack: Stack, move: (dim: number, index: number) => void, link: string, ownsUrl: boolean}} view
 * @param {Pick<Shown, "position">} shown
 * @param {Error} error
 * @param {number} dim along which keys move
 * @returns {Card}
 */
export function frameErrorCard(view, {position}, error, dim) {
  const {stack} = view;
  const size = stack.sizes[dim] ?? 1;
  const next = nextIndex(position[dim], size);
  const title = titleOf(frameName(position, stack), error.message);
  const details = () =>
    [`${stack.title}: ${title}`, error.message, ...(view.ownsUrl ? [view.link] : [])].join("\n");
  /** @type {Card["actions"]} */
  const actions = [{text: "Copy details", run: (field) => copyText(details(), field), done: "Copied"}];
  if (size > 1)
    actions.unshift({
      text: next > position[dim] ? "Next frame" : "Previous frame",
      run: () => view.move(dim, next),
      isMain: true,
    });
  return {title, text: sentence(error.message), actions};
}
