// What is seen, by the view that is open: a frame, orthogonal views, a montage, or a comparison; `seen.py` in Python.

import {scrubbableButChannel} from "../../browser/tool.js";
import {readSettings as readComparison} from "../compare/settings.js";
import {montageDims, readSettings as readMontage} from "../montage/layout.js";
import {readSettings as readCross} from "../ortho/layout.js";
import {CompareRenderer} from "./comparison.js";
import {MontageRenderer} from "./montage.js";
import {OrthoRenderer} from "./ortho.js";
import {StillRenderer} from "./still.js";

/** @typedef {import("../../browser/types.js").State} State */
/** @typedef {import("../../local/types.js").LocalStack} LocalStack */
/** @typedef {import("./still.js").StillOptions} StillOptions */

/**
 * What renders a view as it is seen, or its picture alone.
 * @param {LocalStack} local
 * @param {StillOptions} given
 * @param {State} state
 * @returns {import("./panes.js").Renderer}
 */
export function makeRenderer(local, given, state) {
  const {stack, others} = local;
  const dims = scrubbableButChannel(stack);
  const comparison = readComparison(state.tools.compare, others.length);
  const isCompared = others.length > 0 && comparison.mode !== "off";
  const montage = readMontage(state.tools.montage, montageDims(stack));
  const cross = readCross(state.tools.ortho, dims, stack);
  // The screen shows these as stored.
  const options = !isCompared && (montage || cross) ? {...given, turned: false} : given;
  // These are of the frames alone, as on the screen.
  const shown = isCompared || montage ? {...options, labels: false} : options;
  if (isCompared && options.layout !== false) return new CompareRenderer(local, shown, state, comparison);
  const still = new StillRenderer(local, shown, state);
  if (options.layout === false) return still;
  if (montage && options.arrangement) return new MontageRenderer(still, montage, options.arrangement);
  return cross ? new OrthoRenderer(still, cross) : still;
}
