// Numbers as people read them; `model/labels.py` writes the same.

/**
 * At most `digits` significant digits, without trailing zeros.
 * @param {number} value
 */
export function format(value, digits = 4) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e6) return String(Number(value.toPrecision(digits)));
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  return `${Number(mantissa)}e${exponent}`;
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
  if (!(most > 0)) return 0;
  const power = Number(`1e${Math.floor(Math.log10(most))}`); // 10 ** -5 is a bit less than 1e-5
  const factor = [5, 2].find((each) => each * power <= most * (1 + 1e-9)) ?? 1;
  return factor * power;
}
