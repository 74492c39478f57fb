// Stacks that are compared as a picture; `comparison.py` in Python.

import {roundHalfEven} from "../../local/rounding.js";
import {
  DIVERGING,
  canSubtract,
  comparedLayers,
  comparedValues,
  differenceColors,
  differencesOf,
  isSameKind,
  limitTexts,
} from "../compare/difference.js";
import {stateFor} from "../compare/follow.js";
import {drawCaption, markLine} from "./marks.js";
import {gapFor, takenBy} from "./panes.js";
import {cornerOf, placeBeside, placeOf, topsOf} from "./place.js";
import {StillRenderer, colorsOf, paintedOf, stage} from "./still.js";

/** @typedef {import("../../browser/types.js").State} State */
/** @typedef {import("../../local/types.js").LocalStack} LocalStack */
/** @typedef {import("../../local/task.js").Task} Task */
/** @typedef {import("./panes.js").Renderer} Renderer */

/**
 * Several stacks: side by side, under a curtain, or as their difference. What blinks is side by side.
 * @implements {Renderer}
 */
export class CompareRenderer {
  /**
   * @param {LocalStack} local
   * @param {import("./still.js").StillOptions} options
   * @param {State} state
   * @param {import("../compare/settings.js").CompareSettings} comparison
   */
  constructor(local, options, state, comparison) {
    const {mode, other} = comparison;
    this.comparison = comparison;
    this.isOver = mode === "curtain" || mode === "difference";
    const {stack} = local;
    const others = mode === "side by side" ? local.others : [local.others[other]];
    if (mode === "difference") checkDifference(stack, others[0].stack);
    const isWhole = !options.region && !this.isOver;
    // A part is one of all that is compared, as the screen shows it: any of them may be smaller, or not in it.
    this.isPart = !isWhole && !this.isOver;
    const extent =
      this.isPart || mode === "curtain" ? extentOf([stack, ...others.map((each) => each.stack)]) : stack;
    const whole = placeOf(stack, options, options.turned === false ? null : state, extent);
    const still = new StillRenderer(local, options, state, whole);
    this.still = still;
    const bare = {
      ...options,
      scale_bar: false,
      stamp: false,
      colorbar: false,
      axes: false,
      regions: false,
      labels: false,
    };
    this.sides = others.map((each) => {
      const place = placeBeside(still.place, each.stack, isWhole);
      return new StillRenderer(each, bare, still.state, place);
    });
    // The first stack without what lies over it, which may be smaller than the picture.
    this.bare = new StillRenderer(local, bare, state, placeBeside(whole, stack, false));
    this.gap = gapFor(still.frameSize);
    const places = this.sides.map(({place}) => (this.isPart ? still.place : place));
    const sizes = [still.size, ...places];
    this.tops = topsOf([still.place, ...places]);
    const width = sizes.reduce((sum, size) => sum + size.width + this.gap, -this.gap);
    const height = Math.max(...sizes.map((size, i) => this.tops[i] + size.height));
    this.size = this.isOver ? still.size : {width, height};
  }

  /** The state of the view, for another stack. @param {State} state @param {StillRenderer} side */
  #stateOf(state, side) {
    const {stack} = side.local;
    return stateFor(
      state,
      this.still.local.stack,
      stack,
      stack.sizes.map(() => 0),
      this.comparison.contrast,
    );
  }

  /** @param {State} state @param {Task} task */
  picture(state, task) {
    const {mode} = this.comparison;
    if (mode === "difference") return this.#difference(state, task);
    return mode === "curtain" ? this.#curtain(state, task) : this.#beside(state, task);
  }

  /** @param {State} state @param {Task} task */
  async #beside(state, task) {
    const out = stage(this.size);
    let left = 0;
    const panes = [this.still, ...this.sides].map((each, i) => ({each, top: this.tops[i]}));
    if (this.comparison.swapped) [panes[0], panes[1]] = [panes[1], panes[0]];
    for (const {each, top} of panes) {
      const isOwn = each === this.still;
      const pane = await (isOwn ? this.#own(state, task) : this.#other(state, each, task));
      this.#caption(pane, each.local.stack.title, isOwn ? {taken: takenBy(each)} : {});
      const {canvas} = each.framed(pane);
      out.drawImage(canvas, left, top);
      left += canvas.width + this.gap;
    }
    return out;
  }

  /**
   * The first stack beside others, with what lies over it.
   * @param {State} state
   * @param {Task} task
   */
  async #own(state, task) {
    if (!this.isPart) return this.still.frame(state, task);
    const {picture, layers} = await this.#beneath(state, task);
    this.still.mark(picture, state, layers);
    return picture;
  }

  /** Another one. @param {State} state @param {StillRenderer} side @param {Task} task */
  #other(state, side, task) {
    return this.isPart ? this.#over(state, side, task) : side.frame(this.#stateOf(state, side), task);
  }

  /**
   * The first stack where it is seen, without what lies over it, and its layers.
   * @param {State} state
   * @param {Task} task
   */
  async #beneath(state, task) {
    const {bare, still} = this;
    const layers = await bare.layers(state, task);
    const {columns, rows} = bare.place;
    const picture = stage(still.frameSize);
    const colored = bare.enlarge(colorsOf(layers, bare.local, columns * rows), state);
    picture.drawImage(colored.canvas, ...cornerOf(still.place, bare.place));
    return {picture, layers};
  }

  /** Another stack where it is seen. @param {State} state @param {StillRenderer} side @param {Task} task */
  async #over(state, side, task) {
    const its = await side.frame(this.#stateOf(state, side), task);
    const picture = stage(this.still.frameSize);
    picture.drawImage(its.canvas, ...cornerOf(this.still.place, side.place));
    return picture;
  }

  /** @param {State} state @param {Task} task */
  async #curtain(state, task) {
    const [side] = this.sides;
    const {still} = this;
    const {picture: out, layers} = await this.#beneath(state, task);
    const over = await this.#over(state, side, task);
    const at = this.comparison.at * out.canvas.width;
    const {swapped} = this.comparison;
    const cut = roundHalfEven(at);
    const first = swapped ? 0 : cut;
    const width = (swapped ? cut : out.canvas.width) - first;
    const {height} = over.canvas;
    if (width > 0) out.drawImage(over.canvas, first, 0, width, height, first, 0, width, height);
    markLine(out, at, "x");
    still.mark(out, state, layers);
    const titles = this.#titles;
    const taken = takenBy(this.still);
    this.#caption(out, titles[0], {taken});
    this.#caption(out, titles[1], {isRight: true, isTop: true, taken});
    return this.still.framed(out);
  }

  /** @type {typeof drawCaption} */
  #caption(...of) {
    if (this.still.state.names) drawCaption(...of);
  }

  /** Of the two that are over each other, in their order. */
  get #titles() {
    const titles = [this.still.local.stack.title, this.sides[0].local.stack.title];
    return this.comparison.swapped ? titles.reverse() : titles;
  }

  /** @param {State} state @param {Task} task */
  async #difference(state, task) {
    const [side] = this.sides;
    const its = this.#stateOf(state, side);
    const [mine, other] = [await this.still.layers(state, task), await side.layers(its, task)];
    const {columns, rows} = this.still.place;
    const {stack} = this.still.local;
    const {gain, channel, swapped} = this.comparison;
    const stacks = [stack, side.local.stack];
    const read = [mine, other];
    const [shown, itsShown] = read.map((layers) => layers.map((layer) => layer.channel));
    const compared = comparedLayers(shown, itsShown, stack.color, channel);
    const isKnown = compared !== null && isSameKind(stacks[0], stacks[1]);
    const scales = [state, its].map((of, i) =>
      isKnown ? stacks[i].scale(read[i][compared[i]].position, stacks[i].projectionOf(of)) : null,
    );
    const painted = [paintedOf(mine, this.still.local), paintedOf(other, side.local)];
    const values = comparedValues(painted, compared, stack.color, columns * rows);
    const [from, to] = swapped ? scales.reverse() : scales;
    const differences = differencesOf(from, to, gain);
    const colors = differenceColors(swapped ? values.reverse() : values, differences);
    const out = this.still.finish(colors, state, [], null, scaleOf(differences));
    this.#caption(out, this.#titles.join(" - "), {taken: takenBy(this.still)});
    return this.still.framed(out);
  }
}

/**
 * What the colors of a difference stand for.
 * @param {import("../compare/difference.js").Differences} differences
 * @returns {import("../../browser/stage/overlays.js").ColorScale}
 */
function scaleOf(differences) {
  const [high, low] = limitTexts(differences);
  return {name: "", palette: DIVERGING, limits: [low, high], middle: "0"};
}

/**
 * What frames take that are over each other.
 * @param {{width: number, height: number}[]} frames
 */
function extentOf(frames) {
  const [widths, heights] = [frames.map(({width}) => width), frames.map(({height}) => height)];
  return {width: Math.max(...widths), height: Math.max(...heights)};
}

/**
 * @param {import("../../browser/state/stack.js").Stack} stack
 * @param {import("../../browser/state/stack.js").Stack} other
 */
function checkDifference(stack, other) {
  if (canSubtract(stack, other)) return;
  throw new Error(
    `frames of ${stack.height} x ${stack.width} and ${other.height} x ${other.width} pixels, or of gray and color, ` +
      "cannot be subtracted: compare them side by side",
  );
}
