import assert from "node:assert/strict";
import {test} from "node:test";
import {ByteCache, Share} from "../../../../viewer/jpkl_viewer/browser/frames/cache.js";

test("what was used least recently goes first", () => {
  const cache = new ByteCache(10);
  cache.put("a", 1, 4);
  cache.put("b", 2, 4);
  assert.equal(cache.get("a"), 1);
  cache.put("c", 3, 4);
  assert.deepEqual([cache.has("a"), cache.has("b"), cache.has("c")], [true, false, true]);
  assert.equal(cache.bytes, 8);
});

test("a value that is put again counts once", () => {
  const cache = new ByteCache(10);
  cache.put("a", 1, 4);
  cache.put("a", 2, 6);
  assert.deepEqual([cache.get("a"), cache.bytes], [2, 6]);
  cache.drop("a");
  assert.deepEqual([cache.get("a"), cache.bytes], [undefined, 0]);
});

test("what was put in last stays even if it is larger than the budget", () => {
  const cache = new ByteCache(10);
  cache.put("a", 1, 4);
  cache.put("big", 2, 99);
  assert.deepEqual([cache.has("a"), cache.get("big")], [false, 2]);
});

test("shares of a cache have one budget, and their own keys", () => {
  const cache = new ByteCache(10);
  const [one, two] = [new Share(cache), new Share(cache)];
  one.put(7, "one", 6);
  assert.deepEqual([one.has(7), two.has(7)], [true, false]);
  two.put(7, "two", 6);
  assert.deepEqual([one.get(7), two.get(7)], [undefined, "two"]);
});
