// Moving through a stack: where the user's hand is going, and playing along a dim.

/** Moves within so many ms belong together: the speed of the hand is taken from them. */
const PAUSE = 400;
/** Moves that go so many indices on or back are steps, behind which likely comes another. */
const MOST_STEP = 3;
/** Moves are supposed to follow each other after so many ms, as those of a held key do, and at least after so many. */
const REPEAT = 33;
const SHORTEST = 4;

/** Remembers which way and how fast the user scrubs, and says which indices come next. */
export class Scrub {
  #last = 0;
  /** Indices of the last move; 0 after a jump. */
  #delta = 0;
  /** Whether `step` is the speed of several moves. */
  #isMoving = false;
  /** The dim that was moved along last. @type {number | null} */
  dim = null;
  /** Indices per move; 0 where the next move cannot be foreseen. */
  step = 0;
  /** From one move to the next, in ms. */
  interval = REPEAT;

  /**
   * Another dim is taken in hand; nothing has moved along it yet.
   * @param {number} dim
   */
  activate(dim) {
    if (dim === this.dim) return;
    this.dim = dim;
    this.step = this.#delta = 0;
    this.#isMoving = false;
  }

  /**
   * The user has moved.
   * @param {number[]} from
   * @param {number[]} to
   * @param {number} size of the dim
   */
  moved(from, to, size) {
    const dim = to.findIndex((index, d) => index !== from[d]);
    if (dim < 0) return;
    const now = performance.now();
    const delta = to[dim] - from[dim];
    const took = now - this.#last;
    const isJump = Math.abs(delta) > Math.max(MOST_STEP, size / 8);
    // After a pause, or on another dim, the old speed says nothing, and the first move is no speed yet: it may go
    // to a place. Nor do two clicks say one, which go as far as they happen to.
    const before = this.#isMoving ? this.step : this.#delta;
    const isGoingOn = dim === this.dim && took < PAUSE && isLike(before, delta);
    this.interval = isGoingOn
      ? Math.max(SHORTEST, this.#isMoving ? 0.5 * (this.interval + took) : took)
      : REPEAT;
    this.#isMoving = isGoingOn && !isJump;
    if (this.#isMoving) this.step = Math.round(0.5 * (before + delta));
    else this.step = Math.abs(delta) > MOST_STEP ? 0 : Math.sign(delta);
    this.#delta = isJump ? 0 : delta;
    this.dim = dim;
    this.#last = now;
  }

  /**
   * Indices along the dim that are likely next, nearest first.
   * @param {number} index
   * @param {number} size of the dim
   * @param {number} n how many at most
   * @param {boolean} wraps whether the first index follows the last
   */
  ahead(index, size, n, wraps) {
    if (this.step === 0) return [];
    const steps = Array.from({length: n}, (_, i) => index + this.step * (i + 1));
    const indices = wraps
      ? steps.map((i) => ((i % size) + size) % size)
      : steps.filter((i) => i >= 0 && i < size);
    return [...new Set(indices)].filter((i) => i !== index);
  }
}

/**
 * Whether one move goes on as the last one: the same way, and about as far.
 * @param {number} before indices
 * @param {number} now
 */
function isLike(before, now) {
  const [a, b] = [Math.abs(before), Math.abs(now)];
  return before * now > 0 && Math.abs(a - b) <= Math.max(MOST_STEP, Math.min(a, b));
}

/**
 * The index that is reached after so many steps from 0.
 * @param {number} steps
 * @param {number} size of the dim
 * @param {string} mode
 */
export function fold(steps, size, mode) {
  if (mode === "once") return Math.min(steps, size - 1);
  if (mode === "loop") return steps % size;
  const period = Math.max(1, 2 * size - 2);
  const at = steps % period;
  return at < size ? at : period - at;
}

/** Plays along a dim by the clock. */
export class Player {
  #request = 0;
  /** Whether it is on its way back. */
  #isBack = false;

  /** @param {(index: number) => void} onTick */
  constructor(onTick) {
    this.onTick = onTick;
  }

  get isPlaying() {
    return this.#request !== 0;
  }

  /**
   * Play, or go on in another way: what was on its way back still is.
   * @param {number} index to start from
   * @param {number} size of the dim
   * @param {{fps: number, mode: string}} playback
   */
  start(index, size, {fps, mode}) {
    const isBack = mode === "back and forth" && this.isPlaying && this.#isBack;
    this.stop();
    this.#isBack = isBack;
    const start = performance.now();
    const period = Math.max(1, 2 * size - 2);
    const first = mode === "once" && index === size - 1 ? 0 : index;
    const from = isBack ? period - index : first;
    /** @param {number} now */
    const tick = (now) => {
      this.#request = requestAnimationFrame(tick);
      // The clock decides, not the count of ticks: a slow frame is skipped over, and time does not stretch.
      const steps = from + Math.floor((Math.max(0, now - start) / 1000) * fps);
      this.#isBack = mode === "back and forth" && steps % period >= size;
      if (mode === "once" && steps >= size - 1) this.stop();
      this.onTick(fold(steps, size, mode));
    };
    this.#request = requestAnimationFrame(tick);
  }

  stop() {
    cancelAnimationFrame(this.#request);
    this.#request = 0;
  }
}

/** Frames per second are those of the last so many ms. */
const RATE_WINDOW = 1500;

/** How many frames per second come to the screen. */
export class RateMeter {
  /** @type {number[]} */
  #times = [];

  /** A frame has come; returns the rate, null while there is none. */
  count(now = performance.now()) {
    this.#times.push(now);
    while (this.#times[0] < now - RATE_WINDOW) this.#times.shift();
    const n = this.#times.length - 1;
    return n > 1 ? (1000 * n) / (now - this.#times[0]) : null;
  }

  reset() {
    this.#times = [];
  }
}
