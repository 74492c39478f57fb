// What the plots of regions of interest show: curves along a dim, and profiles of lines.

/**
 * @typedef {import("../../browser/stack.js").Stack} Stack
 * @typedef {import("../../browser/types.js").Dim} Dim
 * @typedef {import("./curves.js").Curve} Curve
 * @typedef {import("./curves.js").Curves} Curves
 * @typedef {import("./plot.js").Chart} Chart
 * @typedef {import("./profiles.js").Profile} Profile
 * @typedef {import("./profiles.js").Profiles} Profiles
 * @typedef {import("./shapes.js").Roi} Roi
 */

/**
 * A curve of which something has come.
 * @typedef {{name: string, color: string, curve: Curve, isFaded: boolean}} KnownCurve
 */

/**
 * A profile that has values.
 * @typedef {Profile & Required<Pick<Profile, "distance" | "values">>} FullProfile
 */

/** @typedef {{name: string, color: string, profile: FullProfile}} KnownProfile */

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
 * @param {{along?: number | null, sample: number, isProjected: boolean}} options the dim along which they are,
 *   the color that is plotted, and whether the picture is a projection
 */
export function placeText(stack, at, {along = null, sample, isProjected}) {
  const parts = stack.dims.flatMap(({name, size}, d) => {
    if (d === along || size === 1) return [];
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

/**
 * The curves of regions along a dim of n frames, as far as something has come of them.
 * @param {Roi[]} rois
 * @param {Curves} curves
 * @param {number} n
 * @returns {KnownCurve[]}
 */
export function knownCurves(rois, curves, n) {
  return rois.flatMap(({name, color}) => {
    const curve = curves.get(name);
    if (!curve?.mean.length || curve.n !== n) return [];
    return [{name, color, curve, isFaded: !curves.isCurrent(name)}];
  });
}

/**
 * What a plot of curves shows, as text: where this is the same, there is nothing to draw.
 * @param {string} caption
 * @param {KnownCurve[]} known
 */
export function curvesKey(caption, known) {
  return JSON.stringify([
    caption,
    known.map(({name, curve, isFaded}) => [name, curve.key, curve.received, isFaded]),
  ]);
}

/**
 * @param {KnownCurve[]} known
 * @param {Dim} dim along which they are
 * @param {string} place of the frames
 * @param {number} sample color of RGB; 0 for gray
 * @returns {Chart}
 */
export function curveChart(known, dim, place, sample) {
  const {x, xLabel, xStep} = axisOf(dim);
  return {
    series: known.map(({name, color, curve, isFaded}) => ({
      name,
      color,
      x,
      y: curve.mean[sample],
      low: curve.min[sample],
      high: curve.max[sample],
      isFaded,
    })),
    caption: `Mean with min–max along ${dim.name}${place}`,
    xLabel,
    xStep,
    xRange: [x[0], x[x.length - 1]],
    yLabel: unitOf(known.map(({curve}) => curve)),
  };
}

/**
 * The profiles of lines that have come.
 * @param {Roi[]} lines
 * @param {Profiles} profiles
 * @returns {KnownProfile[]}
 */
export function knownProfiles(lines, profiles) {
  return lines.flatMap(({name, color}) => {
    const profile = profiles.get(name);
    const {distance, values} = profile ?? {};
    return profile && distance && values ? [{name, color, profile: {...profile, distance, values}}] : [];
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
    series: known.map(({name, color, profile: {distance, values}}) => ({
      name,
      color,
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
