// What tests of regions measure: a stack, a curve, and the other end of what is asked for.

import {Asks} from "../../../../viewer/jpkl_viewer/browser/frames/asks.js";
import {Curve} from "../../../../viewer/jpkl_viewer/tools/regions/curves.js";

/** @typedef {import("../../../../viewer/jpkl_viewer/browser/types.js").Description} Description */

/**
 * Four times, two channels.
 * @param {Partial<Description>} changed
 * @returns {Description}
 */
export function describe(changed = {}) {
  return {
    title: "cells",
    height: 50,
    width: 100,
    color: false,
    dims: [
      {name: "time", size: 4, coords: [0, 0.5, 1.5, 4], unit: "s"},
      {name: "channel", size: 2, coords: null, unit: ""},
    ],
    channelDim: 1,
    channels: [
      {name: "DAPI", color: "#0000ff"},
      {name: "channel 1", color: "#00ff00"},
    ],
    pixelSize: null,
    pixelUnit: "",
    aspect: 1,
    quality: 90,
    ranges: null,
    ...changed,
  };
}

/** A part of a curve: two of four frames. */
export const PART = {indices: [0, 2], mean: [1, 2.34567], min: [0, 1], max: [3, 4], pixels: 25};

/**
 * A curve of four frames of which a part has come.
 * @param {import("../../../../viewer/jpkl_viewer/tools/regions/curves.js").CurvePart} part
 */
export function curveOf(part) {
  const curve = new Curve("key", 4);
  curve.add(part);
  return curve;
}

/** What is sent to Python, and a way to answer the last of it. */
export function openPython() {
  /** @type {any[]} */
  const sent = [];
  const asks = new Asks((/** @type {any} */ message) => sent.push(message));
  const asked = (type = "ask") => sent.filter((message) => message.type === type);
  /** @param {object} answer */
  const answer = (answer) => {
    const {slot, id} = asked().at(-1);
    asks.receive(/** @type {any} */ ({slot, id, ...answer}));
  };
  return {asks, asked, answer};
}
