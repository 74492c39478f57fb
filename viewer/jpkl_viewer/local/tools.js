// What the tools compute without Python, as one table: `find_answers` in Python.

import {PIXEL_ANSWERS} from "./pixels.js";
import {project} from "../tools/projection/project.js";
import {ORTHO_ANSWERS} from "../tools/ortho/local.js";
import {MONTAGE_ANSWERS} from "../tools/montage/local.js";
import {REGION_ANSWERS} from "../tools/regions/local.js";
import {LABEL_ANSWERS} from "../tools/labels/local.js";
import {EXPORT_ANSWERS} from "../tools/export/local.js";

/** @type {import("./answers.js").Computed} */
export const COMPUTED = {
  project,
  answers: {
    ...PIXEL_ANSWERS(project),
    ...ORTHO_ANSWERS,
    ...MONTAGE_ANSWERS,
    ...REGION_ANSWERS,
    ...EXPORT_ANSWERS,
    ...LABEL_ANSWERS,
  },
};
