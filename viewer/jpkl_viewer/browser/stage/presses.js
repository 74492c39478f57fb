// Fingers and buttons that press the picture, and whether one of them clicks. Nothing here touches the page.

/** @typedef {[x: number, y: number]} Place in CSS pixels of the stage */

/** A press that moves further than so many CSS pixels is a drag. */
const CLICK_RADIUS = 4;

export class Presses {
  /** Where each of them is. @type {Map<number, Place>} */
  #places = new Map();
  /** Where the first began. @type {Place} */
  #start = [0, 0];
  /** Whether it may become a click: it is alone, and has not moved. */
  #isClick = false;

  /** @param {number} id of the pointer */
  has(id) {
    return this.#places.has(id);
  }

  /** Where they are, in the order in which they came. */
  get places() {
    return [...this.#places.values()];
  }

  /**
   * @param {number} id
   * @param {Place} place
   * @param {boolean} isPrimary whether it is the first of its kind: of others before it, the end was not heard
   */
  down(id, place, isPrimary) {
    if (isPrimary) this.#places.clear();
    this.#isClick = this.#places.size === 0;
    this.#start = place;
    this.#places.set(id, place);
  }

  /** @param {number} id of one that presses @param {Place} place */
  move(id, place) {
    if (Math.hypot(place[0] - this.#start[0], place[1] - this.#start[1]) > CLICK_RADIUS)
      this.#isClick = false;
    this.#places.set(id, place);
  }

  /**
   * @param {number} id of one that presses
   * @param {Place} place
   * @returns {boolean} whether it was a click
   */
  up(id, place) {
    this.move(id, place);
    this.#places.delete(id);
    return this.#isClick;
  }
}
