// Texts for the clipboard, which browsers give to pages by https or on localhost only.

import {h} from "./dom.js";

/** A field for `copyText`, which is seen only where it is needed. */
export function copyField() {
  return h("textarea", {readOnly: true, hidden: true, rows: 5, "aria-label": "text to copy"});
}

/**
 * Put a text on the clipboard; where the page may not, it is shown to be copied by hand.
 * @param {string} text
 * @param {HTMLTextAreaElement} field
 * @returns {Promise<boolean>} whether it is there
 */
export async function copyText(text, field) {
  field.value = text;
  try {
    await navigator.clipboard.writeText(text);
    field.hidden = true;
  } catch {
    field.hidden = false;
    field.select();
  }
  return field.hidden;
}
