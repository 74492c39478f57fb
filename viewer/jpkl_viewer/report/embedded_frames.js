// @ts-nocheck
// The provider of a report: the frames stand in the page itself.

/**
 * The frames of one stack as base64 in elements of the page. They arrive while the page is still being
 * read, in parts; a frame is decoded when it is shown, so that a page of any size shows its first picture
 * at once.
 */
export class FrameStore {
  #places = new Map(); // number of a frame -> {text, start, end} or {error}
  #isWhole = false;
  tables = [];

  /** Take in one part: `numbers` of frames and `lengths` of their base64 in `text`, and errors by number. */
  add({numbers, lengths, errors, text}) {
    let start = 0;
    numbers.forEach((number, i) => {
      this.#places.set(number, {text, start, end: start + lengths[i]});
      start += lengths[i];
    });
    for (const [number, error] of Object.entries(errors)) this.#places.set(Number(number), {error});
    for (const table of this.tables) table.onArrival();
  }

  /** There are no further parts: what has not come is missing. */
  finish() {
    this.#isWhole = true;
    for (const table of this.tables) table.onArrival();
  }

  has(key) {
    return this.#isWhole || this.#places.has(key);
  }

  get(key) {
    const place = this.#places.get(key);
    if (place === undefined) return {error: "it is missing in this page, which is not complete"};
    if (place.error !== undefined) return place;
    return {bytes: fromBase64(place.text.slice(place.start, place.end))};
  }
}

/** The frames of a store, for one picture. */
export class Table {
  #store;
  #waiting = []; // {keys, done}
  #isWanted = false; // before, the picture is not ready to hear of frames
  onFrame = () => {};
  onProgress = () => {};
  isStalled = false;

  constructor(store) {
    this.#store = store;
    store.tables.push(this);
  }

  want() {
    this.#isWanted = true;
  }

  fetch(keys) {
    return new Promise((done) => {
      this.#waiting.push({keys, done});
      this.#release();
    });
  }

  has(key) {
    return this.#store.has(key);
  }

  get(key) {
    return this.#store.get(key);
  }

  onArrival() {
    this.#release();
    if (this.#isWanted) this.onFrame();
  }

  #release() {
    this.#waiting = this.#waiting.filter(({keys, done}) => {
      const hasCome = keys.every((key) => this.has(key));
      if (hasCome) done();
      return !hasCome;
    });
  }
}

function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
