// What is answered where there is no Python: the messages of `frames/answers.py`, whatever carries them.
//
// From the viewer
//
//     {type: "want", keys, source}           projections, and parts of large frames, by their keys
//     {type: "ask", slot, id, what, ...}     a computation of a tool
//     {type: "cancel", slot}
//
// and to it
//
//     {type: "frame", key, source, data}     pixels as they are; or "error", "progress", "cancelled"
//     {type: "answer", slot, id, ...}        or "done", "error", "progress", "cancelled"

import {parseKey} from "../browser/state/keys.js";
import {cutPart} from "./frames.js";
import {Cancelled, Task} from "./task.js";

/** @typedef {import("./types.js").LocalStack} LocalStack */
/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./types.js").Pixels} Pixels */
/** @typedef {import("../browser/types.js").FrameKey} FrameKey */
/** @typedef {Record<string, unknown>} Message */

/** Most pixels of what is asked for: twice those of an 8K screen. */
const MOST_SCREEN_PIXELS = 2 ** 26;

/**
 * What the tools compute (`local/tools.js`): their answers by name, and projections.
 * @typedef {object} Computed
 * @property {Record<string, Answer>} answers
 * @property {(frames: import("./frames.js").Frames, position: number[],
 *   projection: import("../browser/types.js").Projection, task: Task) => Promise<Pixels>} project
 */

/** Answers the messages of one viewer. */
export class LocalAnswers {
  #stacks;
  #computed;
  #send;
  /** What runs in each slot. @type {Map<string, AbortController>} */
  #running = new Map();

  /**
   * @param {LocalStack[]} stacks the stack, then those that it is compared with
   * @param {Computed} computed
   * @param {(message: Message) => void} send takes answers
   */
  constructor(stacks, computed, send) {
    this.#stacks = stacks;
    this.#computed = computed;
    this.#send = send;
  }

  /** @param {any} message */
  handle(message) {
    if (message.type === "want") this.#sendFrames(message.keys, message.source ?? 0);
    else if (message.type === "ask") this.#answer(message);
    else if (message.type === "cancel") this.#cancel(message.slot);
  }

  /** @param {any} message */
  #answer(message) {
    const {slot, id, what, source = 0} = message;
    const head = {type: "answer", slot, id};
    const answer = this.#computed.answers[what];
    if (!answer) return this.#send({...head, error: `nothing answers ${what} here`});
    this.#start(
      slot,
      (reply) => this.#send({...head, ...reply}),
      async (task, send) => {
        for await (const reply of answer(this.#stacks[source], message, task)) {
          task.check();
          send(reply);
        }
        send({done: true});
      },
    );
  }

  /**
   * Compute pictures; a later request takes the place of these.
   * @param {FrameKey[]} keys
   * @param {number} source
   */
  #sendFrames(keys, source) {
    const waiting = new Set(keys);
    const sendAll = (/** @type {Message} */ reply) => {
      for (const key of waiting) this.#send({type: "frame", source, key, ...reply});
    };
    this.#start(`frames of ${source}`, sendAll, async (task) => {
      for (const key of keys) {
        const reply = await this.#picture(this.#stacks[source], key, task);
        task.check();
        waiting.delete(key);
        this.#send({type: "frame", source, key, ...reply});
      }
    });
  }

  /**
   * @param {LocalStack} stack
   * @param {FrameKey} key
   * @param {Task} task
   * @returns {Promise<Message>}
   */
  async #picture({stack, frames}, key, task) {
    const {number, projection, part} = parseKey(key);
    if (part) checkPart(part, stack);
    try {
      if (!projection && part) return {data: (await frames.part(number, part, task.signal)).data};
      const pixels = projection
        ? await this.#computed.project(frames, stack.position(number), projection, task)
        : await frames.pixels(number, task.signal);
      return {data: (part ? cutPart(pixels, part) : pixels).data};
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      return {error: reasonOf(error)};
    }
  }

  /**
   * Begin a job, which ends the one in the same slot.
   * @param {string} slot
   * @param {(reply: Message) => void} send
   * @param {(task: Task, send: (reply: Message) => void) => Promise<void>} work
   */
  async #start(slot, send, work) {
    this.#cancel(slot);
    const running = new AbortController();
    this.#running.set(slot, running);
    try {
      await work(new Task(running.signal, (...progress) => send({progress})), send);
    } catch (error) {
      send(running.signal.aborted ? {cancelled: true} : {error: reasonOf(error)});
    } finally {
      running.abort(); // other lanes of the same work, if one of them has failed
      if (this.#running.get(slot) === running) this.#running.delete(slot);
    }
  }

  /** @param {string} slot */
  #cancel(slot) {
    this.#running.get(slot)?.abort();
    this.#running.delete(slot);
  }
}

/** @param {unknown} error */
function reasonOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Throws for what is no part of a frame, or larger than any screen.
 * @param {import("../browser/state/keys.js").Part} part
 * @param {{width: number, height: number}} frame
 */
function checkPart({crop: {x, y, width, height}, width: w, height: h}, frame) {
  const isPart = x >= 0 && y >= 0 && x + width <= frame.width && y + height <= frame.height;
  const isSmaller = w > 0 && h > 0 && w <= width && h <= height && w * h <= MOST_SCREEN_PIXELS;
  if (!isPart || !isSmaller) throw new Error("that is not a part of a frame");
}
