/** @type {Record<string, import("../../local/types.js").Answer>} */
export const EXPORT_ANSWERS = {};
