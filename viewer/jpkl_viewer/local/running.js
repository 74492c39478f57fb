// What is under way for requests, each of which can be stopped by its number.

export class Running {
  /** @type {Map<number, AbortController>} */
  #controllers = new Map();

  /**
   * @template Result
   * @param {number} id of the request
   * @param {(signal: AbortSignal) => Promise<Result>} work
   */
  async run(id, work) {
    const controller = new AbortController();
    this.#controllers.set(id, controller);
    try {
      return await work(controller.signal);
    } finally {
      this.#controllers.delete(id);
    }
  }

  /** @param {number} id of a request, which may be over */
  stop(id) {
    this.#controllers.get(id)?.abort();
  }
}
