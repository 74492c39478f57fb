// What a picture asks for frames that the browser reads itself.

import {Pull} from "../../browser/providers.js";

/** Requests at a time: what lies ahead comes while what is visible is on its way. */
const LANES = 4;

const NEEDS_PYTHON = "this view is computed by Python: open the stack with jpkl view";

/**
 * The frames of a source, as the provider of a picture: what is visible first and only the latest of it, then what
 * likely comes next; kept up to a number of bytes.
 */
export class SourceFrames extends Pull {
  /** @param {import("../../browser/types.js").FrameSource} source */
  constructor(source) {
    super(({keys}) => keys.forEach((key) => void this.#read(source, key)), LANES);
  }

  /**
   * @param {import("../../browser/types.js").FrameSource} source
   * @param {import("../../browser/types.js").FrameKey} key
   */
  async #read(source, key) {
    try {
      if (typeof key !== "number") throw new Error(NEEDS_PYTHON);
      this.receive({key, data: await source.read(key)});
    } catch (error) {
      this.receive({key, error: error instanceof Error ? error.message : String(error)});
    }
  }
}
