// Where bookmarks are kept: by Python beside the file, or where it cannot, in the browser.

import {joined, readBookmarks, writeBookmarks} from "./marks.js";

/** @typedef {import("./marks.js").Bookmark} Bookmark */

/**
 * What Python says of the bookmarks.
 * @typedef {object} Answer
 * @property {Bookmark[]} bookmarks
 * @property {string} whyNotChanged
 * @property {boolean} isLasting whether they are there the next time that the stack is opened
 * @property {string} problem why they cannot be read
 */

/**
 * @typedef {object} Place
 * @property {Pick<import("../../browser/frames/asks.js").Asks, "ask"> | null} asks
 * @property {import("../../browser/state/remembered.js").Store | null} store
 * @property {string} entry name in the store
 * @property {import("../../browser/types.js").State} first the first view
 * @property {import("../../browser/state/stack.js").Stack} stack
 */

/**
 * @typedef {object} Handlers
 * @property {(own: Bookmark[], fixed: Bookmark[]) => void} onLoad called with those that can be changed, and with others
 * @property {(text: string) => void} onProblem called with why something is not kept; "" once it is
 */

export class Keeper {
  /** Why those of the file cannot be changed. */
  whyFixed = "";
  #place;
  #handlers;
  /** Whether Python keeps them. */
  #isPythons = false;
  /** What Python has, as far as is known. @type {Bookmark[]} */
  #base = [];
  /** What it is to have. @type {Bookmark[]} */
  #wanted = [];
  #isSaving = false;

  /**
   * @param {Place} place
   * @param {Handlers} handlers
   */
  constructor(place, handlers) {
    this.#place = place;
    this.#handlers = handlers;
  }

  /**
   * Find what was kept.
   * @param {Bookmark[]} given that came with the page
   */
  load(given) {
    const {asks} = this.#place;
    if (!asks) return this.#handlers.onLoad(this.#stored, given);
    asks.ask(
      "bookmarks",
      {what: "bookmarks"},
      {
        onAnswer: (answer) => this.#take(answer),
        onError: (error) => {
          this.#handlers.onProblem(error);
          this.#handlers.onLoad(this.#stored, []);
        },
      },
    );
  }

  /** @param {Answer} answer */
  #take({bookmarks, whyNotChanged, isLasting, problem}) {
    if (this.#isSaving) return; // what is saved is put together with these
    const stored = this.#stored;
    this.whyFixed = whyNotChanged;
    this.#isPythons = !whyNotChanged && (isLasting || !this.#place.store);
    if (problem) this.#handlers.onProblem(problem);
    if (!this.#isPythons) return this.#handlers.onLoad(stored, bookmarks);
    this.#base = bookmarks;
    const all = joined(bookmarks, stored);
    this.#handlers.onLoad(all, []);
    if (all.length > bookmarks.length) this.keep(all); // before, they could not be kept beside the file
  }

  /**
   * Keep these from now on.
   * @param {Bookmark[]} own
   */
  keep(own) {
    this.#wanted = own;
    // Until Python has them, too: the page may be closed, or lose its server.
    const isStored = this.#store(own);
    if (this.#isPythons && !this.#isSaving) this.#save();
    if (!this.#isPythons && !isStored)
      this.#handlers.onProblem("Bookmarks cannot be kept here: they are lost when the page is closed");
  }

  #save() {
    const sent = this.#wanted;
    this.#isSaving = true;
    // In a slot of its own: where they are loaded again, what is to be saved would be passed over.
    this.#place.asks?.ask(
      "change bookmarks",
      {what: "change bookmarks", base: this.#base, bookmarks: sent},
      {
        onAnswer: ({bookmarks}) => this.#saved(sent, bookmarks),
        onError: (error) => {
          this.#isSaving = false;
          this.#handlers.onProblem(`Not saved: ${error}`);
        },
      },
    );
  }

  /**
   * @param {Bookmark[]} sent
   * @param {Bookmark[]} kept what has come of it: others may have changed them, too
   */
  #saved(sent, kept) {
    this.#isSaving = false;
    this.#handlers.onProblem("");
    if (this.#wanted === sent) {
      this.#store([]);
      this.#base = this.#wanted = kept;
      return this.#handlers.onLoad(kept, []);
    }
    this.#base = sent; // from which the present ones were made
    this.#save();
  }

  get #stored() {
    const {store, entry, first, stack} = this.#place;
    try {
      return readBookmarks(store?.getItem(entry) ?? "", first, stack);
    } catch {
      return [];
    }
  }

  /**
   * @param {Bookmark[]} own
   * @returns {boolean} whether the browser keeps them
   */
  #store(own) {
    const {store, entry, first, stack} = this.#place;
    try {
      if (own.length) store?.setItem(entry, writeBookmarks(own, first, stack));
      else store?.removeItem(entry);
      return store !== null;
    } catch {
      return false;
    }
  }
}
