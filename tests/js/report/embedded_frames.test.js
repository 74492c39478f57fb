import assert from "node:assert/strict";
import {test} from "node:test";
import {
  EmbeddedFrames,
  EmbeddedStack,
  isComplete,
} from "../../../viewer/jpkl_viewer/report/embedded_frames.js";

/** A part with these bytes for each frame. @param {Record<number, number[]>} frames */
function part(frames) {
  const texts = Object.values(frames).map((bytes) => btoa(String.fromCharCode(...bytes)));
  const numbers = Object.keys(frames).map(Number);
  return {numbers, lengths: texts.map(({length}) => length), errors: {}, text: texts.join("")};
}

test("frames come out as they went in", () => {
  const stack = new EmbeddedStack();
  stack.add(part({0: [255, 216, 0, 1], 7: [9]}));
  stack.add(part({3: [1, 2, 3]}));
  assert.deepEqual(stack.get(0), {bytes: Uint8Array.of(255, 216, 0, 1)});
  assert.deepEqual(stack.get(7), {bytes: Uint8Array.of(9)});
  assert.deepEqual(stack.get(3), {bytes: Uint8Array.of(1, 2, 3)});
  assert.ok(stack.has(7) && !stack.has(1));
});

test("a part is complete when the text of all its frames has come", () => {
  const {text, ...rest} = part({0: [255, 216, 0, 1], 7: [9]});
  assert.ok(isComplete({text, ...rest}));
  for (let n = 0; n < text.length; n++) assert.ok(!isComplete({...rest, text: text.slice(0, n)}));
});

test("what is not whole in a part that was cut off is missing", () => {
  const stack = new EmbeddedStack();
  const {text, ...rest} = part({0: [1, 2, 3], 1: [4, 5, 6], 2: [7, 8, 9]});
  stack.add({...rest, text: text.slice(0, 6)});
  stack.finish();
  assert.deepEqual(stack.get(0), {bytes: Uint8Array.of(1, 2, 3)});
  for (const number of [1, 2]) assert.match(stack.get(number).error ?? "", /missing/);
});

test("a damaged frame has its error, and a missing one at the end, too", () => {
  const stack = new EmbeddedStack();
  stack.add({...part({0: [1]}), errors: {1: "frame (1,) is damaged"}});
  assert.deepEqual(stack.get(1), {error: "frame (1,) is damaged"});
  assert.ok(stack.has(1) && !stack.has(2));
  stack.finish();
  assert.ok(stack.has(2));
  assert.match(stack.get(2).error ?? "", /missing/);
});

test("a picture hears of frames once it has wanted some", () => {
  const stack = new EmbeddedStack();
  const frames = new EmbeddedFrames(stack);
  let heard = 0;
  frames.onFrame = () => heard++;
  stack.add(part({0: [1]}));
  assert.equal(heard, 0);
  frames.want();
  stack.add(part({1: [1]}));
  stack.finish();
  assert.equal(heard, 2);
});

test("what is fetched in the background is waited for", async () => {
  const stack = new EmbeddedStack();
  const frames = new EmbeddedFrames(stack);
  /** @type {string[]} */
  const done = [];
  const both = frames.fetch([0, 1]).then(() => done.push("both"));
  const one = frames.fetch([0]).then(() => done.push("one"));
  stack.add(part({0: [1]}));
  await one;
  assert.deepEqual(done, ["one"]);
  stack.finish();
  await both;
  assert.deepEqual(done, ["one", "both"]);
  await frames.fetch([5]);
});

test("a frame is read once the page has got to it", async () => {
  const stack = new EmbeddedStack();
  const [coming, damaged, missing] = [stack.read(3), stack.read(4), stack.read(5)];
  stack.add({...part({3: [7, 8]}), errors: {4: "frame (4,) is damaged"}});
  assert.deepEqual(await coming, Uint8Array.of(7, 8));
  await assert.rejects(damaged, {message: "frame (4,) is damaged"});
  stack.finish();
  await assert.rejects(missing, {message: /missing/});
});
