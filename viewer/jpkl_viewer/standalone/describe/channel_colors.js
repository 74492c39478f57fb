// Colors of channels that bring none of their own, by what they are called; as `model/channel_colors.py`.

export const GRAY = "#ffffff";
const BLUE = "#506eff";
const GREEN = "#00ff00";
const ORANGE = "#ff8000";
const MAGENTA = "#ff00ff";
const CYAN = "#00ffff";
const YELLOW = "#ffff00";

/** For names that say nothing. */
const OTHERS = [GREEN, MAGENTA, CYAN, YELLOW, "#ff0000", BLUE, ORANGE];

/** Most channels that can be told apart when they are shown together. */
export const MOST_TOGETHER = OTHERS.length;

/** Dyes and proteins, the first that matches counts. @type {[string, RegExp][]} */
const DYES = [
  [MAGENTA, /cy-?5|far.?red|irfp|alexa.?6[0-9]{2}|sir-|draq/i],
  [BLUE, /dapi|hoechst|bfp|pacific.?blue/i],
  [CYAN, /cfp|cerulean|turquoise/i],
  [YELLOW, /yfp|venus|citrine/i],
  [GREEN, /gfp|fitc|(?<![a-z])fam(?![a-z])|gcamp|fluo-?4|neongreen/i],
  [ORANGE, /rfp|tritc|cy-?3|cherry|tomato|dsred|rhodamin|texas.?red|scarlet/i],
];

/** Wavelengths of their excitation in nm. @type {[string, number, number][]} */
const WAVELENGTHS = [
  [BLUE, 400, 410],
  [GREEN, 470, 500],
  [ORANGE, 546, 594],
  [MAGENTA, 630, 660],
];

/** A wavelength is a number of three digits, and no time of exposure. */
const NUMBER = /(?<![0-9.])([4-6][0-9]{2})(?![0-9]|\s*ms)/g;

/** The pH of a medium is none. */
const PHASE = /(?<![A-Za-z])P[Hh][0-9]?(?=[^A-Za-z]|$)/;
const TRANSMITTED =
  /(?<![A-Za-z])(bf|dic|tl|t-?pmt|phase[\p{L}\p{N}_]*|bright.?field|nomarski|trans(mit[\p{L}\p{N}_]*|mission)?)(?![A-Za-z])/iu;
const LABEL = /(?<![a-z])(label|mask|segmentation)s?(?![a-z])/i;

/**
 * The usual color of a dye, a protein or a wavelength; null where the name is of none.
 * @param {string} name
 */
export function colorOf(name) {
  for (const [color, dye] of DYES) if (dye.test(name)) return color;
  for (const [, digits] of name.matchAll(NUMBER))
    for (const [color, first, last] of WAVELENGTHS)
      if (first <= Number(digits) && Number(digits) <= last) return color;
  return null;
}

/** Whether a name is that of a picture in transmitted light. @param {string} name */
export function isTransmitted(name) {
  return (PHASE.test(name) || TRANSMITTED.test(name)) && colorOf(name) === null;
}

/** Whether a name is that of labels or a mask. @param {string} name */
export function isLabel(name) {
  return LABEL.test(name);
}

/**
 * A color for each channel: those that their names ask for, and others that are not among these.
 * @param {string[]} names
 */
export function colorsOf(names) {
  if (names.length === 1) return [GRAY];
  /** @type {(string | null)[]} */
  const colors = [];
  for (const name of names) {
    const color = isTransmitted(name) ? GRAY : colorOf(name);
    colors.push(color === GRAY || !colors.includes(color) ? color : null);
  }
  const unused = OTHERS.filter((color) => !colors.includes(color));
  // After these, more channels than can be told apart have all colors again.
  let n = 0;
  const next = () => {
    const i = n++;
    return i < unused.length ? unused[i] : OTHERS[(i - unused.length) % OTHERS.length];
  };
  return colors.map((color) => color ?? next());
}
