// Rounding as Python and NumPy do it.

/**
 * To the nearest whole number; halves to the even one.
 * @param {number} value
 */
export function roundHalfEven(value) {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

/** Digits after which nothing that decides about rounding can follow. */
const MOST_DIGITS = 100;

/**
 * With so many digits after the point, as Python writes it: exact halves to the even digit.
 * @param {number} value
 * @param {number} digits
 */
export function fixedHalfEven(value, digits) {
  if (!Number.isFinite(value)) return value > 0 ? "inf" : value < 0 ? "-inf" : "nan";
  const all = value.toFixed(MOST_DIGITS);
  const end = all.length - MOST_DIGITS + digits;
  const isHalf = /^50*$/.test(all.slice(end));
  const isEven = Number(all.slice(0, end).replace(".", "").at(-1)) % 2 === 0;
  return isHalf && isEven ? all.slice(0, end) : value.toFixed(digits);
}
