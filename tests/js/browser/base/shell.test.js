// Commands with names of files, as shells read them.

import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {test} from "node:test";
import {commandWith} from "../../../../viewer/jpkl_viewer/browser/base/shell.js";

test("plain names stand as they are, others in quotes that Windows knows, too", () => {
  assert.equal(commandWith("jpkl encode", "cells_01.ome.tif"), "jpkl encode cells_01.ome.tif");
  assert.equal(commandWith("jpkl encode", "my cells (2).tif"), 'jpkl encode "my cells (2).tif"');
  assert.equal(commandWith("jpkl view", "-o.tif"), "jpkl view ./-o.tif");
});

test("a shell runs nothing that a name holds", {skip: process.platform === "win32"}, () => {
  for (const name of [
    "$(touch x).tif",
    "`id`.tif",
    "a'b\"c.tif",
    "a\\b !!.tif",
    "a;b&c|d.tif",
    "ünï 細胞.tif",
  ])
    assert.equal(execFileSync("sh", ["-c", commandWith("printf %s", name)], {encoding: "utf8"}), name);
});
