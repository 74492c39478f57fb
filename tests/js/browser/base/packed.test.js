import assert from "node:assert/strict";
import {test} from "node:test";
import {unpack} from "../../../../viewer/jpkl_viewer/browser/base/packed.js";

/** @param {string} head @param {number[]} bytes */
function packed(head, ...bytes) {
  const text = new TextEncoder().encode(head);
  const whole = new Uint8Array(4 + text.length + bytes.length);
  new DataView(whole.buffer).setUint32(0, text.length);
  whole.set(text, 4);
  whole.set(bytes, 4 + text.length);
  return whole.buffer;
}

test("bytes go where the message has their number", () => {
  const head = '[{"key":"µ","data":{"bytes":0},"more":[{"data":{"bytes":1}}]},[2,3]]';
  const {key, data, more} = unpack(packed(head, 1, 2, 3, 4, 5));
  assert.deepEqual([key, [...data], [...more[0].data]], ["µ", [1, 2], [3, 4, 5]]);
});

test("a message without bytes, and one of no bytes", () => {
  assert.deepEqual(unpack(packed('[{"type":"ack"},[]]')), {type: "ack"});
  assert.equal(unpack(packed('[{"data":{"bytes":0}},[0]]')).data.length, 0);
});
