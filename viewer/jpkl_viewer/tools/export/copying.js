// A picture for the clipboard: which one, and how it gets there.

import {context2d, h} from "../../browser/base/dom.js";
import {UNSAVABLE, readsTruly} from "../../browser/pixels/readback.js";
import {MIME_TYPES, regionSeen} from "./request.js";

/** @typedef {import("../../browser/tool.js").ToolHost} ToolHost */
/** @typedef {import("./request.js").ExportRequest} ExportRequest */

/** Most pixels of an export for a pixel of the frame, and fewest. */
const [MOST_ZOOM, LEAST_ZOOM] = [64, 1 / 64];

/**
 * What is seen, about as large as it is on the screen, with what the view shows.
 * @param {ToolHost} view
 * @returns {Pick<ExportRequest, "what" | "format" | "region" | "zoom" | "bar_length" | "turned" | "arrangement">}
 */
export function pictureSeen({viewport, state, corners, arrangement}) {
  const scale = viewport.screenScale;
  // Enlarged pixels are all of the same size.
  const zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, scale < 1 ? scale : Math.round(scale)));
  return {
    what: "export",
    format: "png",
    region: regionSeen(viewport.painted.ranges, viewport.extent),
    zoom,
    bar_length: state.scale_bar_length ? null : corners.bar.length,
    turned: !viewport.isUpright,
    arrangement: arrangement && {...arrangement, cell: arrangement.cell / zoom},
  };
}

/**
 * Put a picture on the clipboard. It is made while the browser waits, as it has to be asked at once for what a
 * hand has asked for.
 * @param {Promise<Blob>} picture a PNG
 * @returns {Promise<string>} what is to be said of it
 */
export async function copyPicture(picture) {
  const {clipboard} = navigator;
  if (!clipboard?.write || !globalThis.ClipboardItem) {
    picture.catch(() => {});
    return "Browsers allow the clipboard only over https or on localhost: save the picture instead";
  }
  try {
    await clipboard.write([new ClipboardItem({[MIME_TYPES.png]: picture})]);
    const {width, height} = await createImageBitmap(await picture);
    return `Copied, ${width} × ${height} px`;
  } catch {
    const reason = await picture.then(
      () => "the browser does not let this page use the clipboard",
      (/** @type {Error} */ failed) => failed.message,
    );
    return `Not copied: ${reason}`;
  }
}

/**
 * The frame as the screen has it, where no Python makes a picture.
 * @param {ToolHost} view
 * @returns {Promise<Blob>}
 */
export function frameSeen({stage, viewport}) {
  if (!readsTruly()) return Promise.reject(new Error(UNSAVABLE));
  const canvas = stage.querySelector("canvas");
  return new Promise((resolve, reject) => {
    const take = (/** @type {Blob | null} */ blob) =>
      blob ? resolve(blob) : reject(new Error("nothing is shown"));
    if (canvas && !canvas.hidden) turned(canvas, viewport).toBlob(take, MIME_TYPES.png);
    else take(null);
  });
}

/**
 * A canvas with the pixels of another one, turned as a frame is on the screen.
 * @param {HTMLCanvasElement} canvas as it is stored
 * @param {import("../../browser/state/viewport.js").Viewport} viewport
 */
function turned(canvas, viewport) {
  if (viewport.isUpright) return canvas;
  const {width, height} = canvas;
  const copy = h("canvas", viewport.isTurned ? {width: height, height: width} : {width, height});
  const context = context2d(copy);
  context.imageSmoothingEnabled = false;
  context.setTransform(...viewport.turned(1, 0), ...viewport.turned(0, 1), copy.width / 2, copy.height / 2);
  context.drawImage(canvas, -width / 2, -height / 2);
  return copy;
}
