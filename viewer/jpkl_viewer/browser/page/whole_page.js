// A page that is the viewer's alone.

/**
 * Lay the page out as wide as the screen of a phone: unless a page says so, phones take it for one of a desktop, and
 * Panel's pages do not.
 * @param {Document} page
 */
export function fitScreen(page = document) {
  if (page.querySelector("meta[name=viewport]")) return;
  const meta = page.createElement("meta");
  meta.name = "viewport";
  meta.content = "width=device-width, initial-scale=1";
  page.head.append(meta);
}
