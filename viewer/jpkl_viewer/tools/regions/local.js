// What is answered on regions of interest without Python: curves, profiles, tables, and files of regions;
// `answers.py`.

import {REGIONS} from "../../browser/base/limits.js";
import {FrameProblem, makeRun, runKey} from "../../local/frames.js";
import {readGeojson, writeGeojson} from "./geojson.js";
import {RoiProblem, checkRoi, findPixels} from "./masks.js";
import {
  caveat,
  isOriginal,
  lineProfile,
  measureFrame,
  summarize,
  summaryInUnits,
  unitsAt,
} from "./measuring.js";
import {readScaling} from "./scaling.js";
import {titleOf} from "./settings.js";
import {profileCsv, regionsCsv, statisticsCsv} from "./tables.js";

/** @typedef {import("../../browser/state/stack.js").Stack} Stack */
/** @typedef {import("../../local/frames.js").Run} Run */
/** @typedef {import("../../local/task.js").Task} Task */
/** @typedef {import("../../local/types.js").LocalStack} LocalStack */
/** @typedef {import("./masks.js").RoiPixels} RoiPixels */
/** @typedef {import("./measuring.js").Summary} Summary */
/** @typedef {import("./measuring.js").Values} Values */
/** @typedef {import("./shapes.js").PlainRoi} PlainRoi */

/** Frames of the first batch, small so that it comes soon; each further one is twice as large. */
const FIRST_BATCH = 4;

/** Frames of a batch at most. */
const MOST_BATCH = 64;

/** Most remarks about what cannot be used of a file. */
const MOST_NOTES = 5;

/** A region that is measured, and where. @typedef {PlainRoi & {position?: number[]}} Item */

/**
 * Regions along the same run, with their pixels.
 * @typedef {{run: Run, center: number, items: {name: string, pixels: RoiPixels}[]}} Group
 */

/**
 * The regions of a message; throws if there are too many.
 * @param {Stack} stack
 * @param {any} message
 * @returns {Item[]}
 */
function regionsOf({channels}, {rois}) {
  const most = REGIONS.most * channels.length;
  if (rois.length > most)
    throw new RoiProblem(`at most ${most} regions are measured at once, not ${rois.length}`);
  return rois;
}

/**
 * The position, or with `all_channels` that of each channel.
 * @param {Stack} stack
 * @param {any} message
 * @returns {number[][]}
 */
function positionsOf(stack, {position, dim, all_channels: isAll}) {
  const {channelDim, channels} = stack;
  if (channelDim === null || channelDim === dim || !isAll) return [position];
  return channels.map((_, channel) => stack.at(position, channelDim, channel));
}

/** One value as it is, three of a color as a list. @param {Values} values */
const plain = (values) => (values.length === 1 ? values[0] : values);

/** @param {Stack} stack @param {RoiPixels} pixels */
const about = (stack, {places, isClipped}) => ({
  pixels: places.length,
  clipped: isClipped,
  original: isOriginal(stack),
  caveat: caveat(stack),
});

/**
 * Regions by the frames that they are measured in. What cannot be measured is said at once.
 * @param {Stack} stack
 * @param {any} message
 * @param {Item[]} items
 * @returns {{groups: Group[], failed: {name: string, failed: string}[]}}
 */
function groupsOf(stack, message, items) {
  /** @type {Map<string, Group>} */
  const groups = new Map();
  const failed = [];
  for (const item of items) {
    const position = item.position ?? message.position;
    try {
      const run = makeRun(stack, position, message.dim);
      const key = runKey(run);
      /** @type {Group} */
      const group = groups.get(key) ?? {run, center: position[message.dim], items: []};
      group.items.push({name: item.name, pixels: findPixels(checkRoi(item), stack)});
      groups.set(key, group);
    } catch (error) {
      failed.push({name: item.name, failed: reasonOf(error)});
    }
  }
  return {groups: [...groups.values()], failed};
}

/** What can be wrong with a region or a frame; anything else is thrown. @param {unknown} error */
function reasonOf(error) {
  if (error instanceof RoiProblem || error instanceof FrameProblem) return error.message;
  throw error;
}

/**
 * Numbers of frames in batches that grow, from the center outward.
 * @param {Run} run
 * @param {number} center
 */
function* nearestFirst({indices}, center) {
  const order = indices
    .map((_, i) => i)
    .sort((a, b) => Math.abs(indices[a] - center) - Math.abs(indices[b] - center));
  let size = FIRST_BATCH;
  for (let start = 0; start < order.length; start += size, size = Math.min(2 * size, MOST_BATCH))
    yield order.slice(start, start + size).sort((a, b) => a - b);
}

/**
 * Measure regions in some frames of their run.
 * @param {LocalStack} stack
 * @param {Group} group
 * @param {number[]} batch numbers of the frames in the run
 * @param {Task} task
 * @returns {Promise<Summary[][]>} of each region, of each frame
 */
async function measureBatch({stack, frames, measured = frames}, {run, items}, batch, task) {
  const part = {...run, indices: batch.map((i) => run.indices[i])};
  const found = items.map(() => /** @type {Summary[]} */ (new Array(batch.length)));
  await measured.each(part, task, (i, pixels) => {
    const range = unitsAt(stack, stack.at(run.position, run.dim, part.indices[i]));
    items.forEach((item, n) => {
      found[n][i] = summaryInUnits(summarize(pixels, item.pixels.places), range);
    });
  });
  return found;
}

/**
 * Curves of regions as they become known, from the position outward.
 * @type {import("../../local/types.js").Answer}
 */
async function* curves(local, message, task) {
  const {groups, failed} = groupsOf(local.stack, message, regionsOf(local.stack, message));
  yield* failed;
  for (const group of groups) yield* groupCurves(local, group, task);
}

/** @param {LocalStack} local @param {Group} group @param {Task} task */
async function* groupCurves(local, group, task) {
  const {run, center, items} = group;
  let done = 0;
  try {
    for (const batch of nearestFirst(run, center)) {
      task.report(done, run.indices.length);
      const found = await measureBatch(local, group, batch, task);
      done += batch.length;
      const indices = batch.map((i) => run.indices[i]);
      for (const [n, {name, pixels}] of items.entries())
        yield {name, indices, ...listed(found[n]), ...about(local.stack, pixels)};
    }
  } catch (error) {
    const reason = reasonOf(error);
    for (const {name} of items) yield {name, failed: reason};
  }
}

/** @param {Summary[]} summaries */
function listed(summaries) {
  return {
    mean: summaries.map(({mean}) => plain(mean)),
    min: summaries.map(({min}) => plain(min)),
    max: summaries.map(({max}) => plain(max)),
  };
}

/**
 * The same of stacks without dims: of one frame.
 * @type {import("../../local/types.js").Answer}
 */
async function* single({stack, frames, measured = frames}, message, task) {
  for (const item of regionsOf(stack, message)) {
    const position = item.position ?? message.position;
    try {
      const pixels = await measured.pixels(stack.number(position), task.signal);
      const found = measureFrame(pixels, stack, checkRoi(item), position);
      yield {name: item.name, indices: [0], ...listed([found]), ...about(stack, found)};
    } catch (error) {
      yield {name: item.name, failed: reasonOf(error)};
    }
  }
}

/** @type {import("../../local/types.js").Answer} */
async function* profiles({stack, frames, measured = frames}, message, task) {
  for (const item of regionsOf(stack, message)) {
    const position = item.position ?? message.position;
    const pixels = await measured.pixels(stack.number(position), task.signal);
    try {
      const {distance, values, unit} = lineProfile(pixels, stack, checkRoi(item), position);
      const original = isOriginal(stack);
      yield {name: item.name, distance, values: values.map(plain), unit, original, caveat: caveat(stack)};
    } catch (error) {
      yield {name: item.name, failed: reasonOf(error)};
    }
  }
}

/**
 * All of a curve.
 * @param {LocalStack} local
 * @param {any} message
 * @param {Item} item
 * @param {number[]} position
 * @param {Task} task
 * @returns {Promise<import("./tables.js").Series>}
 */
async function seriesOf(local, message, item, position, task) {
  const run = makeRun(local.stack, position, message.dim);
  const pixels = findPixels(checkRoi(item), local.stack);
  const group = {run, center: 0, items: [{name: item.name, pixels}]};
  const all = run.indices.map((_, i) => i);
  const [found] = await measureBatch(local, group, all, task);
  return {
    name: titleOf(item),
    roi: item,
    pixels: pixels.places.length,
    isClipped: pixels.isClipped,
    run,
    mean: found.map(({mean}) => mean),
    min: found.map(({min}) => min),
    max: found.map(({max}) => max),
  };
}

/**
 * What is made of each region at each position; those that cannot be measured are left out, unless all are.
 * @template Result
 * @param {Stack} stack
 * @param {any} message
 * @param {string} none what is said where there is nothing to measure
 * @param {(item: Item, position: number[]) => Promise<Result>} make
 * @returns {Promise<Result[]>}
 */
async function ofEach(stack, message, none, make) {
  const found = [];
  let problem = new RoiProblem(none);
  for (const item of regionsOf(stack, message))
    for (const position of positionsOf(stack, message))
      try {
        found.push(await make(item, position));
      } catch (error) {
        if (!(error instanceof RoiProblem)) throw error;
        problem = error;
      }
  if (!found.length) throw problem;
  return found;
}

/** @param {Stack} stack @param {string} what */
function fileName({title}, what) {
  const name = title.split(/[\\/]/).at(-1) ?? "";
  return `${name.replace(/(?<=.)\.[^.]+$/, "")} ${what}`;
}

const NO_REGION = "there is no region to measure";

/** @type {Record<string, import("../../local/types.js").Answer>} */
export const REGION_ANSWERS = {
  measure: (stack, message, task) => (message.dim === null ? single : curves)(stack, message, task),
  profiles,

  async *"statistics csv"(local, message, task) {
    const {stack} = local;
    const make = (/** @type {Item} */ item, /** @type {number[]} */ at) =>
      seriesOf(local, message, item, at, task);
    const series = await ofEach(stack, message, NO_REGION, make);
    const text = statisticsCsv(series, stack, readScaling(message));
    yield {text, file: fileName(stack, `rois along ${stack.dims[message.dim].name}.csv`)};
  },

  async *"regions csv"({stack, frames, measured = frames}, message, task) {
    const rows = await ofEach(stack, message, NO_REGION, async (item, position) => {
      const pixels = await measured.pixels(stack.number(position), task.signal);
      const {places, ...found} = measureFrame(pixels, stack, checkRoi(item), position);
      return {name: titleOf(item), roi: item, position, pixels: places.length, ...found};
    });
    yield {text: regionsCsv(rows, stack), file: fileName(stack, "rois.csv")};
  },

  async *"profile csv"({stack, frames, measured = frames}, message, task) {
    const found = await ofEach(stack, message, "there is no line", async (line, position) => {
      const pixels = await measured.pixels(stack.number(position), task.signal);
      return {
        name: titleOf(line),
        line,
        position,
        profile: lineProfile(pixels, stack, checkRoi(line), position),
      };
    });
    yield {text: profileCsv(found, stack), file: fileName(stack, "profiles.csv")};
  },

  async *"save regions"({stack}, message) {
    const rois = regionsOf(stack, message).map(checkRoi);
    if (!rois.length) throw new RoiProblem("there is no region to save");
    yield {name: fileName(stack, "regions.geojson"), data: new TextEncoder().encode(writeGeojson(rois))};
  },

  async *"load regions"(_, {file, data}) {
    const {rois, notes} = readFile(
      file,
      Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)),
    );
    if (!rois.length) throw new RoiProblem(`${file}: ${notes[0] ?? "it has no regions"}`);
    yield {rois: rois.slice(0, REGIONS.most), total: rois.length, notes: notes.slice(0, MOST_NOTES)};
  },
};

/** @param {string} name @param {Uint8Array<ArrayBuffer>} data */
function readFile(name, data) {
  const isImagej = ["Iout", "PK"].some(
    (magic) => String.fromCharCode(...data.subarray(0, magic.length)) === magic,
  );
  if (isImagej)
    throw new RoiProblem(`${name}: only jpkl view reads files of ImageJ; save the regions as GeoJSON`);
  try {
    return readGeojson(new TextDecoder("utf-8", {fatal: true}).decode(data));
  } catch (error) {
    if (error instanceof RoiProblem) throw new RoiProblem(`${name}: ${error.message}`, {cause: error});
    throw new RoiProblem(`${name}: this is not GeoJSON`, {cause: error});
  }
}
