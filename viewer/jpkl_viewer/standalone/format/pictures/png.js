// What a PNG says about itself before its first pixel; as `jpkl/_codecs/png.py`.

import {chunksOf} from "../../../local/png.js";
import {hasText, viewOf} from "./bits.js";

/** @typedef {import("../codec.js").PictureHeader} PictureHeader */

const SIGNATURE = "\x89PNG\r\n\x1a\n";
/** Gray and RGB. @type {Record<number, number>} */
const N_COMPONENTS = {0: 1, 2: 3};

/** @param {Uint8Array} data @returns {PictureHeader} */
export function parsePng(data) {
  if (!hasText(data, SIGNATURE)) throw new Error("it does not begin as one");
  const [first] = chunksOf(data);
  if (first?.kind !== "IHDR" || first.end - first.start !== 13) throw new Error("it has no IHDR");
  const view = viewOf(data);
  const at = first.start;
  const color = data[at + 9];
  if (!(color in N_COMPONENTS)) throw new Error(`color type ${color}; frames are gray or RGB`);
  if (data[at + 12]) throw new Error("it is interlaced");
  return {
    width: view.getUint32(at),
    height: view.getUint32(at + 4),
    nBits: data[at + 8],
    nComponents: N_COMPONENTS[color],
  };
}
