// Stacks that are dropped onto the window: copied to the server, then opened or compared with what is shown.

import {DropZone, RefusedError} from "../browser/drop_zone.js";

/** @typedef {import("../browser/drop_zone.js").Choice} Choice */
/** @typedef {import("../browser/drop_zone.js").Taking} Taking */

/** Where copies go; the page is at `.`. */
const COPIES = "jpkl/dropped";

/**
 * The page that shows stacks which were dropped.
 * @param {Choice} choice
 * @param {string[]} keys of the copies
 * @param {string} search what the page shows now
 */
export function linkToDropped(choice, keys, search) {
  const query = new URLSearchParams(choice === "compare" ? search : "");
  for (const key of keys) query.append(choice === "compare" ? "with" : "dropped", key);
  return `?${query}`;
}

/**
 * How far a copy is.
 * @param {string} name
 * @param {number} done
 * @param {number} total
 */
export function describeCopy(name, done, total) {
  return `Copying ${name} … ${total ? Math.floor((100 * done) / total) : 0} %`;
}

/**
 * Send something to the server; gives the key that it answers.
 * @param {string} method
 * @param {Record<string, string | number>} query
 * @param {{body?: File, signal: AbortSignal, onProgress?: (event: ProgressEvent) => void}} options
 * @returns {Promise<string>}
 */
function send(method, query, {body, signal, onProgress}) {
  const {promise, resolve, reject} = withResolvers();
  const request = new XMLHttpRequest(); // fetch does not say how much was sent
  request.open(
    method,
    `${COPIES}?${new URLSearchParams(Object.entries(query).map(([k, v]) => [k, String(v)]))}`,
  );
  request.responseType = "json";
  request.onload = () => {
    const {key, error} = request.response ?? {};
    if (key) resolve(key);
    else reject(new RefusedError(error ?? `The server refused the file (${request.status}).`));
  };
  request.onerror = () => reject(new RefusedError("The connection to the server was lost."));
  if (onProgress) request.upload.onprogress = onProgress;
  signal.addEventListener("abort", () => request.abort());
  request.send(body);
  return promise;
}

/** A promise, and what settles it. */
function withResolvers() {
  /** @type {(key: string) => void} */
  let resolve = () => {};
  /** @type {(error: Error) => void} */
  let reject = () => {};
  /** @type {Promise<string>} */
  const promise = new Promise((...settle) => ([resolve, reject] = settle));
  return {promise, resolve, reject};
}

/**
 * Copy a file to the server; gives the key of the copy.
 * @param {File} file
 * @param {Taking} taking
 */
async function copy(file, {signal, say}) {
  const {name, size} = file;
  const onProgress = (/** @type {{loaded: number}} */ {loaded}) =>
    say(describeCopy(name, loaded, size), loaded / (size || 1));
  onProgress({loaded: 0});
  const key = await send("POST", {name, nbytes: size}, {signal});
  return send("PUT", {key}, {body: file, signal, onProgress});
}

/**
 * Take what is dropped onto the window; gives the element that covers it meanwhile.
 * @param {string} title of the stack that is shown; "" where there is none
 */
export function takeDropped(title) {
  const zone = new DropZone(title, async (files, choice, taking) => {
    const keys = [];
    for (const file of files) keys.push(await copy(file, taking));
    window.location.assign(linkToDropped(choice, keys, window.location.search));
    await new Promise(() => {}); // what is said stays until the page goes
  });
  zone.listen(window);
  return zone.root;
}
