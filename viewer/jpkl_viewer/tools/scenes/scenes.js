// Beside the name of an image file that holds several images: a choice of the one to show.

import {h} from "../../browser/base/dom.js";
import {choice} from "../../browser/page/fields.js";
import {addTool} from "../../browser/tool.js";
import {sceneChoices, sceneUrl} from "./link.js";

/**
 * Other scenes are other stacks: only a page of the viewer's can be loaded again with one.
 * @param {import("../../browser/tool.js").ToolHost} view
 * @returns {import("../../browser/tool.js").Tool | null}
 */
export function scenesTool(view) {
  return view.asks?.isPython && view.ownsUrl ? new ScenesTool(view.asks) : null;
}

addTool(scenesTool);

class ScenesTool {
  name = "scenes";
  beside = h("span", {className: "scenes", hidden: true});

  /** @param {import("../../browser/frames/asks.js").Asks} asks */
  constructor(asks) {
    // Where the file can no longer be read, what is shown is all that there is.
    asks.ask("scenes", {what: "scenes"}, {onAnswer: (found) => this.#show(found), onError: () => {}});
  }

  /** @param {{names: string[], chosen: string | null}} found */
  #show({names, chosen}) {
    if (names.length < 2) return;
    const select = choice("scene", sceneChoices(names, chosen), (scene) => {
      window.location.assign(sceneUrl(window.location.href, scene));
    });
    select.value = chosen ?? "";
    select.title = `one of ${names.length} scenes of this file`;
    this.beside.replaceChildren(select);
    this.beside.hidden = false;
  }
}
