import assert from "node:assert/strict";
import {test} from "node:test";
import {Keeper} from "../../../../viewer/jpkl_viewer/tools/bookmarks/keeper.js";
import {
  bookmarkOf,
  readBookmarks,
  writeBookmarks,
} from "../../../../viewer/jpkl_viewer/tools/bookmarks/marks.js";
import {makeStack, makeState} from "../../stacks.js";

/** @typedef {import("../../../../viewer/jpkl_viewer/tools/bookmarks/marks.js").Bookmark} Bookmark */

const stack = makeStack();
const first = makeState(stack);
const ENTRY = "entry";

/** @param {string[]} names */
const named = (...names) => names.map((name) => bookmarkOf(name, first));

/** @param {Bookmark[]} all */
const names = (all) => all.map(({name}) => name);

/** @param {{kept?: string[], hasPython?: boolean, hasStore?: boolean}} options */
function makeKeeper({kept = [], hasPython = true, hasStore = true} = {}) {
  const entries = new Map(kept.length ? [[ENTRY, writeBookmarks(named(...kept), first, stack)]] : []);
  const store = {
    getItem: (/** @type {string} */ name) => entries.get(name) ?? null,
    setItem: (/** @type {string} */ name, /** @type {string} */ text) => void entries.set(name, text),
    removeItem: (/** @type {string} */ name) => void entries.delete(name),
  };
  /** @type {{slot: string, request: any, options: any}[]} */
  const asked = [];
  const asks = {
    ask: (/** @type {string} */ slot, /** @type {any} */ request, /** @type {any} */ options) =>
      void asked.push({slot, request, options}),
  };
  /** @type {{own: string[], fixed: string[]}[]} */
  const loaded = [];
  /** @type {string[]} */
  const problems = [];
  const keeper = new Keeper(
    {asks: hasPython ? asks : null, store: hasStore ? store : null, entry: ENTRY, first, stack},
    {
      onLoad: (own, fixed) => loaded.push({own: names(own), fixed: names(fixed)}),
      onProblem: (text) => problems.push(text),
    },
  );
  return {
    keeper,
    asked,
    loaded,
    problems,
    /** @param {object} answer */
    answer: (answer) => asked.at(-1)?.options.onAnswer(answer),
    /** @param {string} error */
    fail: (error) => asked.at(-1)?.options.onError(error),
    stored: () => names(readBookmarks(entries.get(ENTRY) ?? "", first, stack)),
  };
}

/** What Python answers first. @param {string[]} all @param {object} others */
const ofFile = (all, others = {}) => ({
  bookmarks: named(...all),
  whyNotChanged: "",
  isLasting: true,
  problem: "",
  ...others,
});

test("beside the file Python keeps them, and the browser does not", () => {
  const {keeper, asked, loaded, answer, stored} = makeKeeper();
  keeper.load([]);
  answer(ofFile(["a"]));
  assert.deepEqual(loaded, [{own: ["a"], fixed: []}]);
  keeper.keep(named("a", "b"));
  const {request} = /** @type {{request: any}} */ (asked.at(-1));
  assert.deepEqual(
    [request.what, names(request.base), names(request.bookmarks)],
    ["change bookmarks", ["a"], ["a", "b"]],
  );
  answer({bookmarks: named("a", "b", "of another page")});
  assert.deepEqual(loaded.at(-1), {own: ["a", "b", "of another page"], fixed: []});
  assert.deepEqual(stored(), []);
});

test("what is changed while others are saved is saved next, from what was sent", () => {
  const {keeper, asked, loaded, answer} = makeKeeper();
  keeper.load([]);
  answer(ofFile([]));
  keeper.keep(named("a"));
  keeper.keep(named("b"));
  keeper.keep(named("c"));
  assert.equal(asked.length, 2);
  answer({bookmarks: named("a", "x")});
  assert.equal(loaded.length, 1, "what the user has made meanwhile stays on the page");
  const {request} = /** @type {{request: any}} */ (asked.at(-1));
  assert.deepEqual([names(request.base), names(request.bookmarks)], [["a"], ["c"]]);
  answer({bookmarks: named("c", "x")});
  assert.deepEqual(loaded.at(-1)?.own, ["c", "x"]);
});

test("what is to be saved does not give way to bookmarks that are loaded again", () => {
  const {keeper, asked, loaded, answer} = makeKeeper({hasStore: false});
  keeper.load([]);
  answer(ofFile([]));
  keeper.load([]); // others have changed them
  keeper.keep(named("a"));
  keeper.load([]);
  const [, again, save, last] = asked;
  assert.notEqual(save.slot, last.slot, "of one slot only the latest is kept");
  for (const {options} of [again, last]) options.onAnswer(ofFile(["x"]));
  save.options.onAnswer({bookmarks: named("x", "a")});
  assert.deepEqual(loaded.at(-1)?.own, ["x", "a"]);
});

test("what cannot be saved stays in the browser, and goes beside the file the next time", () => {
  const before = makeKeeper();
  before.keeper.load([]);
  before.answer(ofFile(["a"]));
  before.keeper.keep(named("a", "b"));
  before.fail("No space left on device");
  assert.deepEqual(before.problems, ["Not saved: No space left on device"]);
  assert.deepEqual(before.stored(), ["a", "b"], "and before it was known that they cannot");
  const after = makeKeeper({kept: ["a", "b"]});
  after.keeper.load([]);
  after.answer(ofFile(["a"]));
  assert.deepEqual(after.loaded.at(-1)?.own, ["a", "b"]);
  after.answer({bookmarks: named("a", "b")});
  assert.deepEqual(after.stored(), []);
});

test("visitors have those of the file, which stay, and their own in the browser", () => {
  const {keeper, asked, loaded, answer, stored} = makeKeeper({kept: ["mine"]});
  keeper.load([]);
  answer(ofFile(["a"], {whyNotChanged: "Only those who run the server"}));
  assert.deepEqual(loaded, [{own: ["mine"], fixed: ["a"]}]);
  assert.equal(keeper.whyFixed, "Only those who run the server");
  keeper.keep(named("mine", "more"));
  assert.deepEqual(stored(), ["mine", "more"]);
  assert.equal(asked.length, 1);
});

test("a file that cannot be read is said so, and nothing is sent for it", () => {
  const {keeper, asked, problems, answer, stored} = makeKeeper();
  keeper.load([]);
  answer(ofFile([], {whyNotChanged: "it is not JSON", problem: "it is not JSON"}));
  keeper.keep(named("a"));
  assert.deepEqual([problems, stored(), asked.length], [["it is not JSON"], ["a"], 1]);
});

test("of a stack in memory the browser keeps them; in a notebook Python does", () => {
  for (const hasStore of [true, false]) {
    const {keeper, asked, answer, stored} = makeKeeper({hasStore});
    keeper.load([]);
    answer(ofFile([], {isLasting: false}));
    keeper.keep(named("a"));
    assert.deepEqual([asked.length, stored()], hasStore ? [1, ["a"]] : [2, []]);
  }
});

test("without Python there are those that came with the page", () => {
  const {keeper, loaded} = makeKeeper({hasPython: false, hasStore: false});
  keeper.load(named("a", "b"));
  assert.deepEqual(loaded, [{own: [], fixed: ["a", "b"]}]);
});
