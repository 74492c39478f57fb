import assert from "node:assert/strict";
import {readFileSync, readdirSync} from "node:fs";
import {test} from "node:test";
import {TOOLS as NAMES} from "../../../viewer/jpkl_viewer/browser/base/limits.js";

const FOLDER = new URL("../../../viewer/jpkl_viewer/tools/", import.meta.url);

/** Text of the modules of each tool, by its folder. @type {[string, string][]} */
const tools = readdirSync(FOLDER, {withFileTypes: true})
  .filter((entry) => entry.isDirectory() && !entry.name.startsWith("__"))
  .map(({name}) => {
    const folder = new URL(`${name}/`, FOLDER);
    const scripts = readdirSync(folder).filter((file) => file.endsWith(".js"));
    return [name, scripts.map((file) => readFileSync(new URL(file, folder), "utf-8")).join("\n")];
  });

const list = readFileSync(new URL("tools.js", FOLDER), "utf-8");

for (const [name, text] of tools) {
  test(`the tool ${name} adds itself, and has a line in tools.js`, () => {
    assert.match(text, /^addTool\(\w+\);$/m);
    assert.match(list, new RegExp(`^import "\\./${name}/\\w+\\.js";$`, "m"));
  });

  test(`the settings that the tool ${name} keeps have a name in limits.json`, () => {
    for (const [, settings] of text.matchAll(/\.setTool\(\s*"(\w+)"/g))
      assert.ok(NAMES.includes(settings), settings);
  });
}
