// Says how opening files ends: their paths come line by line on stdin, the outcomes leave as JSON.

import {readFileSync} from "node:fs";
import {outcomeOf} from "./outcome.js";

const paths = readFileSync(0, "utf-8").split("\n").filter(Boolean);
/** @type {Record<string, string>} */
const outcomes = {};
for (const path of paths) outcomes[path] = await outcomeOf(new Uint8Array(readFileSync(path)));
console.log(JSON.stringify(outcomes));
