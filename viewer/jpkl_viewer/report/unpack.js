// Runs the page's scripts, which are compressed in it, one after the other. The page's policy knows them by their hashes.
(async () => {
  const {fromBase64} = /** @type {any} */ (Uint8Array); // of browsers of today
  const unpack = (/** @type {HTMLScriptElement} */ {text}) => {
    const bytes = fromBase64?.(text) ?? Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  };
  const scripts = /** @type {NodeListOf<HTMLScriptElement>} */ (document.querySelectorAll("script.packed"));
  // All are decompressed at once, beside the page.
  for (const [packed, code] of [...scripts].map((each) => /** @type {const} */ ([each, unpack(each)]))) {
    const script = document.createElement("script");
    if (packed.dataset.type) script.type = packed.dataset.type;
    script.textContent = await code;
    await /** @type {any} */ (window).jpklAsked; // the stand-alone page has something to do first
    document.head.append(script);
  }
})();
