// Files that are dropped onto the window, or picked: copied to the server, then opened or compared with what is shown.

import {h} from "../browser/base/dom.js";
import {DropZone, RefusedError, zoneThatRefuses} from "../browser/stage/drop_zone.js";
import {DROPPED} from "../browser/base/limits.js";

/** @typedef {import("../browser/stage/drop_zone.js").Choice} Choice */
/** @typedef {import("../browser/stage/drop_zone.js").Taking} Taking */

/** Where copies go; the page is at `.`. */
const COPIES = "jpkl/dropped";

/** What is said where there is nothing else to see. */
export const DROP_HERE =
  "Drop a stack here. JPkl, TIFF, OME-TIFF and NumPy files open directly. They are copied to the server of this page, " +
  "and removed when the server stops.";

const NOT_HERE = "This page accepts no files. On your own computer:";
const WHAT = "JPkl, TIFF, OME-TIFF, NumPy and other image files";

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
 * The parts in which a file is sent: where each begins, and ends.
 * @param {number} size
 */
export function partsOf(size) {
  const starts = Array.from({length: Math.ceil(size / DROPPED.part)}, (_, i) => i * DROPPED.part);
  return starts.map((start) => ({start, end: Math.min(size, start + DROPPED.part)}));
}

/**
 * Send something to the server; gives the key that it answers.
 * @param {string} method
 * @param {Record<string, string | number>} query
 * @param {{body?: Blob, signal: AbortSignal, onProgress?: (event: ProgressEvent) => void}} options
 * @returns {Promise<string>}
 */
function send(method, query, {body, signal, onProgress}) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest(); // fetch does not say how much was sent
    const said = Object.entries(query).map(([name, value]) => [name, String(value)]);
    request.open(method, `${COPIES}?${new URLSearchParams(said)}`);
    request.responseType = "json";
    request.onload = () => {
      const {key, error} = request.response ?? {};
      if (key) resolve(key);
      else reject(new RefusedError(error ?? `The server refused the file (${request.status}).`));
    };
    // The file itself may be what is gone: it is read while it is sent.
    request.onerror = () =>
      reject(new RefusedError("The connection to the server was lost, or the file can no longer be read."));
    if (onProgress) request.upload.onprogress = onProgress;
    const end = () => {
      request.abort();
      reject(signal.reason);
    };
    signal.addEventListener("abort", end);
    request.onloadend = () => signal.removeEventListener("abort", end); // a large file is sent in thousands of parts
    request.send(body);
  });
}

/**
 * Copy a file to the server; gives the key of the copy.
 * @param {File} file
 * @param {string} beside key of a copy of the same drop, "" for the first
 * @param {Taking} taking
 */
async function copy(file, beside, {signal, say}) {
  const {name, size} = file;
  const sent = (/** @type {number} */ n) => say(describeCopy(name, Math.min(n, size), size), n / size);
  sent(0);
  const head = file.slice(0, DROPPED.head);
  const key = await send("POST", {name, nbytes: size, beside}, {body: head, signal});
  try {
    for (const {start, end} of partsOf(size)) {
      const body = file.slice(start, end);
      await send("PUT", {key, at: start}, {body, signal, onProgress: ({loaded}) => sent(start + loaded)});
    }
    return key;
  } catch (error) {
    void giveUp(key);
    throw error;
  }
}

/** Have the server remove a copy. @param {string} key */
function giveUp(key) {
  return fetch(`${COPIES}?key=${key}`, {method: "DELETE", keepalive: true}).catch(() => {});
}

/**
 * Copy files to the server and have it open them; gives the keys of the stacks that they are.
 * @param {File[]} files
 * @param {Taking} taking
 */
async function copyAll(files, taking) {
  /** @type {string[]} */
  const keys = [];
  try {
    // Some formats are of several files: the first is opened when all are there.
    for (const file of files) keys.push(await copy(file, keys[0] ?? "", taking));
    /** @type {Set<string>} */
    const opened = new Set();
    for (const [i, key] of keys.entries()) {
      taking.say(`Opening ${files[i].name} …`, 1);
      opened.add(await send("PATCH", {key}, taking));
    }
    return [...opened];
  } catch (error) {
    for (const key of keys) void giveUp(key);
    throw error;
  }
}

/**
 * Take what is dropped onto the window.
 * @param {string} title of the stack that is shown; "" where there is none
 * @param {boolean} isTaken whether the server takes files
 */
export function takeDropped(title, isTaken) {
  const take = async (
    /** @type {File[]} */ files,
    /** @type {Choice} */ choice,
    /** @type {Taking} */ taking,
  ) => {
    const keys = await copyAll(files, taking);
    window.location.assign(linkToDropped(choice, keys, window.location.search));
    await new Promise(() => {}); // what is said stays until the page goes
  };
  const zone = isTaken ? new DropZone(title, take, WHAT) : zoneThatRefuses(NOT_HERE);
  zone.listen(window);
  return zone;
}

/**
 * A button that picks files, in place of dropping them.
 * @param {DropZone} zone
 * @param {string} text
 */
export function fileButton(zone, text) {
  const files = h("input", {type: "file", multiple: true, hidden: true});
  files.onchange = () => {
    if (files.files?.length) void zone.take([...files.files], "open");
    files.value = "";
  };
  const button = h("button", {className: "text", onclick: () => files.click()}, text);
  return h("span", {className: "pick-files"}, files, button);
}
