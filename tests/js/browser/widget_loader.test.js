import assert from "node:assert/strict";
import {test} from "node:test";

const mounted = /** @type {object[]} */ ([]);
const viewer = {mount: (/** @type {object} */ options) => (mounted.push(options), () => mounted.pop())};
// The page has the viewer of one hash already.
Object.assign(globalThis, {window: {jpklViewers: {known: Promise.resolve(viewer)}}});
const {default: loader} = await import("../../../viewer/jpkl_viewer/browser/widget_loader.js");

/**
 * @param {string} hash of the viewer that Python has
 * @param {string} [key] of the widget
 */
function widget(hash, key = "") {
  const sent = /** @type {any[]} */ ([]);
  const listeners = new Set();
  const model = {
    get: (/** @type {string} */ name) => (name === "_key" ? key : hash),
    send: (/** @type {object} */ message) => void sent.push(message),
    on: (/** @type {string} */ _, /** @type {Function} */ listener) => void listeners.add(listener),
    off: (/** @type {string} */ _, /** @type {Function} */ listener) => void listeners.delete(listener),
  };
  const hear = (/** @type {object} */ content) =>
    Promise.all([...listeners].map((take) => take(content, [])));
  return {model, sent, hear, listeners};
}

/** @param {any} model */
const render = (model) => loader.render({model, el: /** @type {any} */ ({})});

test("a view asks for the script where the page has none of its version", () => {
  const {model, sent} = widget("new");
  render(model);
  assert.equal(sent[0].type, "open");
  assert.equal(sent[0].script, true);
});

test("a view opens with what is meant for it, once, and says when it is gone", async () => {
  const {model, sent, hear, listeners} = widget("known");
  const end = render(model);
  const [{view, script}] = sent;
  assert.equal(script, false);
  await hear({views: ["another"], opening: {height: 1}});
  await hear({views: [view], message: {type: "ack"}});
  assert.equal(mounted.length, 0);
  await hear({views: ["another", view], opening: {height: 2}});
  assert.deepEqual(mounted, [{model, el: {}, view, opening: {height: 2}, buffers: []}]);
  assert.equal(listeners.size, 0);
  end();
  assert.equal(mounted.length, 0);
  assert.deepEqual(sent.at(-1), {type: "close", view});
});

test("a view that is gone before it could open never does", async () => {
  const {model, sent, hear} = widget("known");
  const end = render(model);
  end();
  await hear({views: [sent[0].view], opening: {}});
  assert.equal(mounted.length, 0);
});

test("what came before there was a view opens the next one at once, and no other", async () => {
  const {model, sent, hear} = widget("known", "a");
  const other = widget("known", "b");
  for (const host of [model, other.model]) loader.initialize({model: /** @type {any} */ (host)});
  const opening = {height: 3, version: 7};
  await hear({views: [], opening});
  render(other.model);
  assert.equal(other.sent[0].type, "open");
  const end = render(model);
  const [{view}] = sent;
  assert.deepEqual(sent, [{type: "opened", view, version: 7}]);
  await Promise.resolve();
  assert.deepEqual(mounted, [{model, el: {}, view, opening, buffers: []}]);
  render(model);
  assert.equal(sent[1].type, "open");
  end();
});

test("what came for a page that has not the script is of no use to it", async () => {
  const {model, sent, hear} = widget("unknown", "c");
  loader.initialize({model: /** @type {any} */ (model)});
  await hear({views: [], opening: {height: 3, version: 7}, script: false});
  render(model);
  assert.deepEqual([sent[0].type, sent[0].script], ["open", true]);
});
