// The zoom as people read and type it: screen pixels per pixel of the picture, in percent.

/**
 * @param {number} scale screen pixels per pixel of the picture
 */
export function formatZoom(scale) {
  const percent = 100 * scale;
  const digits = percent < 1 ? 2 : percent < 10 ? 1 : 0;
  return `${Number(percent.toFixed(digits))} %`;
}

/**
 * The scale that was typed, as `150`, `150 %` or `1:2`; null for anything else.
 * @param {string} text
 * @returns {number | null}
 */
export function parseZoom(text) {
  const percent = /^\s*(\d+(?:[.,]\d+)?)\s*%?\s*$/.exec(text);
  const ratio = /^\s*(\d+)\s*:\s*(\d+)\s*$/.exec(text);
  const scale = percent
    ? Number(percent[1].replace(",", ".")) / 100
    : ratio
      ? Number(ratio[1]) / Number(ratio[2])
      : 0;
  return scale > 0 && Number.isFinite(scale) ? scale : null;
}
