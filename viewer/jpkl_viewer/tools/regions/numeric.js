// Arithmetic as NumPy does it, to the last digit, so that tables read the same wherever they are made.

/**
 * `n` points at equal distances from one to another; `numpy.linspace`.
 * @param {number[]} from
 * @param {number[]} to
 * @param {number} n
 * @returns {number[][]}
 */
export function linspace(from, to, n) {
  const delta = from.map((value, i) => to[i] - value);
  const step = delta.map((value) => value / (n - 1));
  const hasZero = step.includes(0);
  return Array.from({length: n}, (_, i) => {
    if (n > 1 && i === n - 1) return [...to];
    return from.map((value, axis) => {
      if (n === 1) return i * delta[axis] + value;
      return (hasZero ? (i / (n - 1)) * delta[axis] : i * step[axis]) + value;
    });
  });
}

/** Splits a number into halves of its digits. */
const SPLIT = 2 ** 27 + 1;

/**
 * What a product lost by rounding.
 * @param {number} a
 * @param {number} product a times a, rounded
 */
function lostOfSquare(a, product) {
  const high = SPLIT * a - (SPLIT * a - a);
  const low = a - high;
  return low * low - (product - high * high - 2 * high * low);
}

/**
 * The length of a vector, rounded once: `Math.hypot` may be off by more.
 * @param {number} x
 * @param {number} y
 */
export function hypot(x, y) {
  const [xx, yy] = [x * x, y * y];
  const length = Math.sqrt(xx + yy);
  if (!length || !Number.isFinite(length)) return length;
  const square = length * length;
  const [most, least] = xx > yy ? [xx, yy] : [yy, xx];
  const lost = lostOfSquare(x, xx) + lostOfSquare(y, yy) - lostOfSquare(length, square);
  return length + (most - square + least + lost) / (2 * length);
}

/** Up to so many numbers are added in eight lanes, more in halves. */
const LANES_MOST = 128;

/**
 * The sum of numbers, added in the order in which NumPy adds them.
 * @param {ArrayLike<number>} values
 * @param {number} start
 * @param {number} n
 * @returns {number}
 */
export function pairwiseSum(values, start = 0, n = values.length) {
  let sum = 0;
  if (n < 8) {
    for (let i = 0; i < n; i++) sum += values[start + i];
    return sum;
  }
  if (n > LANES_MOST) {
    const half = Math.floor(n / 2) - (Math.floor(n / 2) % 8);
    return pairwiseSum(values, start, half) + pairwiseSum(values, start + half, n - half);
  }
  const lanes = Array.from({length: 8}, (_, i) => values[start + i]);
  let at = 8;
  for (; at < n - (n % 8); at += 8)
    for (let lane = 0; lane < 8; lane++) lanes[lane] += values[start + at + lane];
  const [a, b, c, d, e, f, g, h] = lanes;
  sum = a + b + (c + d) + (e + f + (g + h));
  for (; at < n; at++) sum += values[start + at];
  return sum;
}

/** Digits that are free of the noise of arithmetic. */
const DIGITS = 15;

/** Digits by which a number in the middle of two shorter ones is noticed. */
const MANY_DIGITS = 60;

/**
 * A number with at most 15 significant digits, as Python's `format(value, ".15g")` writes it.
 * @param {number} value
 */
export function writeNumber(value) {
  if (!Number.isFinite(value)) return value > 0 ? "inf" : value < 0 ? "-inf" : "nan";
  const [digits, exponent] = significant(Math.abs(value));
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const short = digits.replace(/0+$/, "") || "0";
  if (exponent >= -4 && exponent < DIGITS) return sign + placePoint(short, exponent);
  const size = String(Math.abs(exponent)).padStart(2, "0");
  return `${sign}${short[0]}${short.length > 1 ? `.${short.slice(1)}` : ""}e${exponent < 0 ? "-" : "+"}${size}`;
}

/**
 * The 15 digits of a positive number, and its exponent.
 * @param {number} value
 * @returns {[digits: string, exponent: number]}
 */
function significant(value) {
  const split = (/** @type {string} */ text) => /** @type {[string, string]} */ (text.split("e"));
  const [all, power] = split(value.toExponential(MANY_DIGITS));
  const digits = all.replace(".", "");
  const rest = digits.slice(DIGITS);
  // Halves go to the even digit, where JavaScript takes the larger.
  if (/^50*$/.test(rest) && Number(digits[DIGITS - 1]) % 2 === 0)
    return [digits.slice(0, DIGITS), Number(power)];
  const [rounded, exponent] = split(value.toExponential(DIGITS - 1));
  return [rounded.replace(".", ""), Number(exponent)];
}

/** @param {string} digits @param {number} exponent */
function placePoint(digits, exponent) {
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const rest = digits.slice(exponent + 1);
  return rest ? `${whole}.${rest}` : whole;
}

/**
 * Rounded to so many decimals; halves to the even digit.
 * @param {number} value
 * @param {number} decimals
 */
export function roundTo(value, decimals) {
  const [whole, rest] = value.toFixed(MANY_DIGITS).split(".");
  const [kept, left] = [rest.slice(0, decimals), rest.slice(decimals)];
  if (/^50*$/.test(left) && Number((kept || whole).at(-1)) % 2 === 0) return Number(`${whole}.${kept}`);
  return Number(value.toFixed(decimals));
}

/**
 * As Python writes it: small numbers have an exponent of two digits.
 * @param {number} value
 */
export function plainNumber(value) {
  const size = Math.abs(value);
  if (size === 0 || size >= 1e-4) return String(value);
  return value.toExponential().replace(/e-(\d)$/, "e-0$1");
}
