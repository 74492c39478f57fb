// Parts of a projection that another worker puts together.

import {projectPart} from "../tools/projection/project.js";
import {FrameProblem} from "./frames.js";
import {Task} from "./task.js";

/** @typedef {import("./frames.js").Frames} Frames */

/**
 * @typedef {import("../tools/projection/project.js").ProjectionPart & {view: number, source: number}} PartOfStack
 */

export class Parts {
  #framesOf;
  #send;
  /** @type {Map<number, AbortController>} */
  #running = new Map();

  /**
   * @param {(part: PartOfStack) => Frames | undefined} framesOf
   * @param {(message: Record<string, unknown>, transfer?: ArrayBuffer[]) => void} send takes answers
   */
  constructor(framesOf, send) {
    this.#framesOf = framesOf;
    this.#send = send;
  }

  /** @param {PartOfStack & {id: number}} message */
  async start(message) {
    const {id} = message;
    const running = new AbortController();
    this.#running.set(id, running);
    try {
      const frames = this.#framesOf(message);
      if (!frames) throw new Error("there is no such stack");
      const answer = await projectPart(frames, message, new Task(running.signal));
      this.#send(
        {type: "part", id, answer},
        answer.map(({buffer}) => buffer),
      );
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      this.#send({type: "part", id, error: said, isOfFrame: error instanceof FrameProblem});
    } finally {
      this.#running.delete(id);
    }
  }

  /** @param {number} id */
  stop(id) {
    this.#running.get(id)?.abort();
  }
}
