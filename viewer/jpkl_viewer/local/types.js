// Types of what is computed without Python.

/**
 * Pixels, one byte a sample.
 * @typedef {{data: Uint8Array<ArrayBuffer>, width: number, height: number, samples: number}} Pixels
 */

/**
 * Decodes the bytes of the frame of a number at 1 / `scale` of its size, of which sides are rounded up.
 * @typedef {(bytes: Uint8Array<ArrayBuffer>, size: FrameSize, scale: number, number: number) => Promise<Pixels>} Decode
 */

/**
 * Values that are reckoned with.
 * @typedef {Uint8Array<ArrayBuffer> | Int8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Int16Array<ArrayBuffer> |
 *   Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>} Numbers
 */

/** A stack, and the dtype of values that are kept exactly and that no browser decodes. @typedef {{
 *   description: import("../browser/types.js").Description, dtype: string | null}} Opened */

/** @typedef {{width: number, height: number, color: boolean}} FrameSize */

/**
 * Puts a part of a projection together elsewhere: resolves to what an accumulator has of it.
 * @typedef {(part: import("../tools/projection/project.js").ProjectionPart, signal: AbortSignal) =>
 *   Promise<Sums[]>} Helper
 */

/** @typedef {Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>} Sums */

/**
 * A stack that a viewer shows, or compares with the one that it shows (`ViewedStack` in Python).
 * @typedef {object} LocalStack
 * @property {import("../browser/state/stack.js").Stack} stack
 * @property {import("./frames.js").Frames} frames as they are shown
 * @property {import("./frames.js").Frames} [measured] with the values that are kept exactly, where there are others
 * @property {(number: number, x: number, y: number, signal: AbortSignal) => Promise<string[]>} [exact] such values of a
 *   pixel, as text
 * @property {(name: string, number: number, signal: AbortSignal) => Promise<Uint8Array<ArrayBuffer>>} [readLabels] a
 *   frame of a label image, by its number in that, where the description does not have it
 * @property {LocalStack[]} others the stacks that it is compared with
 * @property {Record<string, Uint8Array>} colormaps 256 times red, green, blue
 */

/**
 * Answers a question about a stack: yields messages for the tool that has asked.
 * @typedef {(stack: LocalStack, message: any, task: import("./task.js").Task) =>
 *   AsyncGenerator<Record<string, unknown>, void, void>} Answer
 */

export {};
