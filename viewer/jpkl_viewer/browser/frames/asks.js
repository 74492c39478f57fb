// Computations that Python is asked for, one in flight in each slot: while it runs, only the latest is kept.

/** What is asked for, and its arguments. @typedef {{what: string} & Record<string, unknown>} Request */

/**
 * What is called of an answer.
 * @typedef {object} Handlers
 * @property {(answer: any) => void} onAnswer may be called several times
 * @property {() => void} onDone called once all answers have come
 * @property {(error: string) => void} onError
 * @property {(done: number, total: number) => void} onProgress called while nothing has come
 */

/** @typedef {{request: Request, handlers: Handlers}} Ask */

/** @typedef {Ask & {id: number, next: Ask | null}} Running */

/** @typedef {Partial<Handlers> & Pick<Handlers, "onAnswer"> & {replace?: boolean}} AskOptions */

/**
 * What Python answers: part of what was asked for, or how it is going.
 * @typedef {{slot: string, id: number, done?: boolean, cancelled?: boolean, error?: string,
 *   progress?: [done: number, total: number]} & Record<string, unknown>} Answer
 */

const ignore = () => {};

export class Asks {
  #send;
  /** @type {Map<string, Running>} */
  #slots = new Map();
  #last = 0;
  #known;

  /**
   * @param {(message: object) => void} send takes messages to Python
   * @param {string[] | null} known what can be asked for; null for all
   */
  constructor(send, known = null) {
    this.#send = send;
    this.#known = known;
  }

  /** Whether it is Python that answers. */
  get isPython() {
    return this.#known === null;
  }

  /**
   * Whether something can be asked for.
   * @param {string} what
   */
  has(what) {
    return this.#known === null || this.#known.includes(what);
  }

  /**
   * Ask for `request`. With `replace`, one that runs is ended for it; otherwise it comes to its end first, as
   * suits answers that are of use though another is on its way.
   * @param {string} slot
   * @param {Request} request
   * @param {AskOptions} options
   */
  ask(slot, request, {onAnswer, onDone = ignore, onError = ignore, onProgress = ignore, replace = false}) {
    const handlers = {onAnswer, onDone, onError, onProgress};
    const running = this.#slots.get(slot);
    if (running && !replace) running.next = {request, handlers};
    else this.#start(slot, {request, handlers});
  }

  /**
   * Ask no more for what is in a slot.
   * @param {string} slot
   */
  cancel(slot) {
    if (this.#slots.delete(slot)) this.#send({type: "cancel", slot});
  }

  /** Ask again for what has not been answered: the answer, or the question, may be lost. */
  again() {
    for (const [slot, running] of this.#slots) this.#start(slot, running.next ?? running);
  }

  /**
   * Take an answer of Python's; what was asked before the latest is passed over.
   * @param {Answer} answer
   */
  receive({slot, id, done, cancelled, error, progress, ...answer}) {
    const running = this.#slots.get(slot);
    if (running?.id !== id) return;
    const {onAnswer, onDone, onError, onProgress} = running.handlers;
    if (progress) return onProgress(...progress);
    if (done || cancelled || error !== undefined) {
      this.#slots.delete(slot);
      if (running.next) this.#start(slot, running.next);
      if (error !== undefined) onError(error);
      else if (done) onDone();
      return;
    }
    onAnswer(answer);
  }

  /**
   * @param {string} slot
   * @param {Ask} ask
   */
  #start(slot, {request, handlers}) {
    const id = ++this.#last;
    this.#slots.set(slot, {id, request, handlers, next: null});
    this.#send({...request, type: "ask", slot, id});
  }
}
