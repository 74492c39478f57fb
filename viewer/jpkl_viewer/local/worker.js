// What computes, as a script of its own: in a worker, so that the page stays free for the hand; or where a browser
// refuses that, in the page, which then finds `LocalViews` as `jpklLocalViews`.
//
// The messages of the worker are those of `LocalViews`, and besides
//
//     {type: "ready"}                             from it, once
//     {type: "read", id, view, source, number}    from it: a frame is needed, or with `labels` that of a label image;
//     {type: "unread", id}                        no more
//     {type: "bytes", id, bytes}                  to it; or "error"

import {Cancelled} from "./task.js";
import {LocalViews} from "./views.js";

/** Have the worker answer. */
function serve() {
  /**
   * @type {Map<number, {resolve: (bytes: Uint8Array<ArrayBuffer>) => void, reject: (error: Error) => void}>}
   */
  const reading = new Map();
  let last = 0;

  /** @type {import("./views.js").ReadFrame} */
  const read = (view, source, number, signal, labels) =>
    new Promise((resolve, reject) => {
      const id = ++last;
      reading.set(id, {resolve, reject});
      postMessage({type: "read", id, view, source, number, labels});
      signal.addEventListener("abort", () => {
        if (!reading.delete(id)) return;
        postMessage({type: "unread", id});
        reject(new Cancelled());
      });
    });

  const views = new LocalViews(read, (message) => postMessage(message));

  onmessage = ({data: message}) => {
    if (message.type !== "bytes") return views.handle(message);
    const {id, bytes, error} = message;
    const waiting = reading.get(id);
    reading.delete(id);
    if (bytes) waiting?.resolve(bytes);
    else waiting?.reject(new Error(error));
  };

  postMessage({type: "ready"});
}

if (globalThis.document) Object.assign(globalThis, {jpklLocalViews: LocalViews});
else serve();
