// What a page does when the connection to Python is gone.

/** After so many ms the server is asked again whether it is back. */
const RETRY = 1000;

/** Header of the pages of `direct.py` that say why there is nothing to show; those of a proxy have none. */
const SAYS_WHY = "X-JPkl-Says-Why";

/**
 * Load the page again as soon as the server answers: what it showed comes back with its link, or the reason why it is
 * there no more.
 */
export function reloadWhenBack() {
  setTimeout(async () => {
    try {
      const {ok, headers} = await fetch(window.location.href, {cache: "no-store"});
      if (ok || headers.has(SAYS_WHY)) return window.location.reload();
    } catch {
      // The server is still away.
    }
    reloadWhenBack();
  }, RETRY);
}
