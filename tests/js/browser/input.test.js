import assert from "node:assert/strict";
import {test} from "node:test";
import {meaningOf} from "../../../viewer/jpkl_viewer/browser/input.js";

/** @typedef {import("../../../viewer/jpkl_viewer/browser/input.js").Focus} Focus */

const press = (/** @type {string} */ key, others = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...others,
});

test("keys step through the dim while the viewer has the focus", () => {
  const expected = {ArrowLeft: 4, ArrowRight: 6, Home: 0, End: 9, " ": "play", x: null, Enter: null};
  for (const [key, meaning] of Object.entries(expected))
    assert.equal(meaningOf(press(key), "viewer", 5, 10), meaning, key);
});

test("a slider goes by arrows itself, but space plays", () => {
  assert.equal(meaningOf(press("ArrowRight"), "slider", 5, 10), null);
  assert.equal(meaningOf(press("End"), "slider", 5, 10), null);
  assert.equal(meaningOf(press(" "), "slider", 5, 10), "play");
});

test("what space means to a button or a switch stays theirs, and arrows step as anywhere", () => {
  assert.equal(meaningOf(press(" "), "button", 5, 10), null);
  assert.equal(meaningOf(press("ArrowLeft"), "button", 5, 10), 4);
  assert.equal(meaningOf(press("End"), "button", 5, 10), 9);
});

test("a field keeps all keys", () => {
  for (const key of [" ", "ArrowLeft", "Home"]) assert.equal(meaningOf(press(key), "field", 5, 10), null);
});

test("shortcuts of the browser are left alone", () => {
  for (const modifier of ["ctrlKey", "metaKey", "altKey"])
    for (const key of [" ", "ArrowLeft", "End"])
      assert.equal(meaningOf(press(key, {[modifier]: true}), "viewer", 5, 10), null);
});
