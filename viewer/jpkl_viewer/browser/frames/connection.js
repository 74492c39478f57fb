// What a page does when the connection to Python is gone.

/** After so many ms the server is asked again whether it is back. */
const RETRY = 1000;

/** Load the page again as soon as the server answers: what it showed comes back with its link. */
export function reloadWhenBack() {
  setTimeout(async () => {
    try {
      const {ok} = await fetch(window.location.href, {cache: "no-store"});
      if (ok) return window.location.reload();
    } catch {
      // The server is still away.
    }
    reloadWhenBack();
  }, RETRY);
}
