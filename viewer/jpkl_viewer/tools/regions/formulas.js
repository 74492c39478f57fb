// Text in the cells of a CSV, which no spreadsheet is to run: names and units come from the file; as `formulas.py`.

const SIGN = "[=+\\-@＝＋－＠]";
const BLANK = "[\\x00-\\x20\\xa0\\ufeff]*";
const NUMBER = `${BLANK}[+-][0-9]+(?:\\.[0-9]+)?(?:e[+-]?[0-9]+)?${BLANK}(?:$|[,;)\\]])`;
const FIRST = new RegExp(`^(?=${BLANK}${SIGN})`);
const WITHIN = new RegExp(`([,;\\t\\r\\n])(?=${BLANK}${SIGN})(?!${NUMBER})`, "g");

/** A text as a cell that is shown as it is, but for an apostrophe where a formula would begin. @param {string} text */
export const asCell = (text) => asComment(text).replace(FIRST, "'");

/** A text as what follows the `#` of a line. @param {string} text */
export const asComment = (text) => text.replace(WITHIN, "$1'");
