// Whether this browser decodes what a file holds: looked up by pictures of one pixel.

import {decodesJpegXl, testJpegXl} from "../../browser/pixels/picture_type.js";
import {sampleNbytes, whyNotShown} from "../format/codec.js";
import {UnsupportedVersionError} from "../format/errors.js";

/** An AVIF of one pixel. */
const ONE_PIXEL =
  "AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZgAAAOltZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRtAAAA" +
  "AAABAAAAHmlsb2MAAAAARAAAAQABAAAAAQAAAQ0AAAAYAAAAKGlpbmYAAAAAAAEAAAAaaW5mZQIAAAAAAQAAYXYwMUNvbG9yAAAAAGhpcHJwAAAA" +
  "SWlwY28AAAAUaXNwZQAAAAAAAAABAAAAAQAAAA5waXhpAAAAAAEIAAAADGF2MUOBABwAAAAAE2NvbHJuY2x4AAEADQAGgAAAABdpcG1hAAAAAAAA" +
  "AAEAAQQBAoMEAAAAIG1kYXQSAAoHGAAGmAhoNTILGUYhh55oAJBA2aA=";

/** Asks the browser, for codecs that not all of them decode. @type {Record<string, () => Promise<boolean>>} */
const TESTS = {
  avif: async () => {
    const bytes = Uint8Array.from(atob(ONE_PIXEL), (character) => character.charCodeAt(0));
    return createImageBitmap(new Blob([bytes], {type: "image/avif"})).then(
      ({width}) => width === 1,
      () => false,
    );
  },
  jpegxl: async () => {
    await testJpegXl();
    return decodesJpegXl();
  },
};

/**
 * Throws where this browser does not decode a codec, and says what to do.
 * @param {import("../format/codec.js").StoredCodec} codec
 */
export async function checkDecodable({name, dtype}) {
  // What a canvas gives back has 8 bits; PNG is unpacked without it.
  const isDeep = name !== "png" && sampleNbytes(dtype) > 1;
  if (isDeep || (TESTS[name] && !(await TESTS[name]()))) throw new UnsupportedVersionError(whyNotShown(name));
}
