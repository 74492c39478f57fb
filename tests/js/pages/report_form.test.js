// What is said of a report of the stacks that are picked.

import assert from "node:assert/strict";
import {test} from "node:test";
import {describeReport} from "../../../viewer/jpkl_viewer/pages/report_form.js";

const NOTHING = {isRunning: false, part: 0, saved: "", size: "", problem: ""};

test("it is said how far a report is, where it is, or why there is none", () => {
  assert.equal(describeReport(NOTHING), "");
  assert.equal(describeReport({...NOTHING, isRunning: true, part: 0.999}), "Writing the report, 99 %");
  assert.equal(
    describeReport({...NOTHING, part: 1, saved: "a.html", size: "2 MB"}),
    "Saved as a.html, 2 MB, beside the stacks",
  );
  assert.equal(describeReport({...NOTHING, problem: "too large"}), "No report: too large");
});
