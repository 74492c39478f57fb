// @ts-nocheck
// Runs the page's scripts, which stand in it compressed. The page's policy knows them by their hashes.
(async () => {
  for (const packed of document.querySelectorAll("script.packed")) {
    const bytes = Uint8Array.from(atob(packed.textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    if (packed.dataset.type) script.type = packed.dataset.type;
    script.textContent = await new Response(stream).text();
    document.head.append(script);
  }
})();
