// A page without Python: what its viewers ask for is computed in a worker, or where the browser refuses one, in
// the page.
//
//     const local = new LocalHost({script, colormaps});
//     const {asks, providers} = local.open([{description, source, provider}, ...]);
//     new JPklView({description, provider: providers[0], asks, ...});
//
// `script` gives the text of the worker's script (`bundle("local/worker.js")`). The page's policy has to allow
// `worker-src blob:`, or the script by its hash, or both. A `source` gives the stored bytes of any frame, a
// `provider` those that are shown.

import {Asks} from "../browser/frames/asks.js";
import {h} from "../browser/base/dom.js";
import {LocalFrames} from "./local_frames.js";
import {LOCAL_ANSWERS} from "./names.js";
import {Reading} from "./reading.js";

/** @typedef {import("../browser/types.js").FrameSource} FrameSource */
/** @typedef {import("../browser/types.js").Description} Description */
/** @typedef {import("../browser/types.js").Provider} Provider */

/**
 * A stack, where its bytes are read from, what gives the stored frames that are shown, where frames of label images are
 * read that the description does not have, and the dtype of its values where the browser does not decode them: then all
 * frames are computed.
 * @typedef {{description: Description, source: FrameSource, provider: Provider, labels?: LabelSource,
 *   dtype?: string | null}} HostedStack
 */

/** @typedef {{read: (name: string, number: number) => Promise<Uint8Array<ArrayBuffer>>}} LabelSource */

/** One viewer of the page. @typedef {{stacks: HostedStack[], receive: (message: any) => void}} Hosted */

/**
 * What takes messages: a worker, or what stands in for it.
 * @typedef {{postMessage: (message: any) => void}} Port
 */

/** After so many ms the first picture is there, from which the worker would take time. */
const START_DELAY = 500;

/**
 * Workers that help the first one, where a stack has so many pixels that their start is worth it. Two cores are busy
 * with one worker, and the page that reads for it: there, a second one only takes time from both.
 */
const HELPERS = Math.max(0, Math.min(3, (globalThis.navigator?.hardwareConcurrency ?? 1) - 2));
const MANY_PIXELS = 2 ** 24;

/** One for all viewers of a page. */
export class LocalHost {
  #script;
  #colormaps;
  /** @type {Hosted[]} */
  #views = [];
  /** @type {Port | null} */
  #port = null;
  #isStarted = false;
  #isOver = false;
  /**
   * What was sent before the worker was ready, in case that it does not start; null once it has.
   * @type {any[] | null}
   */
  #sent = [];
  /** What opens the views. @type {object[]} */
  #openings = [];
  /** All workers that have been started. @type {Worker[]} */
  #workers = [];
  /** Those that are ready to help the first. @type {Worker[]} */
  #helpers = [];

  /**
   * @param {{script: () => Promise<string>, colormaps: Record<string, string>}} options colormaps 256 times red, green,
   *   blue, as base64
   */
  constructor({script, colormaps}) {
    this.#script = script;
    this.#colormaps = colormaps;
  }

  /**
   * Answer one viewer. Nothing is started before it asks for something.
   * @param {HostedStack[]} stacks the stack, then those that it is compared with
   * @returns {{asks: Asks, providers: Provider[]}} for `JPklView`; a provider for each of the stacks
   */
  open(stacks) {
    const view = this.#views.length;
    let isOpen = false;
    const send = (/** @type {any} */ message) => {
      if (!isOpen) this.#open(view, stacks);
      isOpen = true;
      this.#post({...message, view});
    };
    const asks = new Asks(send, LOCAL_ANSWERS);
    const providers = stacks.map(
      ({provider, dtype}, source) =>
        new LocalFrames(provider, (message) => send({...message, source}), Boolean(dtype)),
    );
    const receive = (/** @type {any} */ message) => {
      if (message.type === "frame") providers[message.source].receive(message);
      else asks.receive(message);
    };
    this.#views.push({stacks, receive});
    return {asks, providers};
  }

  /**
   * @param {number} view
   * @param {HostedStack[]} stacks
   */
  #open(view, stacks) {
    const opening = {
      type: "open",
      view,
      stacks: stacks.map(({description, dtype = null}) => ({description, dtype})),
      colormaps: this.#colormaps,
    };
    this.#openings.push(opening);
    for (const helper of this.#workers.slice(1)) helper.postMessage(opening);
    this.#post(opening);
  }

  /** Answer nothing any more: the viewers are gone. */
  close() {
    this.#isOver = true;
    for (const worker of this.#workers) worker.terminate();
    this.#views = [];
  }

  /** @param {any} message */
  #post(message) {
    this.#sent?.push(message);
    this.#port?.postMessage(message);
    void this.start();
  }

  /** Start the worker a moment after the first picture, so that it is ready when it is asked for something. */
  startSoon() {
    const idle = globalThis.requestIdleCallback ?? setTimeout; // Safari has none
    setTimeout(() => idle(() => void this.start()), START_DELAY);
  }

  /** Start the worker. */
  async start() {
    if (this.#isStarted || this.#isOver) return;
    this.#isStarted = true;
    const script = await this.#script();
    if (this.#isOver) return;
    this.#port = this.#makePort(script);
    for (const message of this.#sent ?? []) this.#port.postMessage(message);
    if (!("terminate" in this.#port)) this.#sent = null;
  }

  /** @param {string} script @returns {Port} */
  #makePort(script) {
    try {
      const worker = this.#makeWorker(script, (message) => this.#receive(message, script));
      worker.onerror = () => this.#computeHere(script);
      return worker;
    } catch {
      return this.#inPage(script);
    }
  }

  /**
   * @param {string} script
   * @param {(message: any) => void} receive takes messages, but those of reading
   */
  #makeWorker(script, receive) {
    const url = URL.createObjectURL(new Blob([script], {type: "text/javascript"}));
    const worker = new Worker(url);
    const reading = new Reading(
      (request, signal) => this.#bytes(request, signal),
      (message) => worker.postMessage(message),
    );
    worker.onmessage = ({data}) => {
      if (data.type === "ready") URL.revokeObjectURL(url);
      if (data.type === "read") void reading.start(data);
      else if (data.type === "unread") reading.stop(data.id);
      else receive(data);
    };
    this.#workers.push(worker);
    return worker;
  }

  /** @param {string} script */
  #startHelpers(script) {
    const isLarge = this.#views.some(({stacks}) =>
      stacks.some(({description}) => pixels(description) >= MANY_PIXELS),
    );
    if (!isLarge || this.#isOver) return;
    for (let i = 0; i < HELPERS; i++) {
      const helper = this.#makeWorker(script, (message) => this.#onHelper(helper, message));
      for (const opening of this.#openings) helper.postMessage(opening);
    }
  }

  /**
   * @param {Worker} helper
   * @param {any} message from it
   */
  #onHelper(helper, message) {
    const [first] = this.#workers;
    if (message.type === "ready") {
      this.#helpers.push(helper);
      first.postMessage({type: "helpers", n: this.#helpers.length});
    } else if (message.type === "part")
      first.postMessage(message, {
        transfer: (message.answer ?? []).map((/** @type {any} */ {buffer}) => buffer),
      });
  }

  /** The worker has not started: a policy, or a browser that has none for files. @param {string} script */
  #computeHere(script) {
    if (this.#sent === null) return;
    const sent = this.#sent;
    this.#sent = null;
    this.#port = this.#inPage(script);
    for (const message of sent) this.#port.postMessage(message);
  }

  /** @param {string} script @returns {Port} */
  #inPage(script) {
    const receive = (/** @type {any} */ message) => this.#views[message.view].receive(message);
    try {
      const LocalViews = loadInPage(script);
      const views = new LocalViews(
        (view, source, number, signal, labels) => this.#bytes({view, source, number, labels}, signal),
        receive,
      );
      return {postMessage: (message) => views.handle(message)};
    } catch {
      return {postMessage: (message) => refuse(message, receive)};
    }
  }

  /**
   * @param {any} message from the worker
   * @param {string} script
   */
  #receive(message, script) {
    if (message.type === "ready") {
      this.#sent = null;
      this.#startHelpers(script);
    } else if (["share", "unshare"].includes(message.type)) this.#helpers[message.to].postMessage(message);
    else this.#views[message.view].receive(message);
  }

  /**
   * The stored bytes of a frame, or of labels over it.
   * @param {{view: number, source: number, number: number, labels?: string}} request
   * @param {AbortSignal} signal
   */
  async #bytes({view, source, number, labels}, signal) {
    const stack = this.#views[view].stacks[source];
    if (labels === undefined) return stack.source.read(number, signal);
    if (!stack.labels) throw new Error("the page does not have these labels");
    return stack.labels.read(labels, number);
  }
}

/** How many pixels all frames have. @param {Description} description */
function pixels({width, height, dims}) {
  return dims.reduce((product, {size}) => product * size, width * height);
}

/** @typedef {{jpklLocalViews?: typeof import("./views.js").LocalViews}} WithViews */

/**
 * Run the worker's script in the page.
 * @param {string} script
 */
function loadInPage(script) {
  const page = /** @type {WithViews} */ (globalThis);
  if (!page.jpklLocalViews) document.head.append(h("script", {textContent: script}));
  if (!page.jpklLocalViews) throw new Error("the script was not run");
  return page.jpklLocalViews;
}

/** What is said where a policy lets neither a worker nor the script run. */
const FORBIDDEN = "the policy of this page forbids what computes it (worker-src blob:)";

/**
 * @param {any} message
 * @param {(message: any) => void} receive
 */
function refuse({type, view, slot, id, keys, source}, receive) {
  if (type === "ask") receive({type: "answer", view, slot, id, error: FORBIDDEN});
  if (type === "want") for (const key of keys) receive({type: "frame", view, key, source, error: FORBIDDEN});
}
