// What the address of the page names.

/**
 * The URLs of files, some of which may be relative to the page.
 * @param {string[]} named
 * @param {string} base URL of the page
 */
export function urlsOf(named, base) {
  return named.map((name) => {
    if (!URL.canParse(name, base)) throw new Error(`"${name}" is not a link.`);
    const url = new URL(name, base);
    if (url.protocol === "file:")
      throw new Error(
        `A page that was opened from the disk cannot read ${name} from there: drop the file on the page, or put both ` +
          "on a web server.",
      );
    if (!["http:", "https:"].includes(url.protocol))
      throw new Error(
        `${url.protocol}// is not what a browser reads files from: a link has to begin with https://`,
      );
    url.hash = "";
    return url.href;
  });
}
