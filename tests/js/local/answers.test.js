import assert from "node:assert/strict";
import {getEventListeners} from "node:events";
import {test} from "node:test";
import {ByteCache} from "../../../viewer/jpkl_viewer/browser/frames/cache.js";
import {Frames} from "../../../viewer/jpkl_viewer/local/frames.js";
import {LocalAnswers} from "../../../viewer/jpkl_viewer/local/answers.js";
import {LocalHost} from "../../../viewer/jpkl_viewer/local/host.js";
import {Parts} from "../../../viewer/jpkl_viewer/local/parts.js";
import {Questions} from "../../../viewer/jpkl_viewer/local/questions.js";
import {LOCAL_ANSWERS} from "../../../viewer/jpkl_viewer/local/names.js";
import {COMPUTED} from "../../../viewer/jpkl_viewer/local/tools.js";
import {LocalFrames} from "../../../viewer/jpkl_viewer/local/local_frames.js";
import {Cancelled, Task} from "../../../viewer/jpkl_viewer/local/task.js";
import {project} from "../../../viewer/jpkl_viewer/tools/projection/project.js";
import {makeStack} from "../stacks.js";

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/**
 * Answers on a stack of 10 frames, frame i of the value i; frames are read once they are let through.
 * @param {{isHeld?: boolean, damaged?: number, cacheBytes?: number}} options
 */
function makeAnswers({isHeld = false, damaged = -1, cacheBytes = 2 ** 20} = {}) {
  const stack = makeStack();
  /** @type {(() => void)[]} */
  const held = [];
  /** @type {number[]} */
  const reads = [];
  const read = async (/** @type {number} */ number) => {
    reads.push(number);
    if (isHeld) await new Promise((/** @type {(value?: undefined) => void} */ go) => held.push(go));
    if (number === damaged) throw new Error("its checksum is wrong");
    return /** @type {Bytes} */ (new Uint8Array(48).fill(number));
  };
  const decode = async (/** @type {Bytes} */ data) => ({data, width: 8, height: 6, samples: 1});
  const frames = new Frames(stack, read, new ByteCache(cacheBytes), decode);
  /** @type {any[]} */
  const sent = [];
  /** @type {import("../../../viewer/jpkl_viewer/local/types.js").Answer} */
  async function* count({frames: own}, {n}, task) {
    for (let number = 0; number < n; number++) yield {value: (await own.pixels(number, task.signal)).data[0]};
  }
  const local = {stack, frames, others: [], colormaps: {}};
  const answers = new LocalAnswers([local], {answers: {count}, project}, (message) => sent.push(message));
  const release = async () => {
    for (let i = 0; i < 40; i++) {
      held.splice(0).forEach((go) => go());
      await new Promise((done) => setTimeout(done));
    }
  };
  return {answers, sent, reads, release, frames};
}

test("a projection comes as pixels, and is computed once", async () => {
  const {answers, sent, reads, release} = makeAnswers();
  const want = {type: "want", keys: ["0@max,0,2,7"], source: 0};
  answers.handle(want);
  await release();
  answers.handle(want);
  await release();
  assert.deepEqual(reads.sort(), [2, 3, 4, 5, 6]);
  assert.equal(sent.length, 2);
  for (const {type, key, source, data} of sent)
    assert.deepEqual(
      {type, key, source, data: [...data]},
      {type: "frame", key: "0@max,0,2,7", source: 0, data: Array(48).fill(6)},
    );
});

test("a damaged frame is named, and the next picture comes", async () => {
  const {answers, sent, release} = makeAnswers({damaged: 4});
  answers.handle({type: "want", keys: ["0@max,0,0,10", "0@mean,0,0,3"], source: 0});
  await release();
  assert.deepEqual(
    sent.map(({key, error, data}) => [key, error, data?.[0]]),
    [
      ["0@max,0,0,10", "frame (4,): its checksum is wrong", undefined],
      ["0@mean,0,0,3", undefined, 1],
    ],
  );
});

test("a later question takes the place of the one in its slot", async () => {
  const {answers, sent, release} = makeAnswers({isHeld: true});
  answers.handle({type: "ask", slot: "a", id: 1, what: "count", n: 5});
  answers.handle({type: "ask", slot: "b", id: 2, what: "count", n: 1});
  answers.handle({type: "ask", slot: "a", id: 3, what: "count", n: 2});
  await release();
  const of = (/** @type {number} */ id) =>
    sent
      .filter((message) => message.id === id)
      .map((message) =>
        Object.fromEntries(
          Object.entries(message).filter(([name]) => !["type", "slot", "id"].includes(name)),
        ),
      );
  assert.deepEqual(of(1), [{cancelled: true}]);
  assert.deepEqual(of(2), [{value: 0}, {done: true}]);
  assert.deepEqual(of(3), [{value: 0}, {value: 1}, {done: true}]);
  answers.handle({type: "ask", slot: "a", id: 4, what: "count", n: 5});
  answers.handle({type: "cancel", slot: "a"});
  await release();
  assert.deepEqual(of(4), [{cancelled: true}]);
  answers.handle({type: "ask", slot: "a", id: 5, what: "movie"});
  assert.match(of(5)[0].error, /movie/);
});

test("what another has begun to decode is decoded again where that is no longer wanted", async () => {
  const {frames, release} = makeAnswers({isHeld: true});
  const [first, second] = [new AbortController(), new AbortController()];
  const abandoned = assert.rejects(frames.pixels(3, first.signal));
  const wanted = frames.pixels(3, second.signal);
  first.abort();
  await release();
  await abandoned;
  assert.equal((await wanted).data[0], 3);
});

test("runs that take more than half of the cache are not kept, and flush nothing", async () => {
  const {frames, reads} = makeAnswers({cacheBytes: 480});
  const task = new Task(new AbortController().signal);
  await frames.pixels(0, task.signal);
  const run = {position: [0], dim: 0, indices: [1, 2, 3, 4, 5, 6, 7, 8, 9]};
  await frames.each(run, task, () => {});
  await frames.pixels(0, task.signal);
  assert.equal(reads.filter((number) => number === 0).length, 1);
  await frames.pixels(5, task.signal);
  assert.equal(reads.filter((number) => number === 5).length, 2);
});

test("large frames are answered in parts, and nothing larger than a frame", async () => {
  const {answers, sent, release} = makeAnswers();
  answers.handle({type: "want", keys: ["7 2 0 4 6 2 3"], source: 0});
  await release();
  assert.deepEqual([...sent[0].data], Array(6).fill(7));
  answers.handle({type: "want", keys: ["7 2 0 40 6 2 3"], source: 0});
  await release();
  assert.match(sent[1].error, /part/);
});

test("stored frames come from their provider, computed ones as pixels", async () => {
  /** @type {any[]} */
  const [wanted, sent] = [[], []];
  const stored = /** @type {any} */ ({
    want: (/** @type {any} */ ...keys) => wanted.push(keys),
    fetch: async () => {},
    has: () => true,
    get: () => ({bytes: Uint8Array.of(1)}),
  });
  const frames = new LocalFrames(stored, (message) => sent.push(message));
  let heard = 0;
  frames.onFrame = () => heard++;
  const pace = {interval: 33, reserve: 50};
  frames.want([3, "3@max,0,0,9"], [4], pace);
  assert.deepEqual(wanted, [[[3], [4], pace]]);
  assert.deepEqual(sent, [{type: "want", keys: ["3@max,0,0,9"]}]);
  frames.receive({key: "3@max,0,0,9", data: Uint8Array.of(7)});
  assert.deepEqual(frames.get("3@max,0,0,9"), {bytes: Uint8Array.of(7), isPixels: true});
  assert.deepEqual(frames.get(3), {bytes: Uint8Array.of(1)});
  assert.equal(heard, 1);
});

test("viewers know what can be asked for", () => {
  assert.deepEqual([...LOCAL_ANSWERS].sort(), Object.keys(COMPUTED.answers).sort());
});

test("where neither a worker nor its script may run, viewers are told so", async () => {
  const host = new LocalHost({script: async () => "", colormaps: {}});
  const provider = /** @type {any} */ ({want() {}, has: () => false, get: () => undefined});
  const source = {read: async () => new Uint8Array()};
  const description = /** @type {any} */ ({});
  const {asks, providers} = host.open([{description, source, provider}]);
  /** @type {string[]} */
  const said = [];
  asks.ask("montage", {what: "montage"}, {onAnswer: () => {}, onError: (error) => said.push(error)});
  providers[0].want(["0@max,0,0,9"]);
  await host.start();
  await new Promise((done) => setTimeout(done));
  said.push(providers[0].get("0@max,0,0,9")?.error ?? "");
  assert.equal(said.length, 2);
  for (const text of said) assert.match(text, /policy/);
});

test("a projection that is divided among workers is the same to the last bit, and names what is damaged", async () => {
  const [size, side] = [40, 700];
  const stack = makeStack({height: side, width: side, dims: [{name: "z", size, coords: null, unit: ""}]});
  const read = async (/** @type {number} */ number) => /** @type {Bytes} */ (Uint8Array.of(number));
  /** @type {import("../../../viewer/jpkl_viewer/local/types.js").Decode} */
  const decode = async ([number]) => {
    if (number === damaged) throw new Error("its checksum is wrong");
    const data = new Uint8Array(side * side);
    for (let i = 0; i < data.length; i++) data[i] = (i * (number + 3) * 37) >> 3;
    return {data, width: side, height: side, samples: 1};
  };
  let damaged = -1;
  const makeFrames = () => new Frames(stack, read, new ByteCache(2 ** 10), decode);
  const task = () => new Task(new AbortController().signal);
  /** What the first worker asks goes through messages, as between workers. @type {number[]} */
  const starts = [];
  const shared = makeFrames();
  const parts = new Parts(
    () => makeFrames(),
    (message) => questions.receive(/** @type {any} */ (structuredClone(message))),
  );
  const questions = new Questions((message) => {
    const part = /** @type {any} */ (message);
    starts.push(part.projection.start);
    void parts.start(part);
  }, "share");
  shared.helpers = [(part, signal) => questions.ask(part, signal)];
  for (const method of ["max", "min", "mean", "sum", "std"]) {
    const projection = {dim: 0, method, start: 1, stop: size};
    const [alone, together] = [
      await project(makeFrames(), [0], projection, task()),
      await project(shared, [0], projection, task()),
    ];
    assert.ok(Buffer.from(alone.data).equals(Buffer.from(together.data)), method);
  }
  assert.ok(starts.length >= 5);
  damaged = 17;
  const projection = {dim: 0, method: "max", start: 0, stop: size};
  await assert.rejects(project(shared, [0], projection, task()), {name: "Error", message: /^frame \(17,\)/});
});

test("once a worker has answered, a signal that lives on keeps nothing of the question", async () => {
  const {signal} = new AbortController();
  /** @type {any[]} */
  const posted = [];
  const questions = new Questions((message) => posted.push(message), "check");
  const answer = questions.ask({bytes: new Uint8Array(8)}, signal);
  assert.equal(getEventListeners(signal, "abort").length, 1);
  questions.receive({id: posted[0].id, answer: false});
  assert.equal(await answer, false);
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("a question that is not wanted any more is taken back, and its answer passed over", async () => {
  const stop = new AbortController();
  /** @type {any[]} */
  const posted = [];
  const questions = new Questions((message) => posted.push(message), "read");
  const answer = questions.ask({number: 3}, stop.signal);
  stop.abort();
  await assert.rejects(answer, Cancelled);
  assert.deepEqual(posted, [
    {number: 3, type: "read", id: 1},
    {number: 3, type: "unread", id: 1},
  ]);
  questions.receive({id: 1, answer: "too late"});
});
