import assert from "node:assert/strict";
import {test} from "node:test";
import {shownChannels, soloed, toggled} from "../../../../viewer/jpkl_viewer/browser/contrast/visibility.js";
import {makeStack, makeState} from "../../stacks.js";

/** @typedef {import("../../../../viewer/jpkl_viewer/browser/types.js").State} State */

const stack = makeStack({
  dims: [{name: "channel", size: 3, coords: null, unit: ""}],
  channelDim: 0,
  channels: ["a", "b", "c"].map((name) => ({name, color: "#ffffff"})),
});

/** A composite of channels. @param {...boolean} visible */
function composite(...visible) {
  const state = makeState(stack, {composite: true});
  return {...state, channels: state.channels.map((old, i) => ({...old, visible: visible[i]}))};
}

/** @param {Partial<State> | null} values @param {State} state */
function after(values, state) {
  return values && shownChannels({...state, ...values}, stack);
}

const alone = makeState(stack, {position: [1]});

test("an eye shows or hides a channel of a composite", () => {
  const state = composite(true, false, true);
  assert.deepEqual(shownChannels(state, stack), [true, false, true]);
  assert.deepEqual(after(toggled(0, state, stack), state), [false, false, true]);
  assert.deepEqual(after(toggled(1, state, stack), state), [true, true, true]);
});

test("without a composite the channel at the position is shown", () => {
  assert.deepEqual(shownChannels(alone, stack), [false, true, false]);
});

test("a name shows a channel alone, and again all", () => {
  const state = composite(true, false, true);
  const solo = soloed(1, state, stack);
  assert.deepEqual(after(solo, state), [false, true, false]);
  const next = {...state, ...solo};
  assert.deepEqual(after(soloed(1, next, stack), next), [true, true, true]);
  assert.deepEqual(after(soloed(2, next, stack), next), [false, false, true]);
  assert.deepEqual(after(soloed(1, alone, stack), alone), [true, true, true]);
});
