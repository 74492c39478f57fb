// Stacks that the address of the page names are opened while the script of the viewer is still read.

import {decodeColormaps} from "../../browser/pixels/colormap.js";
import {openStack} from "../sources/open_stack.js";
import {openUrl, pathOf} from "../sources/url.js";
import {urlsOf} from "./address.js";

/** @typedef {import("../format/opening.js").FileBytes} FileBytes */
/** @typedef {import("../sources/open_stack.js").OpenedStack} OpenedStack */
/** @typedef {import("../sources/open_stack.js").Walk} Walk */

/**
 * What the page brings along.
 * @typedef {object} PageData
 * @property {Record<string, string>} colormaps
 * @property {string} css of the viewer
 * @property {string} dropCss
 * @property {string[]} files beside the page that are shown; none where the visitor says which
 */

/** What the page has to be there for: saying how far it is, and reading through files without an index. @typedef {{
 *   onProgress: (url: string, done: number, total: number) => void, walk: Walk}} Hooks */

/** @type {((hooks: Hooks) => void)} */
let connect = () => {};
/** The page, once its script has been read. @type {Hooks | null} */
let page = null;
/** @type {Promise<Hooks>} */
const connected = new Promise((resolve) => (connect = resolve));

/** The page is there. @param {Hooks} hooks */
export function connectPage(hooks) {
  page = hooks;
  connect(hooks);
}

/**
 * What the address of the page names.
 * @param {PageData} data
 */
export function namedIn({files}) {
  return files.length ? files : new URLSearchParams(window.location.search).getAll("url");
}

/** Stacks, and the first view of the first one. @typedef {{stacks: OpenedStack[], settings: import("../../browser/types.js").Settings}} Opened */

/** @type {Promise<Opened> | null} */
let opening = null;

/**
 * Open what the address of the page names, once.
 * @param {PageData} data
 * @param {() => void} [onAsked] called when the first frame is asked for
 */
export function openNamed(data, onAsked) {
  opening ??= open(data, onAsked);
  return opening;
}

/**
 * @param {PageData} data
 * @param {() => void} [onAsked]
 * @returns {Promise<Opened>}
 */
async function open(data, onAsked) {
  const urls = urlsOf(namedIn(data), document.baseURI);
  const stacks = await Promise.all(urls.map(openOne));
  const settings = stacks[0].settings(decodeColormaps(data.colormaps));
  onAsked?.();
  return {stacks, settings: await settings};
}

/** @param {string} url */
async function openOne(url) {
  const file = await openUrl(url, {
    first: takeEarly(url),
    onProgress: (done, total) => page?.onProgress(url, done, total),
  });
  try {
    return await openStack(file, async (walked) => (await connected).walk(walked));
  } catch (error) {
    throw new StackError(shortName(url), error);
  }
}

/**
 * The answer to the first request for a URL, where the page has asked before this script ran (`early.js`).
 * @param {string} url
 * @returns {Promise<Response> | undefined}
 */
function takeEarly(url) {
  const {jpklEarly} = /** @type {{jpklEarly?: Map<string, Promise<Response>>}} */ (
    /** @type {unknown} */ (window)
  );
  const answer = jpklEarly?.get(url);
  jpklEarly?.delete(url);
  return answer;
}

/** What is wrong with one of several stacks, after its name, which stays as it is. */
export class StackError extends Error {
  /**
   * @param {string} name
   * @param {unknown} error
   */
  constructor(name, error) {
    super(`${name}: ${messageOf(error)}`, {cause: error});
  }
}

/** @param {unknown} error */
export function messageOf(error) {
  if (error instanceof StackError) return error.message;
  const text = error instanceof Error ? error.message : String(error);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A file in messages. @param {string} name */
export function shortName(name) {
  return nameOf(name).split("/").at(-1) ?? "";
}

/** The path of a file, without what a URL has besides. @param {string} name */
export function nameOf(name) {
  return /^https?:/.test(name) ? pathOf(name) : name;
}
