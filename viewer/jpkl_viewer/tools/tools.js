// The tools of the viewer, in the order in which the page has them: each adds itself (`addTool`).

import "./projection/projection.js";
import "./ortho/ortho.js";
import "./montage/montage.js";
import "./compare/compare.js";
import "./regions/roi.js";
import "./labels/labels.js";
import "./bookmarks/bookmarks.js";
import "./info/info.js";
import "./axes/axes.js";
import "./scenes/scenes.js";
import "./conversion/conversion.js";
import "./live/live.js";
import "./export/export.js";
