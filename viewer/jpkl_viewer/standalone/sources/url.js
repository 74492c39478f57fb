// A file behind a URL, read in parts by Range requests.

import {latin1Text, joined} from "../format/bytes.js";
import {FOOTER_NBYTES, parseFooter} from "../format/trailer.js";

/** @typedef {import("../format/bytes.js").Bytes} Bytes */
/** @typedef {import("../format/opening.js").FileBytes} FileBytes */
/** @typedef {(url: string, init?: RequestInit) => Promise<Response>} Fetch */
/** A part of the file that is kept. @typedef {{start: number, bytes: Bytes}} Part */
/**
 * @typedef {object} Reading
 * @property {number} offset
 * @property {number} count
 * @property {AbortSignal} [signal]
 * @property {(bytes: Bytes) => void} resolve
 * @property {(error: unknown) => void} reject
 */

/** What is read first of a file, from its end: the trailer of some 16,000 frames. */
const TAIL_NBYTES = 256 * 1024;
/** A file that a server does not give in parts is read as a whole, up to this size. */
export const MOST_WHOLE = 64 * 2 ** 20;
/** Readings that are not farther apart come with one request, which has at most so many bytes. */
const MOST_GAP = 32 * 1024;
const MOST_TOGETHER = 8 * 2 ** 20;
/** After these ms a request is sent again that the network has failed. */
const PAUSES = [300, 1500];
/** What another request would be answered, too. */
const REFUSALS = [401, 403, 404, 410];

/** Why a file behind a URL cannot be read; the message is for the user. */
export class UrlError extends Error {
  name = "UrlError";
}

/** What may be gone at the next attempt. */
class PassingError extends UrlError {}

/**
 * The path of a URL as text; as it is where that is no text.
 * @param {string} url
 */
export function pathOf(url) {
  const {pathname} = new URL(url);
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}

/**
 * Open a file behind a URL.
 * @param {string} url
 * @param {{fetch?: Fetch, onProgress?: (done: number, total: number) => void, first?: Promise<Response>}} options
 *   `first`: the answer to a request for the end of the file, where there is one already
 * @returns {Promise<FileBytes>}
 */
export async function openUrl(
  url,
  {fetch = (...args) => globalThis.fetch(...args), onProgress, first: early} = {},
) {
  const source = new Source(url, fetch);
  let first = await (early ?? source.ask(`bytes=-${TAIL_NBYTES}`)).catch(() => null);
  if (first?.status === 206) return fromEnd(source, first);
  if (first && REFUSALS.includes(first.status)) throw source.refusal(first);
  if (first?.status === 200 && lengthOf(first) <= MOST_WHOLE) return whole(source, first, onProgress);
  // Some servers do not know ranges from the end, and do not let pages of others ask for one.
  await first?.body?.cancel();
  first = await source.ask(`bytes=0-${TAIL_NBYTES - 1}`);
  if (first.status === 206) return fromStart(source, first);
  if (first.status === 200) return whole(source, first, onProgress);
  if (first.status === 416) throw new UrlError(`${source.place} is an empty file`);
  throw source.refusal(first);
}

/** How many bytes an answer has, as far as it says. @param {Response} response */
function lengthOf(response) {
  const length = Number(response.headers.get("Content-Length") ?? 0);
  return Number.isSafeInteger(length) ? length : 0;
}

/** A file on a server, and how it looked when it was opened. */
class Source {
  #fetch;
  /** @type {Record<string, string | null> | null} */
  #version = null;

  /**
   * @param {string} url
   * @param {Fetch} fetch
   */
  constructor(url, fetch) {
    this.url = url;
    this.#fetch = fetch;
  }

  /** What messages call it. */
  get place() {
    return `${pathOf(this.url).split("/").at(-1)} on ${new URL(this.url).host}`;
  }

  /**
   * @param {string | null} range
   * @param {AbortSignal} [signal]
   * @param {string} [method]
   */
  async ask(range, signal, method = "GET") {
    try {
      // What the browser keeps may be of another version of the file, and is given out one part at a time.
      const headers = range === null ? undefined : {Range: range};
      return await this.#fetch(this.url, {method, headers, signal, cache: "no-store"});
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new PassingError(this.#unreachable());
    }
  }

  #unreachable() {
    const {host, origin, protocol} = new URL(this.url);
    const page = globalThis.location;
    if (page && page.protocol === "https:" && protocol === "http:")
      return `This page came by https, so that the browser does not let it read from ${host} by http.`;
    if (page && page.origin === origin) return `${host} does not answer. Is the network there?`;
    return (
      `${host} does not answer, or does not let other pages read its files: it has to send the header ` +
      "Access-Control-Allow-Origin (CORS), and allow the header Range. Otherwise, put this page beside the file " +
      "(jpkl page --data), or download the file and drop it here."
    );
  }

  /** Why an answer is of no use. @param {Response} response */
  refusal({status}) {
    const {place} = this;
    if (status === 404 || status === 410)
      return new UrlError(`There is no ${place} (status ${status}). Is the link right?`);
    if (status === 401 || status === 403)
      return new UrlError(
        `The server does not let you read ${place} (status ${status}): it may need a login, or a new link.`,
      );
    const Kind = status === 429 || status >= 500 ? PassingError : UrlError;
    return new Kind(`The server does not give ${place} (status ${status}). Try again later.`);
  }

  /**
   * Throw where an answer is of another version of the file than the first.
   * @param {Response} response
   * @param {number | null} size of the file as the answer says
   */
  checkVersion({headers}, size) {
    const version = {
      etag: headers.get("ETag"),
      modified: headers.get("Last-Modified"),
      size: size === null ? null : String(size),
    };
    this.#version ??= version;
    for (const [name, value] of Object.entries(version)) {
      const before = this.#version[name];
      if (before !== null && value !== null && before !== value)
        throw new UrlError(`${this.place} has changed since it was opened. Reload the page.`);
    }
  }

  /** @param {Bytes} start of an answer in place of the file */
  checkNoPage(start) {
    if (/^\s*</.test(latin1Text(start.subarray(0, 64))))
      throw new UrlError(
        `The server sends a web page in place of ${this.place}: a login, or the page about the file? ` +
          "The link must lead to the file itself.",
      );
  }

  /**
   * A part of the file; what the network or a busy server has failed is asked for again.
   * @param {number} start
   * @param {number} end
   * @param {AbortSignal} [signal]
   */
  async part(start, end, signal) {
    for (const pause of PAUSES) {
      try {
        return await this.#part(start, end, signal);
      } catch (error) {
        if (!(error instanceof PassingError)) throw error;
        await new Promise((done) => setTimeout(done, pause));
      }
    }
    return this.#part(start, end, signal);
  }

  /**
   * @param {number} start
   * @param {number} end
   * @param {AbortSignal} [signal]
   */
  async #part(start, end, signal) {
    const response = await this.ask(`bytes=${start}-${end - 1}`, signal);
    if (response.status !== 206) throw this.#noPart(response);
    const range = rangeOf(response);
    this.checkVersion(response, range?.total ?? null);
    const bytes = await this.bytesOf(response, end - start, signal);
    if (bytes.length !== end - start || (range !== null && range.start !== start)) throw this.anotherPart();
    return bytes;
  }

  anotherPart() {
    return new UrlError(`The server gives another part of ${this.place} than it was asked for.`);
  }

  /**
   * The bytes of an answer. No more are read than it may have: perhaps there is no end of them.
   * @param {Response} response
   * @param {number} most
   * @param {AbortSignal} [signal]
   */
  async bytesOf(response, most, signal) {
    /** @type {Bytes[]} */
    const parts = [];
    let done = 0;
    for await (const part of this.chunks(response, signal)) {
      parts.push(part);
      done += part.length;
      if (done > most) throw this.anotherPart();
    }
    return joined(parts);
  }

  /**
   * The bytes of an answer as they come. Who leaves the loop wants no more of them to come.
   * @param {Response} response
   * @param {AbortSignal} [signal]
   * @returns {AsyncGenerator<Bytes>}
   */
  async *chunks({body}, signal) {
    const reader = body?.getReader();
    try {
      for (;;) {
        const {done, value} = (await reader?.read()) ?? {done: true};
        if (done || !value) return;
        yield value;
      }
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new PassingError(`The connection was lost while ${this.place} was read. Is the network there?`);
    } finally {
      void reader?.cancel().catch(() => {});
    }
  }

  /** @param {Response} response */
  #noPart(response) {
    void response.body?.cancel();
    return response.status === 200 || response.status === 416
      ? new UrlError(`${this.place} has changed since it was opened. Reload the page.`)
      : this.refusal(response);
  }
}

/**
 * Which part an answer has, and the size of the file; null where the server does not let pages know.
 * @param {Response} response
 */
function rangeOf({headers}) {
  const found = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get("Content-Range") ?? "");
  const total = Number(found?.[3]);
  return found && Number.isSafeInteger(total) ? {start: Number(found[1]), total} : null;
}

/**
 * @param {Source} source
 * @param {Response} response with the end of the file
 */
async function fromEnd(source, response) {
  const range = rangeOf(response);
  source.checkVersion(response, range?.total ?? null);
  const bytes = await source.bytesOf(response, TAIL_NBYTES);
  if (range !== null && range.start !== range.total - bytes.length) throw source.anotherPart();
  const size = range?.total ?? sizeByFooter(bytes) ?? (await sizeByHead(source));
  return new UrlFile(source, size, [{start: size - bytes.length, bytes}]);
}

/**
 * The size of a file as its trailer implies it; null where it has none.
 * @param {Bytes} tail
 */
function sizeByFooter(tail) {
  if (tail.length < TAIL_NBYTES) return tail.length; // that is all of it
  try {
    const footer = parseFooter(tail.slice(-FOOTER_NBYTES));
    return footer && footer.offset + footer.length + FOOTER_NBYTES;
  } catch {
    return null;
  }
}

/** @param {Source} source */
async function sizeByHead(source) {
  const response = await source.ask(null, undefined, "HEAD");
  const size = lengthOf(response);
  if (response.ok && size) return size;
  throw new UrlError(`The server does not say how large ${source.place} is.`);
}

/**
 * @param {Source} source
 * @param {Response} response with the beginning of the file
 */
async function fromStart(source, response) {
  const range = rangeOf(response);
  const total = range?.total ?? null;
  source.checkVersion(response, total);
  const bytes = await source.bytesOf(response, TAIL_NBYTES);
  if (range !== null && range.start !== 0) throw source.anotherPart();
  source.checkNoPage(bytes);
  const size = total ?? (bytes.length < TAIL_NBYTES ? bytes.length : await sizeByHead(source));
  const start = Math.max(bytes.length, size - TAIL_NBYTES);
  const tail = start < size ? [{start, bytes: await source.part(start, size)}] : [];
  return new UrlFile(source, size, [{start: 0, bytes}, ...tail]);
}

/**
 * A file that the server gives as a whole alone.
 * @param {Source} source
 * @param {Response} response
 * @param {(done: number, total: number) => void} [onProgress]
 */
async function whole(source, response, onProgress) {
  const total = lengthOf(response);
  const tooLarge = () =>
    new UrlError(
      `The server does not give parts of ${source.place} (Range requests), as a file of this size needs. Put it ` +
        "on another one, or download it and drop it here.",
    );
  if (total > MOST_WHOLE) throw tooLarge();
  /** @type {Bytes[]} */
  const parts = [];
  let done = 0;
  for await (const part of source.chunks(response)) {
    if (!done) source.checkNoPage(part);
    parts.push(part);
    done += part.length;
    if (done > MOST_WHOLE) throw tooLarge();
    onProgress?.(done, total);
  }
  return new UrlFile(source, done, [{start: 0, bytes: joined(parts)}]);
}

/** @implements {FileBytes} */
class UrlFile {
  isRemote = true;
  #source;
  #kept;
  /** @type {Reading[]} */
  #queue = [];

  /**
   * @param {Source} source
   * @param {number} size
   * @param {Part[]} kept in the order of the file
   */
  constructor(source, size, kept) {
    this.#source = source;
    this.#kept = kept;
    this.name = source.url;
    this.size = size;
    if (!size) throw new UrlError(`${source.place} is an empty file`);
    if (kept.length) source.checkNoPage(kept[0].start === 0 ? kept[0].bytes : new Uint8Array(0));
  }

  async blob() {
    return new Blob([await this.read(0, this.size)]);
  }

  /**
   * @param {number} offset
   * @param {number} count
   * @param {AbortSignal} [signal]
   * @returns {Promise<Bytes>}
   */
  read(offset, count, signal) {
    const end = offset + count;
    if (offset < 0 || end > this.size) return Promise.reject(new Error("the file ends before it"));
    const kept = this.#kept.find(({start, bytes}) => start < end && end <= start + bytes.length);
    if (kept && kept.start <= offset)
      return Promise.resolve(kept.bytes.slice(offset - kept.start, end - kept.start));
    const asked = kept ? kept.start - offset : count;
    if (!this.#queue.length) queueMicrotask(() => this.#flush());
    /** @type {Promise<Bytes>} */
    const promise = new Promise((resolve, reject) =>
      this.#queue.push({offset, count: asked, signal, resolve, reject}),
    );
    return kept
      ? promise.then((bytes) => joined([bytes, kept.bytes.subarray(0, end - kept.start)]))
      : promise;
  }

  #flush() {
    const readings = this.#queue.splice(0).sort((a, b) => a.offset - b.offset);
    /** @type {{start: number, end: number, readings: Reading[]}[]} */
    const groups = [];
    for (const reading of readings) {
      const end = reading.offset + reading.count;
      const last = groups.at(-1);
      if (last && reading.offset - last.end <= MOST_GAP && end - last.start <= MOST_TOGETHER) {
        last.end = Math.max(last.end, end);
        last.readings.push(reading);
      } else groups.push({start: reading.offset, end, readings: [reading]});
    }
    for (const group of groups) void this.#fetch(group);
  }

  /** @param {{start: number, end: number, readings: Reading[]}} group */
  async #fetch({start, end, readings}) {
    const whileWanted = new AbortController();
    const check = () => readings.every(({signal}) => signal?.aborted) && whileWanted.abort();
    for (const {signal} of readings) signal?.addEventListener("abort", check);
    try {
      const bytes = await this.#source.part(start, end, whileWanted.signal);
      for (const {offset, count, resolve} of readings)
        resolve(bytes.slice(offset - start, offset - start + count));
    } catch (error) {
      for (const {reject} of readings) reject(error);
    }
  }
}
