// @ts-nocheck
// Computations that Python is asked for, one in flight in each slot: while it runs, only the latest is kept.

export class Asks {
  #send;
  #slots = new Map(); // slot -> {id, request, handlers, next}
  #last = 0;

  constructor(send) {
    this.#send = send;
  }

  /**
   * Ask for `request` ({what, ...arguments}). With `replace`, one that runs is ended for it; otherwise it
   * comes to its end first, as suits answers that are of use though another is on its way.
   * `onAnswer(answer)` may be called several times, `onProgress(done, total)` while nothing has come.
   */
  ask(
    slot,
    request,
    {onAnswer, onDone = () => {}, onError = () => {}, onProgress = () => {}, replace = false},
  ) {
    const handlers = {onAnswer, onDone, onError, onProgress};
    const running = this.#slots.get(slot);
    if (running && !replace) running.next = {request, handlers};
    else this.#start(slot, request, handlers);
  }

  /** Ask no more for what is in a slot. */
  cancel(slot) {
    if (this.#slots.delete(slot)) this.#send({type: "cancel", slot});
  }

  /** A message of Python's; what was asked before the latest is passed over. */
  receive({slot, id, done, cancelled, error, progress, ...answer}) {
    const running = this.#slots.get(slot);
    if (running?.id !== id) return;
    const {onAnswer, onDone, onError, onProgress} = running.handlers;
    if (progress) return onProgress(...progress);
    if (done || cancelled || error !== undefined) {
      this.#slots.delete(slot);
      if (running.next) this.#start(slot, running.next.request, running.next.handlers);
      if (error !== undefined) onError(error);
      else if (done) onDone();
      return;
    }
    onAnswer(answer);
  }

  #start(slot, request, handlers) {
    const id = ++this.#last;
    this.#slots.set(slot, {id, handlers, next: null});
    this.#send({...request, type: "ask", slot, id});
  }
}
