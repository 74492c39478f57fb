// Numbers as people read them; `jpkl/_numbers.py` and `model/labels.py` write the same.

/** From this size on, numbers of which few digits are wanted have an exponent. */
const LARGE = 1e15;
/** Below this size numbers have an exponent, and those of a dim from the other size on. */
const SMALL = 1e-3;
const HUGE = 1e21;
/** How far a coordinate may be off as it is written, as a share of the distance between neighbors. */
const TOLERANCE = 1e-2;
/** What is still taken for the number itself, for which it may have so many more decimals. */
const EXACT = 1e-6;
const MORE_DECIMALS = 1;
/** Distance that is assumed where there are no neighbors, as a share of the number. */
const ALONE = 1e-4;
const MOST_DECIMALS = 17;

/**
 * At most `digits` significant digits, or as many as the integer part has, without trailing zeros.
 * @param {number} value
 */
export function format(value, digits = 4) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 10 ** digits && size < LARGE) return fixed(value, 0);
  if (size >= SMALL && size < LARGE) return String(Number(value.toPrecision(digits)));
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  return `${Number(mantissa)}e${exponent}`;
}

/** How numbers that belong together are written, as the coordinates of a dim. */
export class NumberStyle {
  /**
   * @param {number} decimals digits after the point
   * @param {boolean} isExponent whether they have an exponent, as the largest is very small or large
   */
  constructor(decimals, isExponent = false) {
    this.decimals = decimals;
    this.isExponent = isExponent;
  }

  /**
   * The style in which no two neighbors that differ read alike.
   * @param {readonly number[]} values
   */
  static of(values) {
    let largest = 0;
    let step = Infinity;
    values.forEach((value, i) => {
      largest = Math.max(largest, Math.abs(value));
      if (i > 0 && value !== values[i - 1]) step = Math.min(step, Math.abs(value - values[i - 1]));
    });
    if (step === Infinity) step = largest * ALONE;
    const isExponent = hasExponent(largest);
    const fits = (/** @type {number} */ decimals, /** @type {number} */ most) =>
      values.every((value) => {
        const text = isExponent ? value.toExponential(decimals) : value.toFixed(decimals);
        return Math.abs(Number(text) - value) <= most;
      });
    const needed = first((n) => fits(n, step * TOLERANCE), 0, MOST_DECIMALS);
    const exact = first((n) => fits(n, step * EXACT), needed, needed + MORE_DECIMALS);
    return new NumberStyle(exact > needed + MORE_DECIMALS ? needed : exact, isExponent);
  }

  /**
   * The style for numbers up to `largest` that are at least `step` apart, without a digit more.
   * @param {number} step
   * @param {number} largest
   */
  static forStep(step, largest) {
    const isExponent = hasExponent(largest);
    const unit = isExponent ? Number(`1e${largest.toExponential().split("e")[1]}`) : 1;
    const decimals = first((n) => Number(`1e-${n}`) * unit <= step, 0, MOST_DECIMALS);
    return new NumberStyle(Math.min(decimals, MOST_DECIMALS), isExponent);
  }

  /** @param {number} value */
  write(value) {
    if (!this.isExponent) return fixed(value, this.decimals);
    return value === 0 ? "0" : value.toExponential(this.decimals);
  }
}

/**
 * Numbers in the one style in which no two neighbors that differ read alike.
 * @param {readonly number[]} values
 */
export function writeApart(values) {
  const style = NumberStyle.of(values);
  return values.map((value) => style.write(value));
}

/** @param {number} largest */
function hasExponent(largest) {
  return largest !== 0 && !(largest >= SMALL && largest < HUGE);
}

/**
 * The first number from `start` to `stop` of which a condition is true; else the next one.
 * @param {(n: number) => boolean} condition
 * @param {number} start
 * @param {number} stop
 */
function first(condition, start, stop) {
  for (let n = start; n <= stop; n++) if (condition(n)) return n;
  return stop + 1;
}

/**
 * @param {number} value
 * @param {number} decimals
 */
function fixed(value, decimals) {
  const text = value.toFixed(decimals);
  return /[1-9]/.test(text) ? text : text.replace("-", "");
}

/** Styles of the coordinates of dims, which are long. @type {WeakMap<readonly number[], NumberStyle>} */
const STYLES = new WeakMap();

/**
 * What an index of a dim stands for, a number with its unit; "" where that is not known.
 * @param {import("../types.js").Dim} dim
 * @param {number} index
 */
export function physical({coords, unit, texts}, index) {
  if (texts) return texts[index];
  if (!coords) return "";
  const style = STYLES.get(coords) ?? NumberStyle.of(coords);
  STYLES.set(coords, style);
  return `${style.write(coords[index])} ${unit}`.trimEnd();
}

/** Numbers as they are shown, with the sign that is as wide as a digit; in files and fields it is "-". @param {string} text */
export const withMinus = (text) => text.replace(/-(?=\d)/g, "−");

/**
 * A number that was typed; null for anything else.
 * @param {string} text
 */
export function parseNumber(text) {
  const plain = text.trim().replace("−", "-");
  const value = Number(plain);
  return plain === "" || !Number.isFinite(value) ? null : value;
}

/**
 * From the pixel values of a frame to the units of the file, and back. Pixel values may be broken, as contrast
 * limits between two of them.
 */
export class Scale {
  /**
   * @param {readonly number[] | null} range what 0 and 255 stand for; null where they are what is in the file
   * @param {boolean} isInteger whether the file has integers
   */
  constructor(range, isInteger) {
    const [low, high] = range ?? [0, 255];
    this.low = low;
    this.high = high;
    /** What one pixel value more is, in the units of the file. */
    this.step = (high - low) / 255;
    /** Whether each value of the file has a pixel value of its own. */
    this.isExact = range === null || (isInteger && this.step <= 1);
    this.style = styleOf(low, high, isInteger || range === null);
  }

  /** @param {number} level */
  value(level) {
    return this.low + (level / 255) * (this.high - this.low);
  }

  /**
   * The pixel value, maybe a broken one, of a value in the units of the file: at least 0, at most 255.
   * @param {number} value
   */
  level(value) {
    if (this.step === 0) return 0;
    return Math.min(255, Math.max(0, (255 * (value - this.low)) / (this.high - this.low)));
  }

  /**
   * A pixel value in the units of the file, with no more digits than 256 levels have; integers as integers.
   * @param {number} level
   */
  format(level) {
    return this.style.write(this.value(level));
  }

  /**
   * The pixel value of what was typed in the units of the file; null where it is no number.
   * @param {string} text
   */
  parse(text) {
    const value = parseNumber(text);
    return value === null ? null : this.level(value);
  }
}

/**
 * @param {number} low
 * @param {number} high
 * @param {boolean} isInteger
 */
function styleOf(low, high, isInteger) {
  if (isInteger) return new NumberStyle(0);
  if (low === high) return NumberStyle.of([low]);
  return NumberStyle.forStep((high - low) / 255, Math.max(Math.abs(low), Math.abs(high)));
}

/**
 * A length of 1, 2 or 5 times a power of ten, at most `most`.
 * @param {number} most
 */
export function niceLength(most) {
  if (!(most > 0)) return 0;
  const power = Number(`1e${Math.floor(Math.log10(most))}`); // 10 ** -5 is a bit less than 1e-5
  const factor = [5, 2].find((each) => each * power <= most * (1 + 1e-9)) ?? 1;
  return factor * power;
}
