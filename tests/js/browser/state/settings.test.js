import assert from "node:assert/strict";
import {test} from "node:test";
import {link} from "../../../../viewer/jpkl_viewer/browser/state/link.js";
import {
  CHANNEL_SETTINGS,
  VIEW_SETTINGS,
  colorKey,
  initialDisplay,
  rangeOf,
} from "../../../../viewer/jpkl_viewer/browser/state/settings.js";
import {Stack} from "../../../../viewer/jpkl_viewer/browser/state/stack.js";
import {vectors} from "../../vectors.js";

const {start, stack: description, written} = vectors("links");
const state = {...start, zoom: null};
const stack = new Stack(description);

/** Another value of settings that are not plain. @type {Record<string, any>} */
const OTHERS = {
  position: [1, 1, 1, 1, 0],
  projection: {dim: 0, method: "max", start: 0, stop: 2},
  tools: {ortho: {x: 3}},
  channels: start.channels.map((/** @type {any} */ channel) => ({...channel, gamma: 2})),
  playback: {dim: 0, fps: 3, mode: "once"},
  histogram_scale: "linear",
  histogram_of: "stack",
  rotation: "90",
  axes_unit: "physical",
  scale_bar_corner: "top left",
  scale_bar_color: "yellow",
  scale_bar_length: 2.5,
};

/** The other values of plain settings are those of the golden views. @param {string} name */
function other(name) {
  const view = vectors("views").views.find((/** @type {any} */ each) => each.other === name);
  return view ? view.settings[name] : (OTHERS[name] ?? !state[name]);
}

test("the state has every setting", () => {
  assert.deepEqual(Object.keys(start).sort(), Object.keys(VIEW_SETTINGS).sort());
  for (const channel of start.channels)
    assert.deepEqual(Object.keys(channel).sort(), Object.keys(CHANNEL_SETTINGS).sort());
});

for (const [name, setting] of Object.entries(VIEW_SETTINGS)) {
  test(`${name} goes through a link, unless links leave it out`, () => {
    const changed = {...state, [name]: other(name)};
    const read = link.read(link.write(changed, stack), state, stack);
    assert.deepEqual(read, setting.link === null ? state : changed);
  });

  test(`${name} changes the key of colors if it changes colors`, () => {
    const isOther = colorKey({...state, [name]: other(name)}) !== colorKey(state);
    assert.equal(isOther, Boolean(setting.colors));
  });
}

test("a number without a range can be any", () => {
  assert.deepEqual(rangeOf({kind: "number", default: 0, doc: ""}), [-Infinity, Infinity]);
});

test("channels start as in Python", () => {
  for (const channel of start.channels) assert.deepEqual(initialDisplay(channel.color), channel);
});

test("golden links cover every setting that links have", () => {
  const covered = new Set(written.flatMap((/** @type {any} */ {settings}) => Object.keys(settings)));
  for (const [name, {link: key}] of Object.entries(VIEW_SETTINGS))
    assert.ok(key === null || covered.has(name), `a link with ${name} in tests/tools/vectors.py`);
});
