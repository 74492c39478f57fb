// What computes, as a script of its own: in a worker, so that the page stays free for the hand; or where a browser
// refuses that, in the page, which then finds `LocalViews` as `jpklLocalViews`.
//
// The messages of the worker are those of `LocalViews`, and besides
//
//     {type: "ready"}                             from it, once
//     {type: "read", id, view, source, number}    from it: a frame is needed, or with `labels` that of a label image;
//     {type: "unread", id}                        no more
//     {type: "bytes", id, answer}                 to it; or "error"
//     {type: "helpers", n}                        to it: so many other workers help it;
//     {type: "share", id, to, ...}                from it: one of them is to do a part of a projection, which hears it;
//     {type: "unshare", id, to}                   no more
//     {type: "part", id, answer}                  from that worker, and then to it; or "error", of a frame `isOfFrame`

import {Questions} from "./questions.js";
import {LocalViews} from "./views.js";

/** Have the worker answer. */
function serve() {
  const post = (/** @type {object} */ message) => postMessage(message);
  const reads = new Questions(post, "read");
  const shares = new Questions(post, "share");
  const views = new LocalViews(
    (view, source, number, signal, labels) => reads.ask({view, source, number, labels}, signal),
    (message, transfer = []) => postMessage(message, {transfer}),
  );

  onmessage = ({data: message}) => {
    if (message.type === "bytes") reads.receive(message);
    else if (message.type === "part") shares.receive(message);
    else if (message.type === "helpers")
      views.help(
        Array.from({length: message.n}, (_, to) => (part, signal) => shares.ask({...part, to}, signal)),
      );
    else views.handle(message);
  };

  postMessage({type: "ready"});
}

if (globalThis.document) Object.assign(globalThis, {jpklLocalViews: LocalViews});
else serve();
