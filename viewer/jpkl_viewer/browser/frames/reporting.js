// When Python and the link hear of a changed state: not more often than they can follow.

/** While the user scrubs, one report follows the other after at least so many ms. */
const SCRUB_INTERVAL = 100;
/** The first report of a scrub leaves the way to the frame that is asked for. */
const SCRUB_DELAY = 25;
/** Other changes are reported when there were none for so many ms. */
const REST = 300;

/** Reports the latest state at most once at a time: the next report waits until the last one is acknowledged. */
export class Reporter {
  /** @type {ReturnType<typeof setTimeout> | null} */
  #timer = null;
  #reported = 0;
  #isAwaited = false;
  /** Whether the state has changed since, and a report waits for the acknowledgment. */
  #isDue = false;
  #report;

  /** @param {() => boolean} report reports the state as it is; returns whether an acknowledgment will come */
  constructor(report) {
    this.#report = report;
  }

  /** The state has changed; `isScrub` where it goes on changing and others follow it live. */
  soon(isScrub = false) {
    if (this.#timer !== null) return;
    const wait = isScrub ? Math.max(SCRUB_DELAY, this.#reported + SCRUB_INTERVAL - performance.now()) : REST;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#isAwaited) this.#isDue = true;
      else this.#reportNow();
    }, wait);
  }

  /** Python has taken what was reported. */
  acknowledge() {
    this.#isAwaited = false;
    if (this.#isDue) this.soon(true);
  }

  /** Report anew: what was reported may be lost, and is not waited for. */
  restart() {
    this.#isAwaited = false;
    this.soon();
  }

  /** Have a report that is on its way followed by another; returns whether one is. */
  repeat() {
    this.#isDue ||= this.#isAwaited;
    return this.#isAwaited;
  }

  #reportNow() {
    this.#isDue = false;
    this.#reported = performance.now();
    this.#isAwaited = this.#report();
  }
}

/**
 * What Python does not know yet of the settings. It is told that alone: the rest may have changed there, and be
 * on its way.
 */
export class Unreported {
  /** @type {Partial<import("../types.js").Settings>} */
  #known;
  /** The same without the report that is on its way. @type {Partial<import("../types.js").Settings>} */
  #taken;

  /** @param {import("../types.js").Settings} settings that came from Python */
  constructor(settings) {
    this.#known = this.#taken = settings;
  }

  /** Python has taken the last report. */
  acknowledge() {
    this.#taken = this.#known;
  }

  /** The last report may be lost. */
  revert() {
    this.#known = this.#taken;
  }

  /**
   * Take what has changed, for a report; null where nothing has.
   * @param {import("../types.js").Settings} settings as they are
   */
  take(settings) {
    const changed = Object.entries(settings).filter(([name, value]) => {
      const known = this.#known[/** @type {keyof typeof settings} */ (name)];
      return JSON.stringify(value) !== JSON.stringify(known);
    });
    if (changed.length === 0) return null;
    this.#known = settings;
    return Object.fromEntries(changed);
  }

  /**
   * Python has sent settings. A report that has crossed with them is taken after they were sent: they are to be
   * reported anew.
   * @param {Partial<import("../types.js").Settings>} settings
   * @param {boolean} hasCrossed
   */
  receive(settings, hasCrossed) {
    this.#taken = {...this.#taken, ...settings};
    const known = {...this.#known, ...settings};
    if (hasCrossed) for (const name of Object.keys(settings)) delete known[/** @type {keyof known} */ (name)];
    this.#known = known;
  }
}
