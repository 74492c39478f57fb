// Reads bytes for a worker, which asks by messages.

/** @typedef {{id: number, view: number, source: number, number: number, labels?: string}} ReadRequest */

export class Reading {
  #read;
  #post;
  /** @type {Map<number, AbortController>} */
  #running = new Map();

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
    const running = new AbortController();
    this.#running.set(id, running);
    try {
      this.#post({type: "bytes", id, answer: await this.#read(request, running.signal)});
    } catch (error) {
      this.#post({type: "bytes", id, error: error instanceof Error ? error.message : String(error)});
    } finally {
      this.#running.delete(id);
    }
  }

  /** @param {number} id */
  stop(id) {
    this.#running.get(id)?.abort();
  }
}
