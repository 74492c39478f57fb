// A canvas off the screen, for all tests of a process: what is drawn on it is a value, or a function of the place.

/** @typedef {{value: number} | ((x: number, y: number) => number)} FakeImage */

class FakeCanvas {
  constructor(width = 1, height = 1) {
    Object.assign(this, {width, height});
  }

  /** @returns {object} */
  getContext() {
    /** @type {number[]} */
    let color = [0, 0, 0, 0];
    /** What was put as it is. @type {Uint8ClampedArray | null} */
    let put = null;
    return {
      putImageData(/** @type {{data: Uint8ClampedArray}} */ {data}) {
        put = data;
      },
      canvas: this,
      /** Of a function, red, green and blue are told apart. */
      drawImage(/** @type {FakeImage} */ image, x = 0, y = 0) {
        put = null;
        const value = typeof image === "function" ? image(x, y) : image.value;
        color =
          typeof image === "function" ? [value, value + 1, value + 2, 255] : [value, value, value, value];
      },
      getImageData(/** @type {number[]} */ ...[, , width = 1, height = 1]) {
        return {data: put ?? new Uint8ClampedArray(4 * width * height).map((_, i) => color[i % 4])};
      },
    };
  }
}

class FakeImageData {
  /** @param {Uint8ClampedArray} data */
  constructor(data, width = 1, height = 1) {
    Object.assign(this, {data, width, height});
  }
}

Object.assign(globalThis, {OffscreenCanvas: FakeCanvas, ImageData: FakeImageData});
