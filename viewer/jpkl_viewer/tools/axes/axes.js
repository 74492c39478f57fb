// A question over the picture: whether an image file that does not say its axes was read as it is meant.

import {h} from "../../browser/base/dom.js";
import {addTool} from "../../browser/tool.js";
import {axesUrl, question, readAs} from "./question.js";

/**
 * Other axes are another stack: only a page of the viewer's can be loaded again with them.
 * @param {import("../../browser/tool.js").ToolHost} view
 * @returns {import("../../browser/tool.js").Tool | null}
 */
export function axesTool(view) {
  return view.asks?.isPython && view.ownsUrl ? new AxesTool(view, view.asks) : null;
}

addTool(axesTool);

class AxesTool {
  name = "axes";
  overlay = h("div", {className: "axes-question", role: "group", "aria-label": "axes", hidden: true});

  /**
   * @param {import("../../browser/tool.js").ToolHost} view
   * @param {import("../../browser/frames/asks.js").Asks} asks
   */
  constructor(view, asks) {
    this.view = view;
    if (this.#isKept) return;
    // Where the file can no longer be read, there is nothing to ask.
    asks.ask("axes", {what: "axes"}, {onAnswer: ({likely}) => this.#ask(likely), onError: () => {}});
  }

  /** Whether it was answered before: it is in the link. */
  get #isKept() {
    return this.view.state.tools.axes?.kept === true;
  }

  /** @param {string | null} likely */
  #ask(likely) {
    if (!likely || this.#isKept) return;
    const {stack} = this.view;
    const yes = h("button", {className: "primary"}, "Yes");
    yes.onclick = () => window.location.assign(axesUrl(window.location.href, likely));
    const no = h("button", {className: "text"}, "No, keep");
    no.onclick = () => {
      this.overlay.hidden = true;
      this.view.setTool("axes", {kept: true});
    };
    const text = `${readAs(stack)} ${question(likely, stack.sizes.length)}`;
    this.overlay.replaceChildren(h("span", {role: "status"}, text), yes, no);
    this.overlay.hidden = false;
  }
}
