// Parts of a projection that another worker puts together.

import {projectPart} from "../tools/projection/project.js";
import {FrameProblem} from "./frames.js";
import {Running} from "./running.js";
import {Task} from "./task.js";

/** @typedef {import("./frames.js").Frames} Frames */

/**
 * @typedef {import("../tools/projection/project.js").ProjectionPart & {view: number, source: number}} PartOfStack
 */

export class Parts {
  #framesOf;
  #send;
  #running = new Running();

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
    try {
      const frames = this.#framesOf(message);
      if (!frames) throw new Error("there is no such stack");
      const answer = await this.#running.run(id, (signal) => projectPart(frames, message, new Task(signal)));
      this.#send(
        {type: "part", id, answer},
        answer.map(({buffer}) => buffer),
      );
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      this.#send({type: "part", id, error: said, isOfFrame: error instanceof FrameProblem});
    }
  }

  /** @param {number} id */
  stop(id) {
    this.#running.stop(id);
  }
}
