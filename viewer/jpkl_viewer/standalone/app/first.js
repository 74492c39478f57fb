// The first script of the stand-alone page: what is enough to open the stack that its address names. The other script,
// with the viewer, is read while the first frame is on its way.

import {namedIn, openNamed} from "./opening.js";

/** A server that does not answer does not keep the page from being there. */
const PATIENCE = 100;

const data = JSON.parse(document.querySelector("#data")?.textContent ?? "");
if (namedIn(data).length) {
  const asked = new Promise((resolve) => {
    openNamed(data, () => resolve(null)).catch(resolve); // whoever shows it says why
    setTimeout(resolve, PATIENCE);
  });
  Object.assign(window, {jpklAsked: asked}); // `unpack.js` waits for it
}
