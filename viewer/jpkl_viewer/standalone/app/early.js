// Asks for the end of the stacks that the page is to open before the page's own scripts are unpacked: `openUrl` takes the
// answers. Runs before anything else.
{
  const {files = "[]"} = /** @type {HTMLScriptElement} */ (document.currentScript).dataset;
  const named = JSON.parse(files);
  /** @type {Map<string, Promise<Response>>} */
  const early = new Map();
  Object.assign(window, {jpklEarly: early});
  for (const name of named.length ? named : new URLSearchParams(location.search).getAll("url")) {
    if (!URL.canParse(name, document.baseURI)) continue;
    const url = new URL(name, document.baseURI);
    url.hash = "";
    if (!/^https?:$/.test(url.protocol) || early.has(url.href)) continue;
    const answer = fetch(url, {headers: {Range: "bytes=-262144"}, cache: "no-store"});
    answer.catch(() => {}); // whoever opens it says why
    early.set(url.href, answer);
  }
}
