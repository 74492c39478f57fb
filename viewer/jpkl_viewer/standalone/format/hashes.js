// Hashes of numbers, and of tuples of them, as Python has them: keys that have the same make its dicts slow, so
// that it refuses a file with hundreds of them. What Python reads is what is read here.

import {Complex, Duration, Tuple, keyText, plain} from "./values.js";

const MODULUS = 2n ** 61n - 1n;
const [P1, P2, P5] = [11400714785074694791n, 14029467366897019727n, 2870177450012600261n];
const DAY = 86_400_000_000n;

const u64 = (/** @type {bigint} */ number) => BigInt.asUintN(64, number);

/**
 * What is the same for keys that have the same hash in Python: the hash of numbers, else the key as text.
 * @param {import("./values.js").Value} key
 * @returns {bigint | string}
 */
export function hashOf(key) {
  const value = plain(key);
  if (typeof value === "boolean") return BigInt(value);
  if (typeof value === "bigint") return hashInt(value);
  if (typeof value === "number") return hashFloat(value);
  if (value instanceof Complex) return hashComplex(value);
  if (value instanceof Tuple) return hashTuple(value.items);
  if (value instanceof Duration) return hashDuration(value);
  return keyText(value);
}

/** @param {bigint} value */
function hashInt(value) {
  const hash = value < 0n ? -(-value % MODULUS) : value % MODULUS;
  return hash === -1n ? -2n : hash;
}

/** @param {number} value */
function hashFloat(value) {
  if (Number.isNaN(value)) return keyText(value);
  if (!Number.isFinite(value)) return value > 0 ? 314159n : -314159n;
  let [whole, power] = [value, 0n];
  while (!Number.isInteger(whole)) {
    whole *= 2;
    power--;
  }
  // A power of two is 1 after 61 doublings.
  const scale = 1n << (((power % 61n) + 61n) % 61n);
  const hash = (BigInt(Math.abs(whole)) * scale) % MODULUS;
  return hashInt(value < 0 ? -hash : hash);
}

/** @param {Complex} value */
function hashComplex({real, imag}) {
  const [first, second] = [hashFloat(real), hashFloat(imag)];
  if (typeof first === "string" || typeof second === "string")
    return `c${withComma(first)}${withComma(second)}`;
  const hash = BigInt.asIntN(64, first + 1000003n * second);
  return hash === -1n ? -2n : hash;
}

/** @param {bigint | string} hash */
function withComma(hash) {
  return `${hash},`;
}

/** @param {import("./values.js").Value[]} items */
function hashTuple(items) {
  const hashes = items.map(hashOf);
  if (hashes.some((hash) => typeof hash === "string")) return keyText(new Tuple(items));
  let sum = P5;
  for (const hash of hashes) {
    sum = u64(sum + u64(BigInt(hash)) * P2);
    sum = u64(u64((sum << 31n) | (sum >> 33n)) * P1);
  }
  sum = u64(sum + (BigInt(items.length) ^ P5 ^ 3527539n));
  return BigInt.asIntN(64, sum === 2n ** 64n - 1n ? 1546275796n : sum);
}

/** @param {Duration} duration */
function hashDuration({microseconds}) {
  const rest = ((microseconds % DAY) + DAY) % DAY;
  return hashTuple([(microseconds - rest) / DAY, rest / 1_000_000n, rest % 1_000_000n]);
}
