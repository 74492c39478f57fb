// Messages from Python whose bytes travel beside their JSON.

/**
 * A message whose bytes came beside it: its JSON says where they belong.
 * @param {any} value
 * @param {Uint8Array[]} bytes
 * @returns {any}
 */
export function restore(value, bytes) {
  if (value === null || typeof value !== "object") return value;
  if ("bytes" in value && Object.keys(value).length === 1) return bytes[value.bytes];
  if (Array.isArray(value)) return value.map((item) => restore(item, bytes));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, restore(item, bytes)]));
}

/**
 * A message, and the bytes that belong to it: the length of its JSON comes first.
 * @param {ArrayBuffer} data
 */
export function unpack(data) {
  const length = new DataView(data).getUint32(0);
  const [message, sizes] = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  let at = 4 + length;
  const parts = sizes.map((/** @type {number} */ size) => new Uint8Array(data, (at += size) - size, size));
  return restore(message, parts);
}
