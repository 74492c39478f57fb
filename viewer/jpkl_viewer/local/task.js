// How long work reports its progress, and notices that its result is no longer wanted; `frames/task.py` in Python.

/** Thrown where a result is no longer wanted. */
export class Cancelled extends Error {}

/** Progress is said at most once in so many ms. */
const REPORT_INTERVAL = 250;

/** Work on one question. */
export class Task {
  #last = performance.now();
  #onProgress;

  /**
   * @param {AbortSignal} signal aborted once the result is no longer wanted
   * @param {(done: number, total: number) => void} onProgress
   */
  constructor(signal, onProgress = () => {}) {
    this.signal = signal;
    this.#onProgress = onProgress;
  }

  /** Throws where the result is no longer wanted. */
  check() {
    if (this.signal.aborted) throw new Cancelled();
  }

  /**
   * Say how far the work is; throws as `check`.
   * @param {number} done frames
   * @param {number} total
   */
  report(done, total) {
    this.check();
    const now = performance.now();
    if (now - this.#last < REPORT_INTERVAL) return;
    this.#last = now;
    this.#onProgress(done, total);
  }
}
