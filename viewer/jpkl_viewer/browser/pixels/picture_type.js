// What kind of picture bytes are, by how they begin.

const JPEG = "image/jpeg";

/** Types of pictures, and what is at which byte. @type {[type: string, at: number, start: number[]][]} */
const STARTS = [
  [JPEG, 0, [0xff, 0xd8, 0xff]],
  ["image/png", 0, [0x89, 0x50, 0x4e, 0x47]],
  ["image/webp", 8, [0x57, 0x45, 0x42, 0x50]],
  ["image/avif", 4, [0x66, 0x74, 0x79, 0x70, 0x61, 0x76, 0x69, 0x66]],
  ["image/jxl", 0, [0xff, 0x0a]],
  ["image/jxl", 4, [0x4a, 0x58, 0x4c, 0x20]],
];

/** A JPEG XL of one pixel. */
const ONE_PIXEL = "/woAEBAJCAQBACwASxiLFcJJQR5ApD8=";

/**
 * The type of a picture; that of a JPEG where it is not known, whose decoder says what is wrong.
 * @param {Uint8Array} bytes
 */
export function pictureType(bytes) {
  return found(bytes) ?? JPEG;
}

/** Whether bytes begin as a picture does. @param {Uint8Array} bytes */
export function isKnown(bytes) {
  return found(bytes) !== undefined;
}

/** @param {Uint8Array} bytes */
function found(bytes) {
  return STARTS.find(([, at, start]) => start.every((byte, i) => bytes[at + i] === byte))?.[0];
}

/** @type {boolean} */
let readsJpegXl = false;

/** Whether this browser decodes JPEG XL: known once `testJpegXl` has looked. */
export function decodesJpegXl() {
  return readsJpegXl;
}

/** Look whether this browser decodes JPEG XL. */
export async function testJpegXl() {
  const bytes = Uint8Array.from(atob(ONE_PIXEL), (character) => character.charCodeAt(0));
  readsJpegXl = await createImageBitmap(new Blob([bytes], {type: "image/jxl"})).then(
    (bitmap) => bitmap.width === 1,
    () => false,
  );
}
