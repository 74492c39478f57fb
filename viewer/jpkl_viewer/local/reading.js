// Reads bytes for a worker, which asks by messages.

import {Running} from "./running.js";

/** @typedef {{id: number, view: number, source: number, number: number, labels?: string}} ReadRequest */

export class Reading {
  #read;
  #post;
  #running = new Running();

  /**
   * @param {(request: ReadRequest, signal: AbortSignal) => Promise<Uint8Array<ArrayBuffer>>} read
   * @param {(message: object) => void} post takes answers
   */
  constructor(read, post) {
    this.#read = read;
    this.#post = post;
  }

  /** @param {ReadRequest} request */
  async start(request) {
    const {id} = request;
    try {
      const answer = await this.#running.run(id, (signal) => this.#read(request, signal));
      this.#post({type: "bytes", id, answer});
    } catch (error) {
      this.#post({type: "bytes", id, error: error instanceof Error ? error.message : String(error)});
    }
  }

  /** @param {number} id */
  stop(id) {
    this.#running.stop(id);
  }
}
