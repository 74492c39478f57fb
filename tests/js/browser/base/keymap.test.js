import assert from "node:assert/strict";
import {test} from "node:test";
import {
  KEYMAP,
  capOf,
  comboOf,
  commandOf,
  isHeld,
  nudgeOf,
  rowsFor,
  titled,
} from "../../../../viewer/jpkl_viewer/browser/base/keymap.js";

/** @typedef {import("../../../../viewer/jpkl_viewer/browser/base/keymap.js").Focus} Focus */

const press = (/** @type {string} */ key, others = {}) => ({
  key,
  code: "",
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...others,
});

/** @type {Focus[]} */
const ANYWHERE = ["viewer", "dim", "slider", "button", "item", "field"];

test("each key has one command", () => {
  const keys = KEYMAP.flatMap((row) => Object.keys(row.keys));
  assert.equal(new Set(keys).size, keys.length);
});

test("no key of the map is Tab, which moves the focus", () => {
  assert.ok(KEYMAP.every((row) => !Object.keys(row.keys).some((key) => key.includes("Tab"))));
});

test("keys do what the map says while the viewer has them", () => {
  const expected = {ArrowLeft: "back", PageDown: "tenOn", Home: "first", " ": "play", ".": "faster", q: null};
  for (const [key, command] of Object.entries(expected))
    assert.equal(commandOf(press(key), "viewer"), command, key);
});

test("capital letters are the same keys, and Shift makes others", () => {
  assert.equal(commandOf(press("M"), "viewer"), "projection");
  assert.equal(commandOf(press("A", {shiftKey: true}), "viewer"), "fullRange");
  assert.equal(commandOf(press("ArrowRight", {shiftKey: true}), "viewer"), "nextDimOn");
});

test("what Shift is needed to type is the key that it types", () => {
  assert.equal(commandOf(press("?", {shiftKey: true}), "viewer"), "help");
  assert.equal(commandOf(press("+", {shiftKey: true}), "viewer"), "zoomIn");
});

test("with Alt the digit is meant, whatever it types", () => {
  assert.equal(commandOf(press("¡", {altKey: true, code: "Digit1"}), "viewer"), "alone1");
  assert.equal(comboOf(press("3", {altKey: true, code: "Numpad3"})), "Alt+3");
});

test("the Command key of a Mac is Ctrl", () => {
  assert.equal(commandOf(press("z", {metaKey: true}), "viewer"), "undo");
  assert.equal(commandOf(press("z", {ctrlKey: true, shiftKey: true}), "viewer"), "redo");
});

test("shortcuts of the browser are left alone", () => {
  for (const modifier of ["ctrlKey", "metaKey", "altKey"])
    for (const key of [" ", "ArrowLeft", "End", "f"])
      assert.equal(commandOf(press(key, {[modifier]: true}), "viewer"), null, `${modifier} ${key}`);
});

test("the slider of a dim goes by the keys of the viewer", () => {
  for (const key of ["ArrowLeft", "End", "PageUp", " "])
    assert.equal(commandOf(press(key), "dim"), commandOf(press(key), "viewer"));
});

test("another slider goes by arrows itself, but space plays", () => {
  for (const key of ["ArrowRight", "End", "PageUp"]) assert.equal(commandOf(press(key), "slider"), null);
  assert.equal(commandOf(press("ArrowLeft", {shiftKey: true}), "slider"), null);
  assert.equal(commandOf(press(" "), "slider"), "play");
});

test("what space and Enter mean to a button stays theirs, and arrows step as anywhere", () => {
  for (const key of [" ", "Enter"]) assert.equal(commandOf(press(key), "button"), null);
  assert.equal(commandOf(press("ArrowLeft"), "button"), "back");
  for (const key of [" ", "ArrowLeft"]) assert.equal(commandOf(press(key), "item"), null);
});

test("a field keeps all keys, and Escape leaves it", () => {
  for (const key of [" ", "ArrowLeft", "Home", "m", "?", "Delete"])
    assert.equal(commandOf(press(key), "field"), null);
  assert.equal(commandOf(press("z", {ctrlKey: true}), "field"), null);
  assert.equal(commandOf(press("Escape"), "field"), "leave");
});

test("arrows move a region by one pixel, with Shift by ten, but not where something else goes by them", () => {
  assert.deepEqual(nudgeOf(press("ArrowLeft"), "viewer"), [-1, 0]);
  assert.deepEqual(nudgeOf(press("ArrowDown", {shiftKey: true}), "button"), [0, 10]);
  assert.equal(nudgeOf(press("ArrowUp", {ctrlKey: true}), "viewer"), null);
  assert.equal(nudgeOf(press("Home"), "viewer"), null);
  for (const focus of ANYWHERE.filter((each) => !["viewer", "button"].includes(each)))
    assert.equal(nudgeOf(press("ArrowUp"), focus), null, focus);
});

test("a key that is held steps on, and switches once", () => {
  const commands = KEYMAP.flatMap(({keys}) => Object.values(keys));
  for (const name of ["on", "zoomIn", "slower", "undo", "nextDimBack"])
    assert.ok(commands.includes(name) && isHeld(name), name);
  for (const name of ["play", "composite", "fullScreen", "bookmark", "remove", "turnRight", "help"])
    assert.ok(commands.includes(name) && !isHeld(name), name);
});

test("the help has the rows of what there is", () => {
  const rows = rowsFor((command) => ["play", "channel3"].includes(command));
  assert.deepEqual(
    rows.map(({text}) => text),
    ["Play, pause", "Show or hide a channel"],
  );
});

test("tooltips say the key of a command", () => {
  assert.equal(titled("Projection", "projection"), "Projection (M)");
  assert.equal(capOf("zoomOut"), "−");
  assert.equal(capOf("redo"), "Ctrl+Shift+Z");
  assert.equal(titled("Frame", "frame"), "Frame");
});
