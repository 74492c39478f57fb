// What a worker asks the page, and waits for; each answer has the number of its question.

import {FrameProblem} from "./frames.js";
import {Cancelled} from "./task.js";

/** @typedef {{resolve: (answer: any) => void, reject: (error: Error) => void}} Waiting */

/** Questions of one type. */
export class Questions {
  #last = 0;
  /** @type {Map<number, Waiting>} */
  #waiting = new Map();
  #post;
  #type;

  /**
   * @param {(message: object) => void} post takes messages to the page
   * @param {string} type of the questions; `un` before it takes one back
   */
  constructor(post, type) {
    this.#post = post;
    this.#type = type;
  }

  /**
   * @param {object} question
   * @param {AbortSignal} signal aborted once the answer is no longer wanted
   * @returns {Promise<any>}
   */
  ask(question, signal) {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, {resolve, reject});
      this.#post({...question, type: this.#type, id});
      signal.addEventListener("abort", () => {
        if (!this.#waiting.delete(id)) return;
        this.#post({...question, type: `un${this.#type}`, id});
        reject(new Cancelled());
      });
    });
  }

  /** @param {{id: number, answer?: any, error?: string, isOfFrame?: boolean}} message */
  receive({id, answer, error, isOfFrame}) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(answer);
    else waiting?.reject(new (isOfFrame ? FrameProblem : Error)(error));
  }
}
