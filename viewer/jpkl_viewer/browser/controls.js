// The controls of the state but for the contrast: what they change of it, and how they show it.

import {channelList} from "./channels.js";
import {colormapPicker} from "./colormap.js";
import {dimRow, playbackRow} from "./dims.js";
import {group} from "./dom.js";

/** @typedef {import("./types.js").ChannelDisplay} ChannelDisplay */
/** @typedef {import("./types.js").State} State */

/**
 * What the controls change: the viewer.
 * @typedef {object} Changeable
 * @property {(dim: number, index: number) => void} move
 * @property {(dim: number) => void} togglePlay
 * @property {(values: Partial<State>) => void} change
 * @property {(values: Partial<import("./types.js").Playback>) => void} changePlayback
 * @property {(channel: number, values: Partial<ChannelDisplay>) => void} changeChannel
 * @property {(channel: number) => void} select
 */

export class Controls {
  #stack;
  #colormaps;

  /**
   * @param {Changeable} view
   * @param {import("./stack.js").Stack} stack
   * @param {Record<string, Uint8Array>} colormaps
   */
  constructor(view, stack, colormaps) {
    this.#stack = stack;
    this.#colormaps = colormaps;
    this.rows = stack.dims.map((dim, d) =>
      dimRow(dim, {onMove: (index) => view.move(d, index), onPlay: () => view.togglePlay(d)}),
    );
    this.playback = playbackRow({onChange: (values) => view.changePlayback(values)});
    this.colormap = colormapPicker(Object.keys(colormaps), {onPick: (colormap) => view.change({colormap})});
    this.colormapGroup = group("Colormap", this.colormap.element);
    this.channels = channelList(stack.channels, {
      onComposite: (composite) => view.change({composite}),
      onVisible: (i, visible) => view.changeChannel(i, {visible}),
      onColor: (i, color) => view.changeChannel(i, {color}),
      onSelect: (i) => view.select(i),
    });
  }

  /** Rows of the dims that have something to scrub. */
  get scrubbed() {
    return this.rows.filter((_, d) => this.#stack.sizes[d] > 1).map((row) => row.element);
  }

  /**
   * @param {State} state
   * @param {boolean} isPlaying
   */
  updatePosition(state, isPlaying) {
    const stack = this.#stack;
    const projected = stack.projectionOf(state)?.dim;
    this.rows.forEach((row, d) => {
      row.element.classList.toggle("projected", projected === d);
      row.update(state.position[d], {
        isPlaying: isPlaying && d === state.playback.dim,
        label: stack.label(d, state.position[d]),
      });
    });
    if (!isPlaying) this.playback.update(state.playback, null);
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
   * Show all but position and contrast.
   * @param {State} state
   * @param {number} selected
   */
  update(state, selected) {
    const {channelDim, canCompose} = this.#stack;
    const {composite, channels} = state;
    if (channelDim !== null) this.rows[channelDim].element.hidden = composite && canCompose;
    if (canCompose) {
      this.channels.update({composite, displays: channels, selected});
      this.colormapGroup.hidden = composite;
    }
    this.colormap.update(state.colormap, this.#colormaps[state.colormap]);
  }
}
