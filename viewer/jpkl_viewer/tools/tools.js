// The tools of the viewer, in the order in which the sidebar has them: each adds itself (`addTool`).

import "./projection/projection.js";
import "./ortho/ortho.js";
import "./compare/compare.js";
import "./regions/roi.js";
import "./montage/montage.js";
import "./export/export.js";
