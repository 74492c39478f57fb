// Bytes, the numbers in them, and their checksum.

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/**
 * What is read at any offset, at once: memory, or in a worker a file.
 * @typedef {object} ByteSource
 * @property {number} size
 * @property {(offset: number, count: number) => Bytes} readAt fewer bytes only where the source ends
 */

/**
 * Bytes in memory.
 * @implements {ByteSource}
 */
export class MemoryBytes {
  #data;

  /** @param {Bytes} data */
  constructor(data) {
    this.#data = data;
    this.size = data.length;
  }

  /**
   * @param {number} offset
   * @param {number} count
   */
  readAt(offset, count) {
    return this.#data.subarray(offset, offset + count);
  }
}

/**
 * The unsigned little-endian number in all of the bytes; exact up to 2 ** 53.
 * @param {Uint8Array} bytes
 */
export function unsigned(bytes) {
  let value = 0;
  for (let i = bytes.length - 1; i >= 0; i--) value = 256 * value + bytes[i];
  return value;
}

/**
 * The signed little-endian number in all of the bytes, of any size.
 * @param {Uint8Array} bytes
 */
export function signed(bytes) {
  let text = "0x";
  for (let i = bytes.length - 1; i >= 0; i--) text += bytes[i].toString(16).padStart(2, "0");
  return bytes.length ? BigInt.asIntN(8 * bytes.length, BigInt(text)) : 0n;
}

/**
 * @param {Uint8Array} bytes
 * @param {Uint8Array} others
 */
export function areEqual(bytes, others) {
  return bytes.length === others.length && bytes.every((byte, i) => byte === others[i]);
}

/** @param {Uint8Array[]} parts */
export function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Text of characters below 256 as bytes. @param {string} text @returns {Bytes} */
export function latin1(text) {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Bytes as text of characters below 256. @param {Uint8Array} bytes */
export function latin1Text(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return text;
}

/** For four bytes at a time: what each byte, so many bytes before the end, does to the checksum. */
const TABLES = makeTables();

function makeTables() {
  const tables = Array.from({length: 4}, () => new Uint32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
    tables[0][byte] = rest;
  }
  for (let byte = 0; byte < 256; byte++)
    for (let i = 1; i < 4; i++) {
      const before = tables[i - 1][byte];
      tables[i][byte] = (before >>> 8) ^ tables[0][before & 255];
    }
  return tables;
}

/** CRC-32, as `zlib.crc32` has it. @param {Uint8Array} bytes */
export function crc32(bytes) {
  const [t0, t1, t2, t3] = TABLES;
  let crc = -1;
  let i = 0;
  for (const end = bytes.length - 3; i < end; i += 4) {
    crc ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    crc = t3[crc & 255] ^ t2[(crc >>> 8) & 255] ^ t1[(crc >>> 16) & 255] ^ t0[crc >>> 24];
  }
  for (; i < bytes.length; i++) crc = t0[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}
