// A frame of a label image from the bytes that are stored: `jpkl/_labels/payload.py` says what they are.

/** A value of a pixel. @typedef {number | bigint} Value as a bigint where a number does not hold it exactly */

/**
 * A frame as runs of pixels with one value, row by row.
 * @typedef {object} Runs
 * @property {number} width of the frame
 * @property {number} height
 * @property {Value[]} values that it has, ascending
 * @property {Uint32Array} starts where each run begins, counted along the rows; one more for the end of the frame
 * @property {Uint32Array} numbers which of the values each has
 * @property {Uint32Array} rows the first run of each row; one more for the end
 */

const PIXELS = 0;
const TRACKS = 1;

/**
 * @param {Uint8Array} data
 * @param {{width: number, height: number}} frame
 * @param {string} dtype of the values, as NumPy calls it
 * @returns {Runs}
 */
export function decodeRuns(data, {width, height}, dtype) {
  const reader = new Varints(data);
  const [form, nValues] = [reader.next(), reader.next()];
  if ((form !== PIXELS && form !== TRACKS) || nValues < 1 || nValues > width * height) throw broken();
  if (nValues > reader.left) throw broken();
  const values = readValues(reader, nValues, dtype);
  // Checked before anything is made of them: tracks that take more than the pixels would are not written.
  if (reader.left > width * height * nBytes(nValues - 1)) throw broken();
  const frame = {width, height, values};
  return form === PIXELS ? runsOfPixels(reader, frame) : runsOfTracks(reader, frame);
}

/** How many bytes a number takes. @param {number} number */
const nBytes = (number) => Math.max(1, Math.ceil((32 - Math.clz32(number)) / 7));

const broken = () => new Error("broken labels");

/**
 * The value of a pixel.
 * @param {Runs} runs
 * @param {number} x
 * @param {number} y
 */
export function valueAt({width, values, starts, numbers, rows}, x, y) {
  const at = y * width + x;
  let [low, high] = [rows[y], rows[y + 1] - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle] <= at) low = middle;
    else high = middle - 1;
  }
  return values[numbers[low]];
}

/** Reads unsigned numbers of 7 bits a byte. */
class Varints {
  #at = 0;

  /** @param {Uint8Array} data */
  constructor(data) {
    this.data = data;
  }

  next() {
    const first = this.data[this.#at];
    if (first < 128) {
      this.#at++;
      return first;
    }
    let [value, factor] = [0, 1];
    for (;;) {
      if (this.#at >= this.data.length || factor > 2 ** 63) throw broken();
      const byte = this.data[this.#at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
  }

  nextExact() {
    let [value, shift] = [0n, 0n];
    for (;;) {
      if (this.#at >= this.data.length || shift > 63n) throw broken();
      const byte = this.data[this.#at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
      shift += 7n;
    }
  }

  signed() {
    const first = this.data[this.#at];
    if (first < 128) {
      this.#at++;
      return (first >> 1) ^ -(first & 1);
    }
    const value = this.next();
    return value % 2 ? -(value + 1) / 2 : value / 2;
  }

  /** How many bytes are left: there are no more numbers than that. */
  get left() {
    return this.data.length - this.#at;
  }
}

/** @param {Varints} reader @param {number} n @param {string} dtype @returns {Value[]} */
function readValues(reader, n, dtype) {
  const as = dtype.startsWith("int") ? BigInt.asIntN : BigInt.asUintN;
  let sum = 0n;
  return Array.from({length: n}, () => {
    sum = as(64, sum + reader.nextExact());
    const value = Number(sum);
    return Number.isSafeInteger(value) ? value : sum;
  });
}

/** @typedef {Pick<Runs, "width" | "height" | "values">} Frame */

/** @param {Varints} reader @param {Frame} frame @returns {Runs} */
function runsOfPixels(reader, frame) {
  const {width, height, values} = frame;
  if (reader.left < width * height) throw broken();
  const starts = new Uint32Array(width * height + 1);
  const numbers = new Uint32Array(width * height);
  const rows = new Uint32Array(height + 1);
  let n = 0;
  for (let y = 0; y < height; y++) {
    rows[y] = n;
    for (let x = 0; x < width; x++) {
      const number = reader.next();
      if (!(number < values.length)) throw broken();
      if (x > 0 && number === numbers[n - 1]) continue;
      starts[n] = y * width + x;
      numbers[n++] = number;
    }
  }
  starts[n] = width * height;
  rows[height] = n;
  return {...frame, starts: starts.slice(0, n + 1), numbers: numbers.slice(0, n), rows};
}

/** @param {Varints} reader @param {Frame} frame @returns {Runs} */
function runsOfTracks(reader, frame) {
  const {width, height, values} = frame;
  const n = reader.next();
  if (4 * n > reader.left) throw broken();
  const heads = readHeads(reader, n);
  const nSteps = heads.lengths.reduce((sum, length) => sum + length - 1, 0);
  if (nSteps > reader.left || nSteps + n > width * height) throw broken();
  const ends = endsOfRows(heads, frame);
  // Of each border its place in its row, and in the lower digits which of the values begins there: each row sorted, they
  // are the runs. The beginning of a row is one, too.
  const borders = new Float64Array(nSteps + n + height);
  const next = new Uint32Array(height);
  for (let y = 0; y < height; y++) next[y] = (y ? ends[y - 1] : 0) + 1;
  let [row, column] = [0, 0];
  for (let track = 0; track < n; track++) {
    row += heads.rows[track];
    column += heads.columns[track];
    let x = column;
    for (let k = 0; k < heads.lengths[track]; k++) {
      if (k) x += reader.signed();
      if (x < 0 || x >= width) throw broken();
      borders[next[row + k]++] = x * values.length + heads.numbers[track];
    }
  }
  for (let y = 0; y < height; y++) borders.subarray(y ? ends[y - 1] : 0, ends[y]).sort();
  return runsOf(borders, ends, frame);
}

/**
 * Where the borders of each row end, among all of them: those of tracks, and one for the beginning of the row.
 * @param {Record<"rows" | "lengths" | "numbers", Float64Array>} heads
 * @param {Frame} frame
 */
function endsOfRows({rows, lengths, numbers}, {height, values}) {
  // How many more tracks there are in a row than in the one before; then how many; then the ends.
  const ends = new Int32Array(height + 1);
  let row = 0;
  for (let track = 0; track < rows.length; track++) {
    row += rows[track];
    if (row + lengths[track] > height || numbers[track] >= values.length) throw broken();
    ends[row]++;
    ends[row + lengths[track]]--;
  }
  for (let y = 1; y < height; y++) ends[y] += ends[y - 1];
  for (let y = 0, end = 0; y < height; y++) ends[y] = end += ends[y] + 1;
  return ends;
}

/** @param {Varints} reader @param {number} n */
function readHeads(reader, n) {
  /** @param {() => number} next */
  const read = (next) => {
    const numbers = new Float64Array(n);
    for (let i = 0; i < n; i++) numbers[i] = next();
    return numbers;
  };
  return {
    rows: read(() => reader.next()),
    columns: read(() => reader.signed()),
    lengths: read(() => reader.next() + 1),
    numbers: read(() => reader.next()),
  };
}

/** @param {Float64Array} borders @param {Int32Array} ends @param {Frame} frame @returns {Runs} */
function runsOf(borders, ends, frame) {
  const {width, height, values} = frame;
  const starts = new Uint32Array(borders.length + 1);
  const numbers = new Uint32Array(borders.length);
  const rows = new Uint32Array(height + 1);
  let n = 0;
  for (let y = 0, i = 0; y < height; y++) {
    rows[y] = n;
    for (; i < ends[y]; i++) {
      const x = Math.floor(borders[i] / values.length);
      // At the beginning of a row, a border takes the place of what each row begins with.
      if (n > rows[y] && starts[n - 1] === y * width + x) n--;
      starts[n] = y * width + x;
      numbers[n++] = borders[i] - x * values.length;
    }
  }
  starts[n] = width * height;
  rows[height] = n;
  return {...frame, starts: starts.subarray(0, n + 1), numbers: numbers.subarray(0, n), rows};
}
