// Regions as GeoJSON, as QuPath reads and writes it; `geojson.py` does the same.
//
// Its coordinates are pixels that count from the outer corner of the first one: the pixel whose center is at
// (0, 0) here
// reaches from 0 to 1 there.

import {RoiProblem, checkRoi, outlineOf} from "./masks.js";
import {plainNumber, roundTo} from "./numeric.js";
import {titleOf} from "./settings.js";

/** @typedef {import("./shapes.js").PlainRoi} PlainRoi */
/** @typedef {import("./shapes.js").Point} Point */
/** @typedef {{shape: PlainRoi["shape"], points: Point[], label: string}} NamedRoi */

/** From coordinates here to those of files. */
const CORNER = 0.5;

/** Decimals of coordinates that are written: beyond a millionth of a pixel there is only noise of arithmetic. */
const DIGITS = 6;

/**
 * Write regions as a FeatureCollection.
 * @param {PlainRoi[]} rois
 */
export function writeGeojson(rois) {
  const features = rois.map((roi) => {
    const properties = `{"objectType": "annotation", "name": ${JSON.stringify(titleOf(roi))}}`;
    return `{"type": "Feature", "geometry": ${geometryText(roi)}, "properties": ${properties}}`;
  });
  return `{"type": "FeatureCollection", "features": [\n${features.join(",\n")}\n]}`;
}

/** @param {PlainRoi} roi */
function geometryText(roi) {
  const points = outlineOf(roi).map((point) => `[${point.map(coordinate).join(", ")}]`);
  const geometry = (/** @type {string} */ type, /** @type {string} */ at, end = "") =>
    `{"type": "${type}", "coordinates": ${at}${end}}`;
  if (roi.shape === "point") return geometry("Point", points[0]);
  if (roi.shape === "line") return geometry("LineString", `[${points.join(", ")}]`);
  // GeoJSON has no ellipses: QuPath marks the polygon that stands for one.
  const end = roi.shape === "ellipse" ? ', "isEllipse": true' : "";
  return geometry("Polygon", `[[${[...points, points[0]].join(", ")}]]`, end);
}

/** @param {number} value */
function coordinate(value) {
  const text = plainNumber(roundTo(value + CORNER, DIGITS));
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/**
 * Read a FeatureCollection, a list of features, a single one, or a geometry alone.
 * @param {string} text
 * @returns {{rois: NamedRoi[], notes: string[]}} what can be used, and what is to be said of the rest
 */
export function readGeojson(text) {
  /** @type {{rois: NamedRoi[], notes: string[]}} */
  const found = {rois: [], notes: []};
  featuresOf(parsed(text)).forEach((feature, i) => {
    try {
      const {geometry, name} = geometryAndName(feature);
      const regions = regionsOf(geometry);
      const isMany = regions.length > 1 && name;
      found.rois.push(
        ...regions.map((roi, n) => ({...checkRoi(roi), label: isMany ? `${name} ${n + 1}` : name})),
      );
    } catch (error) {
      if (!(error instanceof RoiProblem)) throw error;
      found.notes.push(`feature ${i + 1}: ${error.message}`);
    }
  });
  return found;
}

/** @param {string} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RoiProblem(`not JSON: ${error instanceof Error ? error.message : error}`, {cause: error});
  }
}

/** @param {any} found @returns {any[]} */
function featuresOf(found) {
  if (Array.isArray(found)) return found;
  if (!isObject(found)) throw new RoiProblem("not GeoJSON: it must be an object or a list of features");
  if (found.type !== "FeatureCollection") return [found];
  if (!Array.isArray(found.features))
    throw new RoiProblem('not GeoJSON: a FeatureCollection needs a list "features"');
  return found.features;
}

/** @param {any} value */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {any} feature @returns {{geometry: any, name: string}} */
function geometryAndName(feature) {
  if (!isObject(feature)) throw new RoiProblem(`it must be an object, not ${short(feature)}`);
  if (feature.type !== "Feature") return {geometry: feature, name: ""};
  const {geometry, properties} = feature;
  if (!isObject(geometry)) throw new RoiProblem("it has no geometry");
  return {geometry, name: typeof properties?.name === "string" ? properties.name : ""};
}

/** @param {any} value */
const short = (value) => String(JSON.stringify(value)).slice(0, 40);

/** @typedef {Pick<PlainRoi, "shape" | "points">} Region */

/** @type {Record<string, (coordinates: any) => Region[]>} */
const READERS = {
  Point: (at) => [pointRoi(at)],
  MultiPoint: (all) => listOf(all).map(pointRoi),
  LineString: (at) => [lineRoi(at)],
  MultiLineString: (all) => listOf(all).map(lineRoi),
  Polygon: (at) => [polygonRoi(at)],
  MultiPolygon: (all) => listOf(all).map(polygonRoi),
};

/** @param {any} geometry @returns {Region[]} */
function regionsOf({type, coordinates, isEllipse}) {
  if (typeof type !== "string" || !Object.hasOwn(READERS, type))
    throw new RoiProblem(`its geometry is ${short(type)}; known are ${Object.keys(READERS).join(", ")}`);
  if (type !== "Polygon" || isEllipse !== true) return READERS[type](coordinates);
  const ring = ringOf(coordinates);
  const [xs, ys] = [0, 1].map((axis) => ring.map((point) => point[axis]));
  const corners = [Math.min, Math.max].map(
    (extreme) => /** @type {Point} */ ([extreme(...xs), extreme(...ys)]),
  );
  return [{shape: "ellipse", points: corners}];
}

/** @param {any} all @returns {any[]} */
function listOf(all) {
  if (!Array.isArray(all)) throw new RoiProblem("its coordinates must be a list");
  return all;
}

/** @param {any} at @param {number} number @returns {Point} */
function pointOf(at, number = 0) {
  const isPoint =
    Array.isArray(at) && at.length >= 2 && at.slice(0, 2).every((value) => typeof value === "number");
  if (!isPoint) throw new RoiProblem(`its point ${number} must be [x, y], not ${short(at)}`);
  return [at[0] - CORNER, at[1] - CORNER];
}

/** @param {any} coordinates @returns {Point[]} */
function pointsOf(coordinates) {
  if (!Array.isArray(coordinates)) throw new RoiProblem("its coordinates must be a list of points");
  return coordinates.map((at, number) => pointOf(at, number));
}

/** @param {any} at @returns {Region} */
const pointRoi = (at) => ({shape: "point", points: [pointOf(at)]});

/** @param {any} coordinates @returns {Region} */
function lineRoi(coordinates) {
  const points = pointsOf(coordinates);
  if (points.length !== 2) throw new RoiProblem(`its line has ${points.length} points; lines here have two`);
  return {shape: "line", points};
}

/** @param {any} coordinates @returns {Point[]} */
function ringOf(coordinates) {
  if (!Array.isArray(coordinates) || !coordinates.length)
    throw new RoiProblem("its coordinates must be a list of rings");
  if (coordinates.length > 1) throw new RoiProblem("it has holes, which regions here do not have");
  const points = pointsOf(coordinates[0]);
  const isClosed = points.length > 1 && String(points[0]) === String(points.at(-1));
  return isClosed ? points.slice(0, -1) : points;
}

/** A box is a rectangle. @param {any} coordinates @returns {Region} */
function polygonRoi(coordinates) {
  const ring = ringOf(coordinates);
  const [xs, ys] = [0, 1].map((axis) => [...new Set(ring.map((point) => point[axis]))].sort((a, b) => a - b));
  const isBox =
    ring.length === 4 && xs.length === 2 && ys.length === 2 && new Set(ring.map(String)).size === 4;
  const hasDiagonal = ring.some((point, i) => {
    const next = ring[(i + 1) % ring.length];
    return point[0] !== next[0] && point[1] !== next[1];
  });
  if (!isBox || hasDiagonal) return {shape: "polygon", points: ring};
  return {
    shape: "rectangle",
    points: [
      [xs[0], ys[0]],
      [xs[1], ys[1]],
    ],
  };
}
