// A file of this machine that was dropped or picked.

/** @typedef {import("../format/opening.js").FileBytes} FileBytes */

/** @implements {FileBytes} */
export class LocalFile {
  isRemote = false;
  #blob;

  /**
   * @param {Blob} blob
   * @param {string} name
   */
  constructor(blob, name) {
    this.#blob = blob;
    this.name = name;
    this.size = blob.size;
  }

  /**
   * @param {number} offset
   * @param {number} count
   */
  async read(offset, count) {
    if (offset < 0 || offset + count > this.size) throw new Error("the file ends before it");
    try {
      return new Uint8Array(await this.#blob.slice(offset, offset + count).arrayBuffer());
    } catch {
      throw new Error(
        `the file cannot be read any more: ${this.name} was changed, moved or removed. Open it again`,
      );
    }
  }

  async blob() {
    return this.#blob;
  }
}
