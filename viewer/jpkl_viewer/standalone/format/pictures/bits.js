// Bits of a header, one field after the other; as `jpkl/_codecs/bit_reader.py`.

export class BitReader {
  #data;
  #isBig;
  #at = 0;

  /**
   * @param {Uint8Array} data the header, and maybe more
   * @param {"big" | "little"} order whether the first bit is the highest of the first byte, or the lowest
   */
  constructor(data, order) {
    this.#data = data;
    this.#isBig = order === "big";
  }

  /**
   * The next field; throws where there are not as many bits.
   * @param {number} nBits up to 32
   */
  take(nBits) {
    if (this.#at + nBits > 8 * this.#data.length) throw new Error("its header is cut off");
    let value = 0;
    for (let i = 0; i < nBits; i++, this.#at++) {
      const within = this.#at % 8;
      const bit = (this.#data[Math.floor(this.#at / 8)] >> (this.#isBig ? 7 - within : within)) & 1;
      value = this.#isBig ? 2 * value + bit : value + bit * 2 ** i;
    }
    return value;
  }
}

/**
 * Whether bytes have some text at a place.
 * @param {Uint8Array} data
 * @param {string} text of characters below 256
 * @param {number} [at]
 */
export function hasText(data, text, at = 0) {
  for (let i = 0; i < text.length; i++) if (data[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** @param {Uint8Array} data */
export function viewOf({buffer, byteOffset, length}) {
  return new DataView(buffer, byteOffset, length);
}
