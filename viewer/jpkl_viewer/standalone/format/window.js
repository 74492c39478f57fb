// A forward cursor over a byte source: reads opcodes in windows, skips payloads by seeking; as `_pickle/window.py`.

import {joined, unsigned} from "./bytes.js";
import {FormatError, TruncatedFileError} from "./errors.js";

const FIRST_READ = 4 * 1024;
const LARGEST_READ = 64 * 1024;
const NEWLINE = 10;

export class Window {
  #source;
  #nextRead = FIRST_READ;
  #buffer = new Uint8Array(0);
  #base = 0;
  #at = 0;
  /** How many bytes of the buffer lie before `limit`. */
  #room = 0;
  /** Where the current FRAME ends, or the file. */
  #limit;

  /** @param {import("./bytes.js").ByteSource} source */
  constructor(source) {
    this.#source = source;
    this.#limit = source.size;
  }

  /** Offset in the file of the next byte. */
  get position() {
    return this.#base + this.#at;
  }

  /** The next byte, leaving the FRAME that ends here. */
  opcode() {
    if (this.#at >= this.#room) {
      if (this.position >= this.#limit) this.#limit = this.#source.size;
      this.#fill(1);
    }
    return this.#buffer[this.#at++];
  }

  /** Step over so many bytes and return them. @param {number} count */
  take(count) {
    if (this.#at + count > this.#room) this.#fill(count);
    const data = this.#buffer.slice(this.#at, this.#at + count);
    this.#at += count;
    return data;
  }

  byte() {
    if (this.#at >= this.#room) this.#fill(1);
    return this.#buffer[this.#at++];
  }

  /** The unsigned number of so many bytes. @param {number} count */
  number(count) {
    return unsigned(this.take(count));
  }

  /** Step over bytes without reading them; returns where they begin. @param {number} count */
  skip(count) {
    const start = this.position;
    if (start + count > this.#limit) throw this.#short(count);
    this.#at += count;
    if (this.#at > this.#buffer.length) {
      this.#nextRead = FIRST_READ;
      this.#moveTo(start + count, new Uint8Array(0));
    }
    return start;
  }

  /** @param {number} count */
  #fill(count) {
    const start = this.position;
    if (start + count > this.#limit) throw this.#short(count);
    const wanted = Math.max(count, this.#nextRead);
    this.#nextRead = Math.min(2 * this.#nextRead, LARGEST_READ);
    this.#moveTo(start, this.#source.readAt(start, Math.min(wanted, this.#source.size - start)));
    if (this.#room < count) throw new TruncatedFileError("the file became shorter while it was read", start);
  }

  /** The text up to the next newline; steps over both. @param {number} longest */
  line(longest) {
    const count = this.lineLength();
    if (count > longest)
      throw new FormatError(`a line of ${count} bytes where at most ${longest} are expected`, this.position);
    return this.take(count + 1).subarray(0, count);
  }

  /** How many bytes there are before the next newline, keeping the position. */
  lineLength() {
    const found = this.#buffer.indexOf(NEWLINE, this.#at);
    if (found >= 0 && found < this.#room) return found - this.#at;
    const start = this.position;
    for (let place = start; place < this.#limit;) {
      const chunk = this.#source.readAt(place, Math.min(LARGEST_READ, this.#limit - place));
      const at = chunk.indexOf(NEWLINE);
      if (at >= 0) return place + at - start;
      if (!chunk.length) break;
      place += chunk.length;
    }
    throw this.#short(this.#limit - start + 1);
  }

  /** The next so many bytes hold whole opcodes. @param {number} length */
  enterFrame(length) {
    const start = this.position;
    if (this.#limit !== this.#source.size) throw new FormatError("a FRAME begins inside another one", start);
    if (start + length > this.#source.size) throw this.#short(length);
    this.#limit = start + length;
    this.#moveTo(start, joined([this.#buffer.subarray(this.#at)]));
  }

  /**
   * @param {number} start
   * @param {Uint8Array<ArrayBuffer>} data
   */
  #moveTo(start, data) {
    [this.#base, this.#buffer, this.#at] = [start, data, 0];
    this.#room = Math.min(data.length, this.#limit - start);
  }

  /** @param {number} count */
  #short(count) {
    const start = this.position;
    if (this.#limit < this.#source.size)
      return new FormatError(`an opcode of ${count} bytes runs over the end of its FRAME`, start);
    const left = this.#source.size - start;
    return new TruncatedFileError(
      `the file ends too early: of the next ${count} bytes, it has ${left}. ` +
        "If it was cut off, `jpkl recover` brings back its frames",
      start,
    );
  }
}
