// What is answered on exports without Python: the view as PNG or GIF.

import {UNSAVABLE, readsTruly} from "../../browser/pixels/readback.js";
import {GifWriter, delays} from "./gif.js";
import {makeRenderer} from "./seen.js";

/** @typedef {import("../../browser/types.js").State} State */
/** @typedef {import("../../local/types.js").LocalStack} LocalStack */
/** @typedef {import("../../local/task.js").Task} Task */

/** Most pixels of a picture: 400 MB while it is made. */
const MOST_PIXELS = 2 ** 27;

/** Most pixels of all pictures of a GIF, which is put together in memory. */
const MOST_GIF_PIXELS = 10 ** 9;

/** @type {Record<string, import("../../local/types.js").Answer>} */
export const EXPORT_ANSWERS = {
  async *export(local, message, task) {
    if (!readsTruly()) throw new Error(UNSAVABLE);
    const {format, settings} = message;
    const state = /** @type {State} */ ({...settings, zoom: null});
    const renderer = makeRenderer(local, message, state);
    const {width, height} = renderer.size;
    if (width * height > MOST_PIXELS)
      throw new Error(
        `pictures of ${width} x ${height} pixels are too large; choose a part or a smaller size`,
      );
    const data =
      format === "png"
        ? await pngOf(await renderer.picture(state, task))
        : await gifOf(renderer, local, message, task);
    yield {name: `${stem(local.stack.title)}.${format}`, data, width, height};
  },
};

/** @param {string} title */
function stem(title) {
  const name = title.split(/[\\/]/).at(-1) ?? "";
  return name.replace(/(?<=.)\.[^.]+$/, "");
}

/** @param {OffscreenCanvasRenderingContext2D} context */
async function pngOf({canvas}) {
  const blob = await canvas.convertToBlob({type: "image/png"});
  return new Uint8Array(await blob.arrayBuffer());
}

/**
 * @param {import("./panes.js").Renderer} renderer
 * @param {LocalStack} local
 * @param {any} message
 * @param {Task} task
 */
async function gifOf(renderer, {stack}, {format, settings, dim, start, stop, step, fps}, task) {
  if (format !== "gif") throw new Error(`this page makes PNG and GIF, not ${format}`);
  const state = /** @type {State} */ ({...settings, zoom: null});
  const indices = [];
  for (let index = start; index < Math.min(stop, stack.sizes[dim]); index += step) indices.push(index);
  const {width, height} = renderer.size;
  const {projection} = state;
  const isProjected = projection !== null && projection.dim === dim && projection.around === undefined;
  checkMovie(stack.dims[dim].name, isProjected, indices.length, width * height);
  const writer = new GifWriter(width, height);
  const times = delays(indices.length, fps);
  for (const [i, index] of indices.entries()) {
    task.report(i, indices.length);
    const at = {...state, position: stack.at(state.position, dim, index)};
    writer.add(colorsOf(await renderer.picture(at, task)), times[i]);
  }
  return writer.finish();
}

/** @param {OffscreenCanvasRenderingContext2D} context */
function colorsOf(context) {
  const {width, height} = context.canvas;
  return new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
}

/**
 * @param {string} name of the dim
 * @param {boolean} isProjected
 * @param {number} n pictures
 * @param {number} pixels of each
 */
function checkMovie(name, isProjected, n, pixels) {
  if (!n) throw new Error(`that part of ${name} is empty`);
  if (isProjected)
    throw new Error(
      `${name} is projected, so that all pictures along it are the same: switch the projection off, or choose another dim`,
    );
  if (n * pixels > MOST_GIF_PIXELS)
    throw new Error(
      `${n} pictures take ${((n * pixels) / 1e9).toFixed(1)} GB: write fewer of them, or smaller ones`,
    );
}
