// How the viewer meets the page that it is on: as a component of Panel.

import {Asks} from "./frames/asks.js";
import {followTheme} from "./page/theme.js";
import {fitScreen} from "./page/whole_page.js";
import {loadJpeg} from "./pixels/jpeg/jpeg.js";
import {decodesJpegXl, testJpegXl} from "./pixels/picture_type.js";
import {Pull} from "./frames/providers.js";
import {Unreported} from "./frames/reporting.js";
import {readsTruly} from "./pixels/readback.js";
import {JPklView} from "./view.js";

/** @typedef {import("./stage/bokeh.js").Document} BokehDocument */
/** @typedef {import("./stage/bokeh.js").FigureView} FigureView */
/** @typedef {import("./types.js").Description} Description */
/** @typedef {import("./types.js").Settings} Settings */

/** @typedef {{type: "frame", source: number} & import("./frames/providers.js").FrameAnswer} FrameMessage */

/**
 * A message from Python, see `Answers`.
 * @typedef {FrameMessage
 *   | {type: "answer"} & import("./frames/asks.js").Answer
 *   | {type: "ack"}
 *   | {type: "settings", settings: Partial<Settings>, zoom?: import("./types.js").Zoom | null}
 *   | {type: "bookmarks"}
 *   | {type: "linked"}} Message
 */

/**
 * The parameters of `FrameView`.
 * @typedef {object} Parameters
 * @property {Description} description
 * @property {Description[]} others
 * @property {Settings} settings
 * @property {Settings} first
 * @property {Record<string, string>} colormaps
 * @property {boolean} owns_url
 * @property {object | null} overlay what HoloViews draws over the picture
 */

/** @typedef {import("./stage/bokeh.js").PanelModel<Message> & Parameters} Model */

/**
 * Whether a figure has a size: before its first layout there is no frame yet.
 * @param {FigureView} view
 */
export const isLaidOut = (view) => view.frame?.bbox?.width > 1;

/**
 * Have what HoloViews draws over the picture follow it, as soon as that has a size.
 * @param {Pick<JPklView, "isClosed" | "figure">} jpkl
 * @param {() => FigureView | null | undefined} findView
 */
export function attachOverlay(jpkl, findView) {
  if (jpkl.isClosed) return;
  const view = findView();
  if (view && isLaidOut(view)) jpkl.figure.attach(view);
  else requestAnimationFrame(() => attachOverlay(jpkl, findView));
}

/**
 * Have the notebook send to Python what is meant for it, and at once.
 *
 * Panel's side of the comm passes over `{sync: false}`: it would send what the browser changes for itself,
 * and even what has just come from Python. Python answers with the same, later than what came since. It also
 * collects changes for 50 ms, on top of waiting for the answer to what it sent before, which is enough.
 * @param {BokehDocument} document
 */
export function tameComm(document) {
  for (const comm of document.all_models) {
    if (!isCommManager(comm) || comm.debounce === 0) continue; // another viewer was here
    const send = comm._document_changed;
    comm._document_changed = (/** @type {import("./stage/bokeh.js").DocumentChange} */ event) => {
      const events = event.events ?? [event];
      if (events.some(({sync}) => sync)) send.call(comm, event);
    };
    comm.setv({debounce: 0}, {sync: false});
  }
}

/**
 * @param {{type: string}} model
 * @returns {model is import("./stage/bokeh.js").CommManager}
 */
function isCommManager(model) {
  return model.type.endsWith("CommManager");
}

/** How frames are to come, where not as what every browser decodes. */
function wantedForm() {
  if (!readsTruly()) return {form: "pixels"};
  return decodesJpegXl() ? {form: "jxl"} : {};
}

/** Have ready what the first picture needs, where a page has the viewer before there is a picture. */
export function makeReady() {
  loadJpeg();
  readsTruly();
}

/**
 * @typedef {object} LiveOptions
 * @property {Description} description
 * @property {Description[]} others stacks to compare with
 * @property {Settings} settings
 * @property {Settings} first what Reset goes back to
 * @property {Record<string, string>} colormaps
 * @property {boolean} ownsUrl
 * @property {string} [command] that starts the viewer again
 * @property {FrameMessage[]} [frames] that came with all this, in the form that every browser decodes
 * @property {(message: object) => void} send takes messages to Python
 */

/**
 * A viewer that asks Python for its frames; `receive` takes the messages from it, and `onFound` is for when it is back.
 * @param {LiveOptions} options
 */
export function liveView({
  description,
  others,
  settings,
  first,
  colormaps,
  ownsUrl,
  command,
  frames = [],
  send,
}) {
  const pulls = [description, ...others].map(
    (_, source) => new Pull((message) => send({...message, source, ...wantedForm()})),
  );
  if (readsTruly()) for (const frame of frames) pulls[frame.source].receive(frame);
  testJpegXl();
  const asks = new Asks(send);
  const unreported = new Unreported(settings);
  const jpkl = new JPklView({
    description,
    settings,
    first,
    colormaps,
    ownsUrl,
    command,
    provider: pulls[0],
    others: others.map((other, i) => ({description: other, provider: pulls[i + 1]})),
    asks,
    report(now) {
      const changed = unreported.take(now);
      if (changed) send({type: "state", settings: changed});
      return changed !== null;
    },
  });
  const receive = (/** @type {Message} */ message) => {
    if (message.type === "frame") pulls[message.source].receive(message);
    else if (message.type === "answer") asks.receive(message);
    else if (message.type === "ack") {
      unreported.acknowledge();
      jpkl.acknowledge();
    } else if (message.type === "bookmarks") for (const tool of jpkl.tools) tool.reload?.();
    else if (message.type === "settings") {
      const hasCrossed = jpkl.takeSettings(message.settings, message.zoom);
      unreported.receive(message.settings, hasCrossed);
    }
  };
  const onFound = () => {
    if (!jpkl.isLost) return;
    unreported.revert();
    jpkl.onFound();
    for (const pull of pulls) pull.again();
    asks.again();
  };
  followTheme(jpkl.root, ownsUrl);
  if (ownsUrl) fitScreen();
  return {jpkl, receive, onFound};
}

/**
 * Messages for Python, also where that runs in the browser. Panel drops there what is sent while it hands on a
 * message from Python, and all that is sent before it has linked the page, which Python then announces.
 * @param {Model} model
 */
function heardByPython(model) {
  /** Until Python says something. @type {object[] | null} */
  let unheard = [];
  const send = (/** @type {object} */ message) => {
    unheard?.push(message);
    queueMicrotask(() => model.send_msg(message));
  };
  const receiveWith =
    (/** @type {(message: Message) => void} */ receive) => (/** @type {Message} */ message) => {
      const lost = unheard ?? [];
      unheard = null;
      if (message.type === "linked") lost.forEach(send);
      else receive(message);
    };
  return {send, receiveWith};
}

/** What ends the viewer that is in a view of Panel's. */
const ends = /** @type {WeakMap<object, () => void>} */ (new WeakMap());

/**
 * End the viewer when its view is gone, or when Panel has it rendered anew.
 * @param {object} view
 * @param {Model} model
 * @param {() => void} end
 */
function endBefore(view, model, end) {
  ends.get(view)?.();
  ends.set(view, end);
  model.on("remove", end);
}

/**
 * What Panel calls.
 * @param {{model: Model, view: import("./stage/bokeh.js").PanelView}} component
 */
export function render({model, view}) {
  const {send, receiveWith} = heardByPython(model);
  const {jpkl, receive} = liveView({
    description: model.description,
    others: model.others,
    settings: model.settings,
    first: model.first,
    colormaps: model.colormaps,
    ownsUrl: model.owns_url,
    send,
  });
  tameComm(view.model.document);
  const hear = receiveWith(receive);
  model.on("msg:custom", hear);
  endBefore(view, model, () => {
    model.off("msg:custom", hear);
    jpkl.close();
  });
  // What has been shown elsewhere since Panel was given the settings, e.g. while this was in a closed tab.
  send({type: "opened"});
  view.model.document.on_event("connection_lost", () => jpkl.onLost());
  if (model.overlay !== null) {
    jpkl.figure.overlaySlot.append(model.get_child("overlay"));
    attachOverlay(jpkl, () => view.get_child_view(view.model.data.overlay));
  }
  return jpkl.root;
}
