// Files behind URLs: as few requests as possible, never two versions in one, clear words for what does not work.

import assert from "node:assert/strict";
import {test} from "node:test";
import {urlsOf} from "../../../viewer/jpkl_viewer/standalone/app/address.js";
import {openUrl} from "../../../viewer/jpkl_viewer/standalone/sources/url.js";

const URL_ = "https://host/a%20b/stack.jpkl";
const SIZE = 400_000;
const DATA = Uint8Array.from({length: SIZE}, (_, i) => (i * i) >> 3);

/**
 * A server of one file.
 * @param {{ranges?: "all" | "start" | "none", exposes?: boolean, data?: Uint8Array<ArrayBuffer>,
 *   size?: number, status?: number}} options beyond its data, a file of some size is zeros
 */
function server({ranges = "all", exposes = true, data = DATA, size = data.length, status = 200} = {}) {
  /** @type {string[]} */
  const log = [];
  const state = {etag: '"1"', failures: 0, log};
  /** @type {import("../../../viewer/jpkl_viewer/standalone/sources/url.js").Fetch} */
  const fetch = async (_url, init) => {
    const range = new Headers(init?.headers).get("Range");
    log.push(`${init?.method} ${range ?? ""}`);
    if (state.failures-- > 0) throw new TypeError("Failed to fetch");
    if (status !== 200) return new Response("no", {status});
    const length = {"Content-Length": String(size)};
    if (init?.method === "HEAD") return new Response(null, {headers: length});
    const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(range ?? "") ?? [];
    if (range === null || ranges === "none" || (ranges === "start" && from === ""))
      return new Response(data, {headers: length});
    const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
    const end = from === "" ? size : Math.min(size, Number(to) + 1);
    const told = {"Content-Range": `bytes ${start}-${end - 1}/${size}`, ETag: state.etag};
    const part = new Uint8Array(end - start);
    part.set(data.subarray(start, end));
    return new Response(part, {status: 206, headers: exposes ? told : {}});
  };
  return {...state, fetch, state};
}

test("the end of a file comes first, and is not asked for again", async () => {
  const {fetch, log} = server();
  const file = await openUrl(URL_, {fetch});
  assert.equal(file.size, SIZE);
  assert.deepEqual(await file.read(SIZE - 100, 100), DATA.slice(-100));
  assert.deepEqual(log, ["GET bytes=-262144"]);
  // Of what begins before it, that part alone.
  assert.deepEqual(await file.read(SIZE - 262154, 20), DATA.slice(SIZE - 262154, SIZE - 262134));
  assert.equal(log[1], "GET bytes=137846-137855");
  await assert.rejects(file.read(SIZE - 5, 6), /ends/);
});

test("neighbors come with one request, others at the same time", async () => {
  const {fetch, log} = server();
  const file = await openUrl(URL_, {fetch});
  const [b, a, c] = await Promise.all([file.read(1000, 50), file.read(0, 100), file.read(100_000, 3)]);
  assert.deepEqual([a, b, c], [DATA.slice(0, 100), DATA.slice(1000, 1050), DATA.slice(100_000, 100_003)]);
  assert.deepEqual(log.slice(1), ["GET bytes=0-1049", "GET bytes=100000-100002"]);
});

test("a file that has changed since is not mixed with what it was", async () => {
  const {fetch, state} = server();
  const file = await openUrl(URL_, {fetch});
  state.etag = '"2"';
  await assert.rejects(file.read(0, 10), /stack\.jpkl on host has changed.*Reload/);
});

test("what the network fails is asked for again", async () => {
  const {fetch, state, log} = server();
  const file = await openUrl(URL_, {fetch});
  state.failures = 1;
  assert.deepEqual(await file.read(0, 10), DATA.slice(0, 10));
  assert.equal(log.length, 3);
});

test("what is cut off on its way is asked for again", async () => {
  const {fetch, log} = server();
  let nCut = 1;
  /** @type {typeof fetch} */
  const cutting = async (url, init) => {
    const response = await fetch(url, init);
    return log.length > 1 && nCut-- > 0 ? answer(response, brokenAfter(new Uint8Array(5))) : response;
  };
  const file = await openUrl(URL_, {fetch: cutting});
  assert.deepEqual(await file.read(0, 10), DATA.slice(0, 10));
  assert.equal(log.length, 3);
  nCut = 9;
  await assert.rejects(file.read(0, 10), /connection was lost while stack\.jpkl on host/);
  const whole = server({ranges: "none"});
  await assert.rejects(
    openUrl(URL_, {
      fetch: async (url, init) => answer(await whole.fetch(url, init), brokenAfter(DATA.slice(0, 9))),
    }),
    /connection was lost/,
  );
});

test("no more is read of an answer than was asked for, and none of another part", async () => {
  const {fetch, log} = server();
  const endless = forEver();
  const file = await openUrl(URL_, {
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      return log.length > 1 ? answer(response, endless.body) : response;
    },
  });
  await assert.rejects(file.read(0, 10), /another part/);
  assert.ok(endless.isCancelled());
  const first = forEver();
  await assert.rejects(
    openUrl(URL_, {fetch: async (url, init) => answer(await server().fetch(url, init), first.body)}),
    /another part/,
  );
  assert.ok(first.isCancelled());

  for (const told of ["bytes 0-262143/400000", "bytes 137856-399999/500000"]) {
    const lying = server();
    await assert.rejects(
      openUrl(URL_, {
        fetch: async (url, init) =>
          answer(await lying.fetch(url, init), DATA.slice(-262144), {"Content-Range": told}),
      }),
      /another part/,
    );
  }
});

test("sizes that no file has are none", async () => {
  const {fetch} = server();
  const file = await openUrl(URL_, {
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      const told = {"Content-Range": `bytes 137856-399999/${"9".repeat(400)}`};
      return init?.method === "HEAD" ? response : answer(response, await response.arrayBuffer(), told);
    },
  });
  assert.equal(file.size, SIZE);
});

test("a name that is no text is shown as it is", async () => {
  const {fetch} = server({status: 404});
  await assert.rejects(openUrl("https://host/100%.jpkl", {fetch}), /There is no 100%\.jpkl on host/);
});

/**
 * The same answer with another body.
 * @param {Response} response
 * @param {BodyInit | null} body
 * @param {Record<string, string>} [headers]
 */
function answer({status, headers: told}, body, headers = {}) {
  const both = new Headers(told);
  for (const [name, value] of Object.entries(headers)) both.set(name, value);
  return new Response(body, {status, headers: both});
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function brokenAfter(bytes) {
  return new ReadableStream({
    start: (controller) => controller.enqueue(bytes),
    pull: (controller) => controller.error(new TypeError("network error")),
  });
}

/** What is as good as endless. */
function forEver() {
  let isCancelled = false;
  let n = 1000;
  const body = new ReadableStream({
    pull: (controller) => (n-- ? controller.enqueue(new Uint8Array(2 ** 16)) : controller.close()),
    cancel: () => void (isCancelled = true),
  });
  return {body, isCancelled: () => isCancelled};
}

test("servers without ranges from the end, and those that hide the size, will do", async () => {
  const known = await openUrl(URL_, {
    fetch: server({ranges: "start", size: 70 * 2 ** 20}).fetch,
  });
  assert.equal(known.size, 70 * 2 ** 20);
  const hidden = server({exposes: false});
  assert.equal((await openUrl(URL_, {fetch: hidden.fetch})).size, SIZE);
  assert.deepEqual(hidden.log, ["GET bytes=-262144", "HEAD "]);
});

test("without ranges a small file comes whole, a large one not at all", async () => {
  const whole = server({ranges: "none"});
  const file = await openUrl(URL_, {fetch: whole.fetch});
  assert.deepEqual(await file.read(7, 9), DATA.slice(7, 16));
  assert.equal(whole.log.length, 1);
  const {fetch} = server({ranges: "none", size: 65 * 2 ** 20});
  await assert.rejects(openUrl(URL_, {fetch}), /Range requests.*drop it here/s);
});

test("what is wrong is said", async () => {
  const page = new TextEncoder().encode("<!DOCTYPE html><title>Log in</title>");
  await assert.rejects(
    openUrl(URL_, {fetch: server({ranges: "none", data: page}).fetch}),
    /web page.*login/s,
  );
  await assert.rejects(openUrl(URL_, {fetch: server({data: page}).fetch}), /web page.*login/s);
  await assert.rejects(
    openUrl(URL_, {fetch: server({status: 404}).fetch}),
    /There is no stack\.jpkl on host.*404/,
  );
  await assert.rejects(openUrl(URL_, {fetch: server({status: 403}).fetch}), /login/);
  await assert.rejects(openUrl(URL_, {fetch: server({status: 500}).fetch}), /status 500/);
  await assert.rejects(openUrl(URL_, {fetch: server({data: new Uint8Array(0)}).fetch}), /empty/);
  const {fetch, state} = server();
  state.failures = 9;
  await assert.rejects(openUrl(URL_, {fetch}), /Access-Control-Allow-Origin/);
});

test("links are those of files on the web", () => {
  const base = "https://host/page/viewer.html?url=x";
  assert.deepEqual(urlsOf(["a b.jpkl", "/x.jpkl#z=1", "http://o/y?k=1"], base), [
    "https://host/page/a%20b.jpkl",
    "https://host/x.jpkl",
    "http://o/y?k=1",
  ]);
  assert.throws(() => urlsOf(["javascript:alert(1)"], base), /https/);
  assert.throws(() => urlsOf(["a.jpkl"], "file:///home/viewer.html"), /drop the file/);
  assert.throws(() => urlsOf(["https://"], base), /not a link/);
});
