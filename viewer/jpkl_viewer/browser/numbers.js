// Numbers as people read them.

/**
 * At most `digits` significant digits, without trailing zeros.
 * @param {number} value
 */
export function format(value, digits = 4) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e6 || size < 1e-3
    ? value.toExponential(digits - 2)
    : String(Number(value.toPrecision(digits)));
}

/**
 * Physical value of an index with its unit, "" where unknown.
 * @param {import("./types.js").Dim} dim
 * @param {number} index
 */
export function physical(dim, index) {
  return dim.coords ? `${format(dim.coords[index], 6)} ${dim.unit}`.trimEnd() : "";
}

/**
 * A length of 1, 2 or 5 times a power of ten, at most `most`.
 * @param {number} most
 */
export function niceLength(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  const factor = [5, 2].find((each) => each * power <= most * (1 + 1e-9)) ?? 1;
  return factor * power;
}
