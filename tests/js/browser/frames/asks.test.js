import assert from "node:assert/strict";
import {test} from "node:test";
import {Asks} from "../../../../viewer/jpkl_viewer/browser/frames/asks.js";

function makeAsks() {
  /** @type {any[]} */
  const sent = [];
  /** @type {any[]} */
  const heard = [];
  const asks = new Asks((message) => sent.push(message));
  const handlers = (/** @type {string} */ name) => ({
    onAnswer: (/** @type {any} */ answer) => heard.push([name, answer]),
    onDone: () => heard.push([name, "done"]),
    onError: (/** @type {string} */ error) => heard.push([name, error]),
    onProgress: (/** @type {number} */ done, /** @type {number} */ total) => heard.push([name, done, total]),
  });
  return {asks, sent, heard, handlers};
}

test("an answer reaches who asked, without what only carries it", () => {
  const {asks, sent, heard, handlers} = makeAsks();
  asks.ask("slot", {what: "montage", dim: 1}, handlers("a"));
  assert.deepEqual(sent, [{type: "ask", slot: "slot", id: 1, what: "montage", dim: 1}]);
  asks.receive({slot: "slot", id: 1, progress: [1, 2]});
  asks.receive({slot: "slot", id: 1, width: 7});
  asks.receive({slot: "slot", id: 1, done: true});
  assert.deepEqual(heard, [
    ["a", 1, 2],
    ["a", {width: 7}],
    ["a", "done"],
  ]);
});

test("while one runs only the latest of the others is kept", () => {
  const {asks, sent, heard, handlers} = makeAsks();
  for (const name of ["a", "b", "c"]) asks.ask("slot", {what: name}, handlers(name));
  assert.deepEqual(
    sent.map(({what}) => what),
    ["a"],
  );
  asks.receive({slot: "slot", id: 1, done: true});
  assert.deepEqual(
    sent.map(({what}) => what),
    ["a", "c"],
  );
  asks.receive({slot: "slot", id: 2, value: 1});
  assert.deepEqual(heard, [
    ["a", "done"],
    ["c", {value: 1}],
  ]);
});

test("one that replaces another is sent at once, and late answers to the other are passed over", () => {
  const {asks, sent, heard, handlers} = makeAsks();
  asks.ask("slot", {what: "a"}, handlers("a"));
  asks.ask("slot", {what: "b"}, {...handlers("b"), replace: true});
  assert.deepEqual(
    sent.map(({what}) => what),
    ["a", "b"],
  );
  asks.receive({slot: "slot", id: 1, value: 1});
  asks.receive({slot: "slot", id: 1, cancelled: true});
  asks.receive({slot: "slot", id: 2, value: 2});
  assert.deepEqual(heard, [["b", {value: 2}]]);
});

test("slots do not wait for each other", () => {
  const {asks, sent, handlers} = makeAsks();
  asks.ask("x", {what: "a"}, handlers("a"));
  asks.ask("y", {what: "b"}, handlers("b"));
  assert.equal(sent.length, 2);
});

test("an error ends a computation, and the next one starts", () => {
  const {asks, sent, heard, handlers} = makeAsks();
  asks.ask("slot", {what: "a"}, handlers("a"));
  asks.ask("slot", {what: "b"}, handlers("b"));
  asks.receive({slot: "slot", id: 1, error: "damaged"});
  assert.deepEqual(heard, [["a", "damaged"]]);
  assert.deepEqual(
    sent.map(({what}) => what),
    ["a", "b"],
  );
});

test("what was not answered is asked again where answers may be lost, and of two questions the later one", () => {
  const {asks, sent, heard, handlers} = makeAsks();
  asks.ask("x", {what: "a"}, handlers("a"));
  asks.ask("y", {what: "b"}, handlers("b"));
  asks.ask("y", {what: "c"}, handlers("c"));
  asks.ask("z", {what: "d"}, handlers("d"));
  asks.receive({slot: "z", id: 3, done: true});
  asks.again();
  assert.deepEqual(
    sent.slice(3).map(({what}) => what),
    ["a", "c"],
  );
  asks.receive({slot: "x", id: 1, done: true});
  for (const {slot, id} of sent.slice(3)) asks.receive({slot, id, done: true});
  assert.deepEqual(heard, [
    ["d", "done"],
    ["a", "done"],
    ["c", "done"],
  ]);
});

test("of what was cancelled nothing is heard", () => {
  const {asks, sent, heard, handlers} = makeAsks();
  asks.cancel("slot");
  assert.deepEqual(sent, []);
  asks.ask("slot", {what: "a"}, handlers("a"));
  asks.cancel("slot");
  assert.deepEqual(sent.at(-1), {type: "cancel", slot: "slot"});
  asks.receive({slot: "slot", id: 1, value: 1});
  assert.deepEqual(heard, []);
});
