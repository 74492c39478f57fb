// How the viewer meets the page that it is on: as a component of Panel.

import { Asks } from "./asks.js";
import { Pull } from "./providers.js";
import { JPklView } from "./view.js";

/** Finds the picture among what HoloViews drew. */
export function pictureOf(figure) {
  return figure.renderers.find((renderer) => renderer.glyph?.type === "ImageRGBA");
}

/** Calls `use` with the view of the figure as soon as it has a size. */
export function whenLaidOut(findView, use) {
  const view = findView();
  if (view?.frame?.bbox?.width > 1) use(view, pictureOf(view.model));
  else requestAnimationFrame(() => whenLaidOut(findView, use));
}

/** A viewer that asks Python for its frames: `send` takes messages to it, `receive` those from it. */
export function liveView({description, others, settings, colormaps, ownsUrl, send}) {
  const pulls = [description, ...others].map((_, source) => new Pull((message) => send({...message, source})));
  const asks = new Asks(send);
  const jpkl = new JPklView({
    description,
    settings,
    colormaps,
    ownsUrl,
    provider: pulls[0],
    others: others.map((other, i) => ({description: other, provider: pulls[i + 1]})),
    asks,
    report(changed) {
      send({type: "state", settings: changed});
      return true;
    },
  });
  const receive = (message) => {
    if (message.type === "frame") pulls[message.source].receive(message);
    else if (message.type === "answer") asks.receive(message);
    else if (message.type === "ack") jpkl.acknowledge();
    else if (message.type === "settings") jpkl.takeSettings(message.settings);
  };
  jpkl.root.jpkl = jpkl; // for tests and measurements
  return {jpkl, receive};
}

/** What Panel calls. */
export function render({model, view}) {
  const {jpkl, receive} = liveView({
    description: model.description,
    others: model.others,
    settings: model.settings,
    colormaps: model.colormaps,
    ownsUrl: model.owns_url,
    send: (message) => model.send_msg(message),
  });
  model.on("msg:custom", receive);
  view.model.document.on_event("connection_lost", () => jpkl.onLost());
  jpkl.figureSlot.append(model.get_child("figure"));
  whenLaidOut(() => view.get_child_view(view.model.data.figure), (figure, picture) => jpkl.attach(figure, picture));
  return jpkl.root;
}
