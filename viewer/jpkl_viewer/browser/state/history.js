// Undo and redo of what was done to regions, and to bookmarks.

/** How many steps can be taken back. */
const MOST = 100;

/**
 * States before and after the present one.
 * @template State
 */
export class History {
  /** @type {State[]} */
  #before = [];
  /** @type {State[]} */
  #after = [];
  /** @type {string | null} of the act that goes on */
  #act = null;

  get canUndo() {
    return this.#before.length > 0;
  }

  get canRedo() {
    return this.#after.length > 0;
  }

  /**
   * Keep a state that is about to change.
   * @param {State} state
   * @param {string | null} act of which the change is a part: all of its changes are taken back at once
   */
  keep(state, act = null) {
    if (act !== null && act === this.#act) return;
    this.#act = act;
    this.#before = [...this.#before.slice(1 - MOST), state];
    this.#after = [];
  }

  /** What comes next is another act. */
  end() {
    this.#act = null;
  }

  /**
   * The state before; undefined where there is none.
   * @param {State} now
   */
  undo(now) {
    return this.#step(this.#before, this.#after, now);
  }

  /**
   * The state that was taken back last.
   * @param {State} now
   */
  redo(now) {
    return this.#step(this.#after, this.#before, now);
  }

  /**
   * @param {State[]} from
   * @param {State[]} to
   * @param {State} now
   */
  #step(from, to, now) {
    const state = from.pop();
    if (state !== undefined) to.push(now);
    this.#act = null;
    return state;
  }

  /** Forget everything: what is changed comes from elsewhere. */
  clear() {
    this.#before = [];
    this.#after = [];
    this.#act = null;
  }
}
