// @ts-nocheck
// Moving through a stack: where the user's hand is going, and playing along a dim.

/** Remembers which way and how fast the user scrubs, and tells which indices come next. */
export class Scrub {
  #last = 0;
  dim = null;
  step = 0; // indices per move; 0 where the next move cannot be told

  moved(from, to, size) {
    const dim = to.findIndex((index, d) => index !== from[d]);
    if (dim < 0) return;
    const now = performance.now();
    const delta = to[dim] - from[dim];
    const isJump = Math.abs(delta) > Math.max(3, size / 8);
    // After a pause, or on another dim, the old speed says nothing.
    const isGoingOn = dim === this.dim && now - this.#last < 400 && this.step * delta > 0;
    if (isJump) this.step = 0;
    else this.step = isGoingOn ? Math.round(0.5 * (this.step + delta)) : Math.sign(delta);
    this.dim = dim;
    this.#last = now;
  }

  /** Indices along the dim that are likely next, nearest first. */
  ahead(index, size, n, wraps) {
    if (this.step === 0) return [];
    const steps = Array.from({length: n}, (_, i) => index + this.step * (i + 1));
    const indices = wraps
      ? steps.map((i) => ((i % size) + size) % size)
      : steps.filter((i) => i >= 0 && i < size);
    return [...new Set(indices)].filter((i) => i !== index);
  }
}

/** Plays along a dim by the clock. */
export class Player {
  #request = 0;

  constructor(onTick) {
    this.onTick = onTick;
    this.direction = 1;
  }

  get isPlaying() {
    return this.#request !== 0;
  }

  start(index, size, {fps, mode}) {
    this.stop();
    const start = performance.now();
    const from = mode === "once" && index === size - 1 ? 0 : index;
    const tick = (now) => {
      this.#request = requestAnimationFrame(tick);
      // The clock decides, not the count of ticks: a slow frame is skipped over, and time does not stretch.
      const steps = from + Math.floor((Math.max(0, now - start) / 1000) * fps);
      if (mode === "once" && steps >= size - 1) this.stop();
      this.onTick(this.#fold(steps, size, mode));
    };
    this.#request = requestAnimationFrame(tick);
  }

  stop() {
    cancelAnimationFrame(this.#request);
    this.#request = 0;
  }

  #fold(steps, size, mode) {
    if (mode === "once") return Math.min(steps, size - 1);
    if (mode === "loop") return steps % size;
    const period = Math.max(1, 2 * size - 2);
    const at = steps % period;
    return at < size ? at : period - at;
  }
}
