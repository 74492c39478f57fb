// What the plots of regions of interest show: curves along a dim, and profiles of lines.

import {scaled} from "./scaling.js";

/**
 * @typedef {import("../../browser/state/stack.js").Stack} Stack
 * @typedef {import("../../browser/types.js").Dim} Dim
 * @typedef {import("./curves.js").Curve} Curve
 * @typedef {import("./curves.js").Curves} Curves
 * @typedef {import("./plot.js").Chart} Chart
 * @typedef {import("./profiles.js").Profile} Profile
 * @typedef {import("./profiles.js").Profiles} Profiles
 * @typedef {import("./scaling.js").Scaling} Scaling
 * @typedef {import("./series.js").RegionSeries} RegionSeries
 */

/** How a series is drawn. @typedef {Pick<RegionSeries, "region" | "title" | "color" | "dash">} Look */

/** A curve of which something has come. @typedef {Look & {curve: Curve, isFaded: boolean}} KnownCurve */

/**
 * A profile that has values.
 * @typedef {Profile & Required<Pick<Profile, "distance" | "values">>} FullProfile
 */

/** @typedef {Look & {profile: FullProfile}} KnownProfile */

/** Colors of RGB, by the number of the sample. */
export const RGB = ["red", "green", "blue"];

/**
 * Places along the x axis of the curves: physical values where they rise, else indices.
 * @param {Dim} dim
 * @returns {{x: number[], xLabel: string, xStep: number}}
 */
export function axisOf({name, size, coords, unit}) {
  const isRising = coords?.every((value, i) => i === 0 || value > coords[i - 1]);
  if (!coords || !isRising) return {x: Array.from({length: size}, (_, i) => i), xLabel: name, xStep: 1};
  return {x: coords, xLabel: unit ? `${name} (${unit})` : name, xStep: 0};
}

/**
 * The index of the value that is nearest.
 * @param {number[]} values
 * @param {number} x
 */
export function nearest(values, x) {
  return values.reduce((best, value, i) => (Math.abs(value - x) < Math.abs(values[best] - x) ? i : best), 0);
}

/**
 * What sets the frames that are measured apart from others, e.g. ` · time 33 · C2`.
 * @param {Stack} stack
 * @param {number[]} at
 * @param {{along?: (number | null)[], sample: number, isProjected: boolean}} options the dims along which they are,
 *   the color that is plotted, and whether the picture is a projection
 */
export function placeText(stack, at, {along = [], sample, isProjected}) {
  const parts = stack.dims.flatMap(({name, size}, d) => {
    if (along.includes(d) || size === 1) return [];
    const label = stack.label(d, at[d]);
    return [d === stack.channelDim && label ? label : `${name} ${label || at[d]}`];
  });
  if (stack.color) parts.push(RGB[sample]);
  if (isProjected) parts.push("single frames, not the projection");
  return parts.map((part) => ` · ${part}`).join("");
}

/** @param {{original?: boolean}[]} answers */
const unitOf = (answers) => (answers.some(({original}) => original) ? "intensity" : "value (0–255)");

/**
 * How far answers can be trusted; "" if there is nothing to say.
 * @param {{caveat?: string}[]} answers
 */
export const caveatOf = (answers) => answers.find(({caveat}) => caveat)?.caveat ?? "";

/** @param {RegionSeries} series @returns {Look} */
const lookOf = ({region, title, color, dash}) => ({region, title, color, dash});

/**
 * The curves of regions along a dim of n frames, as far as something has come of them.
 * @param {RegionSeries[]} series
 * @param {Curves} curves
 * @param {number} n
 * @returns {KnownCurve[]}
 */
export function knownCurves(series, curves, n) {
  return series.flatMap((one) => {
    const curve = curves.get(one.name);
    if (!curve?.mean.length || curve.n !== n) return [];
    return [{...lookOf(one), curve, isFaded: !curves.isCurrent(one.name)}];
  });
}

/**
 * What a plot of curves shows, as text: where this is the same, there is nothing to draw.
 * @param {Chart} chart
 * @param {KnownCurve[]} known
 */
export function curvesKey({caption, xLabel, xRange, yLabel}, known) {
  return JSON.stringify([
    [caption, xLabel, xRange, yLabel],
    known.map(({curve, ...look}) => [look, curve.key, curve.received]),
  ]);
}

/** How far apart the dots of regions are at most, as a share of the distance between channels. */
const MOST_APART = 0.08;

/** What values are called, by their scale. */
const Y_LABELS = {raw: "", dff: "ΔF/F₀", unit: "share of the range"};

/**
 * @param {KnownCurve[]} known
 * @param {{dim: Dim, names: string[] | null, place: string, sample: number, scaling: Scaling}} options the dim along
 *   which they are, what its indices are called where they are channels, the place of the frames, the color of RGB (0 for
 *   gray), and what the curves are shown as
 * @returns {Chart}
 */
export function curveChart(known, {dim, names, place, sample, scaling}) {
  const {x, xLabel, xStep} = names ? axisOf({...dim, coords: null}) : axisOf(dim);
  const isRaw = scaling.scale === "raw";
  const air = names ? 0.5 : 0;
  const step = names ? Math.min(MOST_APART, 1 / known.length) : 0;
  return {
    series: known.map(({region, color, dash, curve, isFaded}, i) => ({
      name: region,
      color,
      dash,
      x: names ? x.map((at) => at + (i - (known.length - 1) / 2) * step) : x,
      y: scaled(curve.mean[sample], scaling),
      ...(isRaw ? {low: curve.min[sample], high: curve.max[sample]} : {}),
      isFaded,
      isDots: names !== null,
    })),
    caption: `Mean${isRaw ? " with min–max" : ""} along ${dim.name}${place}`,
    xLabel,
    xStep,
    xRange: [x[0] - air, x[x.length - 1] + air],
    ...(names ? {xTexts: names} : {}),
    yLabel: Y_LABELS[scaling.scale] || unitOf(known.map(({curve}) => curve)),
  };
}

/**
 * The profiles of lines that have come.
 * @param {RegionSeries[]} lines
 * @param {Profiles} profiles
 * @returns {KnownProfile[]}
 */
export function knownProfiles(lines, profiles) {
  return lines.flatMap((line) => {
    const profile = profiles.get(line.name);
    const {distance, values} = profile ?? {};
    return profile && distance && values ? [{...lookOf(line), profile: {...profile, distance, values}}] : [];
  });
}

/**
 * @param {KnownProfile[]} known at least one
 * @param {string} place of the frame
 * @param {number} sample color of RGB
 * @returns {Chart}
 */
export function profileChart(known, place, sample) {
  const longest = Math.max(...known.map(({profile: {distance}}) => distance[distance.length - 1]));
  return {
    series: known.map(({region, color, dash, profile: {distance, values}}) => ({
      name: region,
      color,
      dash,
      x: distance,
      y: values.map((value) => (typeof value === "number" ? value : value[sample])),
    })),
    caption: `Profile along the line${place}`,
    xLabel: `distance (${known[0].profile.unit})`,
    xStep: 0,
    xRange: [0, longest || 1],
    yLabel: unitOf(known.map(({profile}) => profile)),
  };
}
