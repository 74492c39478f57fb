// Runs the page's scripts, which are compressed in it. The page's policy knows them by their hashes.
(async () => {
  const scripts = /** @type {NodeListOf<HTMLScriptElement>} */ (document.querySelectorAll("script.packed"));
  for (const packed of scripts) {
    const {fromBase64} = /** @type {any} */ (Uint8Array); // of browsers of today
    const bytes = fromBase64?.(packed.text) ?? Uint8Array.from(atob(packed.text), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    if (packed.dataset.type) script.type = packed.dataset.type;
    script.textContent = await new Response(stream).text();
    document.head.append(script);
  }
})();
