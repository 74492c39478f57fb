// The controls of the state but for the contrast: what they change of it, and how they show it.

import {withEnd} from "./band.js";
import {dimRow, playbackControls} from "./dims.js";
import {h} from "../base/dom.js";
import {isComposite} from "../state/resolve.js";

/** @typedef {import("../types.js").State} State */

/**
 * What the controls change: the viewer.
 * @typedef {object} Changeable
 * @property {(dim: number, index: number) => void} move
 * @property {(dim: number) => void} togglePlay
 * @property {(dim: number) => void} activate
 * @property {(values: Partial<State>) => void} change
 * @property {(values: Partial<import("../types.js").Playback>) => void} changePlayback
 */

export class Controls {
  #stack;
  /** As of the last update. @type {State | null} */
  #state = null;
  /** The dim whose row has the playback. @type {number | null} */
  #played = null;

  /**
   * @param {Changeable} view
   * @param {import("../state/stack.js").Stack} stack
   */
  constructor(view, stack) {
    this.#stack = stack;
    this.rows = stack.dims.map((dim, d) =>
      dimRow(dim, () => (d === stack.channelDim ? stack.channels.map(({name}) => name) : (dim.texts ?? [])), {
        onMove: (index) => view.move(d, index),
        onPlay: () => view.togglePlay(d),
        onUse: () => view.activate(d),
        onEnd: (end, index) => {
          const {projection = null, position = []} = this.#state ?? {};
          if (projection) view.change({projection: withEnd(projection, end, index, position[d])});
        },
      }),
    );
    this.playback = playbackControls({onChange: (values) => view.changePlayback(values)});
    const scrubbed = this.rows.filter((_, d) => stack.sizes[d] > 1).map((row) => row.element);
    this.dims = h("div", {className: "dims"}, ...scrubbed);
  }

  /**
   * @param {State} state
   * @param {{isPlaying: boolean, active: number}} motion whether it plays, and the dim that keys move along
   */
  updatePosition(state, {isPlaying, active}) {
    const stack = this.#stack;
    const projection = stack.projectionOf(state);
    this.#state = state;
    this.rows.forEach((row, d) => {
      const isProjected = projection?.dim === d;
      row.element.classList.toggle("projected", isProjected && state.projection?.around === undefined);
      row.update(state.position[d], {
        isPlaying: isPlaying && d === state.playback.dim,
        isActive: d === active,
        label: stack.label(d, state.position[d]),
        projected: isProjected ? {first: projection.start, last: projection.stop - 1} : null,
      });
    });
    this.#placePlayback(state.playback.dim);
    if (!isPlaying) this.playback.update(state.playback, null);
  }

  /**
   * Only the dim that is played, or was played last, says how.
   * @param {number} dim
   */
  #placePlayback(dim) {
    if (dim === this.#played) return;
    this.#played = dim;
    this.rows[dim]?.element.append(this.playback.element);
  }

  /**
   * Show which frames are at hand along each dim.
   * @param {number[]} position
   * @param {(position: number[]) => boolean} isReady
   */
  shade(position, isReady) {
    this.rows.forEach((row, d) => row.shade((index) => isReady(this.#stack.at(position, d, index))));
  }

  /**
   * Show what is neither position nor channels.
   * @param {State} state
   */
  update(state) {
    const {channelDim, sizes} = this.#stack;
    if (channelDim !== null) this.rows[channelDim].element.hidden = isComposite(state, this.#stack);
    this.dims.hidden = !this.rows.some(({element}, d) => sizes[d] > 1 && !element.hidden);
  }
}
