// Frames without checksums are refused where Python refuses them (golden vectors), and looked at once.

import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {test} from "node:test";
import {fromBase64} from "../../../viewer/jpkl_viewer/browser/base/base64.js";
import {MemoryBytes} from "../../../viewer/jpkl_viewer/standalone/format/bytes.js";
import {checkFrame} from "../../../viewer/jpkl_viewer/standalone/format/codec.js";
import {openByWalking} from "../../../viewer/jpkl_viewer/standalone/format/opening.js";
import {isDamagedHere} from "../../../viewer/jpkl_viewer/standalone/sources/damage.js";
import {LocalFile} from "../../../viewer/jpkl_viewer/standalone/sources/file.js";
import {plainly} from "../../../viewer/jpkl_viewer/standalone/sources/found.js";
import {openStack} from "../../../viewer/jpkl_viewer/standalone/sources/open_stack.js";
import {vectors} from "../vectors.js";
import {changedFiles} from "./outcome.js";

const CODEC = {name: "jpeg", dtype: null};

/** @type {{name: string, width: number, height: number, color: boolean, jpeg: string, refused: string}[]} */
const CASES = vectors("damaged");

for (const {name, jpeg, refused, ...kind} of CASES)
  test(`a frame that Python refuses is refused, and a whole one is not: ${name}`, async () => {
    const whole = fromBase64(jpeg);
    checkFrame(CODEC, whole, kind);
    assert.equal(await isDamagedHere(whole), false);
    const shown = [];
    for (const [i, changed] of [...changedFiles(whole)].entries())
      try {
        checkFrame(CODEC, changed, kind);
        if (refused[i] === "D" && !(await isDamagedHere(changed))) shown.push(i);
      } catch {
        // Its header is damaged.
      }
    assert.deepEqual(shown, []);
  });

/** Bytes of a JPEG from a marker on. @param {Uint8Array} data @param {number} marker */
const segment = (data, marker) => data.findIndex((byte, i) => byte === 0xff && data[i + 1] === marker);

test("what encoders other than ours may write is not taken for damage", async () => {
  const [gray] = CASES;
  const intervals = /** @type {(typeof CASES)[0]} */ (CASES.find(({name}) => name === "intervals, color"));
  const whole = fromBase64(gray.jpeg);
  const parts = fromBase64(intervals.jpeg);
  const restart = segment(parts, 0xd0);
  const [frame, scan] = [segment(whole, 0xc0), segment(whole, 0xda)];
  const changed = {
    "bytes behind the end": [...whole, 0, 1, 2],
    "a comment behind the pixels": [...whole.slice(0, -2), 0xff, 0xfe, 0, 4, 1, 2, 0xff, 0xd9],
    "filling before markers": [...whole.slice(0, -2), 0xff, 0xff, 0xff, 0xd9],
    "filling before those of intervals": [...parts.slice(0, restart), 0xff, ...parts.slice(restart)],
    "an extended header": whole.with(frame + 1, 0xc1),
    "more samples of the only component": whole.with(frame + 11, 0x22),
    "Adobe's colors": [...whole.slice(0, scan), 0xff, 0xee, 0, 4, 1, 2, ...whole.slice(scan)],
  };
  for (const [name, bytes] of Object.entries(changed))
    assert.equal(await isDamagedHere(Uint8Array.from(bytes)), false, name);
});

test("damage that is not in codes is found, too", async () => {
  const whole = fromBase64(CASES[0].jpeg);
  const scan = segment(whole, 0xda);
  const changed = {
    "cut off": whole.slice(0, -9),
    "cut off before the end": whole.slice(0, -2),
    "another picture begins": whole.with(whole.length - 1, 0xd8),
    "bytes too many": [...whole.slice(0, -2), 1, 2, 3, 0xff, 0xd9],
    "a scan of some coefficients": whole.with(scan + 8, 62),
    "a version of JFIF that does not exist": whole.with(11, 2),
    "no code at all": whole.with(segment(whole, 0xc4) + 5, 255),
    "a table that is not there": whole.with(scan + 6, 0x11),
  };
  for (const [name, bytes] of Object.entries(changed))
    assert.equal(await isDamagedHere(Uint8Array.from(bytes)), true, name);
});

/**
 * A file, with a count of how often its frames are looked at.
 * @param {Uint8Array<ArrayBuffer>} data
 */
async function opened(data) {
  let [looked, closed] = [0, 0];
  const stack = await openStack(new LocalFile(new Blob([data]), "stack.jpkl"), async () => ({
    found: plainly(openByWalking(new MemoryBytes(data))),
    isDamaged: (bytes) => (looked++, isDamagedHere(bytes)),
    close: () => closed++,
  }));
  return {stack, counts: () => [looked, closed]};
}

/** @param {string} name */
const golden = (name) => new Uint8Array(readFileSync(new URL(`../../data/${name}`, import.meta.url)));

for (const [name, at, bit] of /** @type {[string, number, number][]} */ ([
  ["dump_p4.jpkl", 20, 4],
  ["rgb_p4.jpkl", 30, 64],
]))
  test(`a damaged frame of ${name} is an error, others are looked at once`, async () => {
    const data = golden(name);
    const [, second] = [...data.keys()].filter((i) => data[i] === 0xff && data[i + 1] === 0xda);
    data[second + at] ^= bit;
    const {stack, counts} = await opened(data);
    await stack.frames.read(0);
    await stack.frames.read(0);
    assert.deepEqual(counts(), [1, 0]);
    await assert.rejects(stack.frames.read(1), /broken JPEG: its data are damaged/);
    stack.close();
    assert.equal(counts()[1], 1);
  });

test("frames that have checksums are not looked at a second time", async () => {
  const {stack, counts} = await opened(golden("saved_rgb.jpkl"));
  await stack.frames.read(0);
  stack.close();
  assert.deepEqual(counts(), [0, 0]);
});

test("of a file that is not shown after all, nothing goes on", async () => {
  const data = golden("dump_p4.jpkl");
  let closed = 0;
  const found = plainly(openByWalking(new MemoryBytes(data)));
  found.map.lengths = found.map.lengths.slice(0, 0);
  const walked = {found, isDamaged: isDamagedHere, close: () => closed++};
  await assert.rejects(
    openStack(new LocalFile(new Blob([data]), "a"), async () => walked),
    /no frames/,
  );
  assert.equal(closed, 1);
});
