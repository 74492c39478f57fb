// What a page does when the connection to Python is gone.

import {REASON_HEADER} from "../base/limits.js";

/** After so many ms the server is asked again whether it is back. */
const RETRY = 1000;

/**
 * Load the page again as soon as the server answers: what it showed comes back with its link, or the reason why it is
 * there no more.
 */
export function reloadWhenBack() {
  setTimeout(async () => {
    try {
      const {ok, headers} = await fetch(window.location.href, {cache: "no-store"});
      if (ok || headers.has(REASON_HEADER)) return window.location.reload();
    } catch {
      // The server is still away.
    }
    reloadWhenBack();
  }, RETRY);
}
