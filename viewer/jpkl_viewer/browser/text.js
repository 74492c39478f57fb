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
 * @param {{coords: number[] | null, unit: string}} dim
 * @param {number} index
 */
export function physical(dim, index) {
  return dim.coords ? `${format(dim.coords[index], 6)} ${dim.unit}`.trimEnd() : "";
}
