// Measurements as CSV text; `csv.py` writes the same.
//
// It starts with comment lines (`#`) that say where the numbers come from and what they are worth.

import {physical} from "../../browser/base/numbers.js";
import {asCell, asComment} from "./formulas.js";
import {area, lengthUnit, lineAngle, lineLength, lineText} from "./geometry.js";
import {describeRoi, outlineOf} from "./masks.js";
import {caveat} from "./measuring.js";
import {writeNumber} from "./numeric.js";
import {scaled} from "./scaling.js";

/** @typedef {import("../../browser/state/stack.js").Stack} Stack */
/** @typedef {import("./shapes.js").PlainRoi} PlainRoi */
/** @typedef {import("./measuring.js").Values} Values */
/** @typedef {import("./scaling.js").Scaling} Scaling */

/** Columns of equal length by name, in their order. @typedef {Map<string, (number | string)[]>} Columns */

/**
 * What a region is in all frames along a dim.
 * @typedef {object} Series
 * @property {string} name
 * @property {PlainRoi} roi
 * @property {number} pixels
 * @property {boolean} isClipped
 * @property {import("../../local/frames.js").Run} run
 * @property {Values[]} mean
 * @property {Values[]} min
 * @property {Values[]} max
 */

/**
 * What a region is in one frame.
 * @typedef {object} Row
 * @property {string} name
 * @property {PlainRoi} roi
 * @property {number[]} position
 * @property {number} pixels
 * @property {boolean} isClipped
 * @property {Values} mean
 * @property {Values} min
 * @property {Values} max
 */

/**
 * @typedef {{name: string, line: PlainRoi, position: number[], profile: import("./measuring.js").LineProfile}} NamedProfile
 */

const RGB = ["red", "green", "blue"];

/** What a scaled curve is called, and what is to be known of it. @type {Record<Scaling["scale"], string>} */
const SCALED = {raw: "", dff: "dF/F0", unit: "scaled 0-1"};

/** @param {Scaling} scaling */
function scalingNotes({scale, baseline}) {
  if (scale !== "dff") return [];
  const of = baseline ? `mean of the first ${baseline} frames` : "10th percentile of each curve";
  return [`dF/F0: (mean - F0) / F0, F0 is the ${of}`];
}

/**
 * Regions, measured along the same dim, with a column `roi`.
 * @param {Series[]} series at least one; maybe several of a region, in different channels
 * @param {Stack} stack
 * @param {Scaling} scaling what the curves are shown as, in a column beside what was measured
 */
export function statisticsCsv(series, stack, scaling) {
  const firsts = new Map([...series].reverse().map((each) => [each.name, each]));
  const notes = [...firsts.values()]
    .reverse()
    .map(
      ({name, roi, pixels, isClipped}) =>
        `roi ${name}: ${describeRoi(roi)}, ${pixels} pixels${isClipped ? ", cut off at the frame's edge" : ""}`,
    );
  const {run} = series[0];
  const leftOut = [
    run.dim,
    ...channelsLeftOut(
      stack,
      series.map((each) => each.run.position),
    ),
  ];
  const tables = series.map((each) => ({name: each.name, columns: statisticsColumns(each, stack, scaling)}));
  const said = [...scalingNotes(scaling), ...notes];
  return csv(tables, notesOf(stack, positionText(stack, run.position, leftOut), said));
}

/** @param {Series} series @param {Stack} stack @param {Scaling} scaling @returns {Columns} */
function statisticsColumns({run, mean, min, max}, stack, scaling) {
  const {name, coords, unit, texts} = stack.dims[run.dim];
  const {indices} = run;
  const columns = channelColumn(
    stack,
    indices.map((index) => stack.at(run.position, run.dim, index)),
  );
  columns.set(`${name}_index`, indices);
  if (texts)
    columns.set(
      name,
      indices.map((index) => texts[index]),
    );
  else if (coords)
    columns.set(
      withUnit(name, unit),
      indices.map((index) => coords[index]),
    );
  addValues(columns, "mean", mean);
  addValues(columns, "min", min);
  addValues(columns, "max", max);
  if (scaling.scale !== "raw") {
    const shown = mean[0].map((_, sample) =>
      scaled(
        mean.map((values) => values[sample]),
        scaling,
      ),
    );
    addValues(
      columns,
      SCALED[scaling.scale],
      mean.map((_, i) => shown.map((curve) => curve[i])),
    );
  }
  return columns;
}

/**
 * Regions, measured in single frames, with a row for each.
 * @param {Row[]} rows at least one
 * @param {Stack} stack
 */
export function regionsCsv(rows, stack) {
  const leftOut = channelsLeftOut(
    stack,
    rows.map(({position}) => position),
  );
  const clipped = new Set(rows.flatMap(({name, isClipped}) => (isClipped ? [name] : [])));
  const notes = [...clipped].map((name) => `roi ${name}: cut off at the frame's edge`);
  const tables = rows.map((row) => ({name: row.name, columns: regionColumns(row, stack)}));
  return csv(tables, notesOf(stack, positionText(stack, rows[0].position, leftOut), notes));
}

/** What a shape does not have is NaN. @param {Row} row @param {Stack} stack @returns {Columns} */
function regionColumns({roi, position, pixels, ...values}, stack) {
  const unit = lengthUnit(stack);
  const corners = outlineOf(roi);
  const [x, y] = [0, 1].map((axis) => {
    const places = corners.map((corner) => corner[axis]);
    return (Math.min(...places) + Math.max(...places)) / 2;
  });
  const [height, width] = stack.pixelSize ?? [1, 1];
  const isLine = roi.shape === "line";
  /** @type {Columns} */
  const columns = new Map([["shape", [roi.shape]], ...channelColumn(stack, [position])]);
  columns.set("x [px]", [x]).set("y [px]", [y]);
  if (stack.pixelSize) columns.set(`x [${unit}]`, [x * width]).set(`y [${unit}]`, [y * height]);
  columns.set("pixels", [pixels]);
  columns.set(`area [${unit}²]`, [corners.length > 2 ? area(pixels, stack) : NaN]);
  columns.set(`length [${unit}]`, [isLine ? lineLength(roi.points, stack) : NaN]);
  columns.set("angle [°]", [isLine ? lineAngle(roi.points, stack) : NaN]);
  for (const name of /** @type {const} */ (["mean", "min", "max"])) addValues(columns, name, [values[name]]);
  return columns;
}

/**
 * Line profiles, with a column `roi`.
 * @param {NamedProfile[]} profiles at least one
 * @param {Stack} stack
 */
export function profileCsv(profiles, stack) {
  const lines = new Map(profiles.map(({name, line}) => [name, line]));
  const notes = [...lines].map(
    ([name, line]) => `roi ${name}: ${describeRoi(line)}, ${lineText(line.points, stack)}`,
  );
  const leftOut = channelsLeftOut(
    stack,
    profiles.map(({position}) => position),
  );
  const tables = profiles.map(({name, profile, position}) => ({
    name,
    columns: profileColumns(profile, position, stack),
  }));
  return csv(tables, notesOf(stack, positionText(stack, profiles[0].position, leftOut), notes));
}

/**
 * @param {NamedProfile["profile"]} profile
 * @param {number[]} position
 * @param {Stack} stack
 * @returns {Columns}
 */
function profileColumns({x, y, distance, values, unit}, position, stack) {
  const columns = channelColumn(
    stack,
    x.map(() => position),
  );
  columns.set("x [px]", x).set("y [px]", y).set(withUnit("distance", unit), distance);
  addValues(columns, "value", values);
  return columns;
}

/**
 * The dims that no position is said of: the channels, where there are rows of several.
 * @param {Stack} stack
 * @param {number[][]} positions
 */
function channelsLeftOut({channelDim}, positions) {
  return channelDim === null || new Set(positions.map(String)).size === 1 ? [] : [channelDim];
}

/**
 * The names of frames' channels; nothing where there is one channel.
 * @param {Stack} stack
 * @param {number[][]} frames
 * @returns {Columns}
 */
function channelColumn({channelDim, channels}, frames) {
  if (channelDim === null || channels.length === 1) return new Map();
  return new Map([["channel", frames.map((position) => channels[position[channelDim]].name)]]);
}

/** @param {Columns} columns @param {string} name @param {Values[]} values */
function addValues(columns, name, values) {
  const samples = values[0].length;
  for (let sample = 0; sample < samples; sample++)
    columns.set(
      samples === 1 ? name : `${name}_${RGB[sample]}`,
      values.map((each) => each[sample]),
    );
}

/** @param {Stack} stack @param {string} where @param {string[]} notes */
function notesOf(stack, where, notes) {
  const position = where ? [`position: ${where}`] : [];
  return [...(stack.title ? [stack.title] : []), caveat(stack), ...position, ...notes];
}

/** @param {Stack} stack @param {number[]} position @param {number[]} leaveOut */
function positionText(stack, position, leaveOut) {
  return stack.dims
    .flatMap((dim, d) => {
      if (leaveOut.includes(d)) return [];
      const index = position[d];
      const label = d === stack.channelDim ? stack.channels[index].name : physical(dim, index);
      return [`${dim.name} ${index}${label && label !== String(index) ? ` (${label})` : ""}`];
    })
    .join(", ");
}

/** @param {string} name @param {string} unit */
const withUnit = (name, unit) => (unit ? `${name} [${unit}]` : name);

/** @param {{name: string, columns: Columns}[]} tables @param {string[]} notes */
function csv(tables, notes) {
  // A line break in a name must not end the comment.
  const comments = notes.map((note) => `# ${asComment(note.split(/\s+/).filter(Boolean).join(" "))}`);
  const head = ["roi", ...tables[0].columns.keys()].map(asCell);
  const rows = tables.flatMap(({name, columns}) => {
    const all = [...columns.values()];
    return all[0].map((_, i) => [asCell(name), ...all.map((column) => cell(column[i]))]);
  });
  return [...comments, ...[head, ...rows].map((row) => row.map(quoted).join(",")), ""].join("\n");
}

/** @param {number | string} value */
function cell(value) {
  if (typeof value === "string") return asCell(value);
  return Number.isNaN(value) ? "" : writeNumber(value);
}

/** @param {string} text */
const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
