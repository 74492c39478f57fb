// The tools of the viewer, in the order in which the sidebar has them.

import {compareTool} from "./compare/compare.js";
import {exportTool} from "./export/export.js";
import {montageTool} from "./montage/montage.js";
import {orthoTool} from "./ortho/ortho.js";
import {projectionTool} from "./projection/projection.js";
import {roiTool} from "./regions/roi.js";

/** @typedef {import("../browser/tool.js").ToolHost} ToolHost */
/** @typedef {(view: ToolHost) => import("../browser/tool.js").Tool | null} MakeTool */

/** @type {MakeTool[]} */
export const TOOLS = [projectionTool, orthoTool, compareTool, roiTool, montageTool, exportTool];
