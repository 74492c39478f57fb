// What pictures of several panes have in common; `panes.py` in Python.

import {screenUnit} from "./place.js";
import {makeCanvas} from "./still.js";

/** @typedef {import("../../browser/types.js").State} State */
/** @typedef {import("../../local/task.js").Task} Task */
/** @typedef {OffscreenCanvasRenderingContext2D} Context */
/** @typedef {{width: number, height: number}} Size */

/**
 * Makes the pictures of an export, all of the same size.
 * @typedef {{size: Size, picture: (state: State, task: Task) => Promise<Context>}} Renderer
 */

/** The distance of panes of that size. @param {Size} size */
export const gapFor = (size) => Math.max(2, Math.round(6 * screenUnit(size)));

/** What the scale bar takes of a corner. @param {import("./still.js").StillRenderer} still */
export function takenBy(still) {
  if (!still.shows("scale_bar")) return undefined;
  return still.drawBar(makeCanvas(still.frameSize.width, still.frameSize.height), []);
}
