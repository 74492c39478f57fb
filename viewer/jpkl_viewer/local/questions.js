// What a worker asks the page, and waits for; each answer has the number of its question.

import {FrameProblem} from "./frames.js";
import {Cancelled} from "./task.js";

/** @typedef {{resolve: (answer: any) => void, reject: (error: Error) => void, forget: () => void}} Waiting */

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
      const takeBack = () => {
        this.#waiting.delete(id);
        this.#post({...question, type: `un${this.#type}`, id});
        reject(new Cancelled());
      };
      // A signal that lives on must not keep what was asked.
      const forget = () => signal.removeEventListener("abort", takeBack);
      this.#waiting.set(id, {resolve, reject, forget});
      this.#post({...question, type: this.#type, id});
      signal.addEventListener("abort", takeBack);
    });
  }

  /** @param {{id: number, answer?: any, error?: string, isOfFrame?: boolean}} message */
  receive({id, answer, error, isOfFrame}) {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    waiting.forget();
    if (error === undefined) waiting.resolve(answer);
    else waiting.reject(new (isOfFrame ? FrameProblem : Error)(error));
  }
}
