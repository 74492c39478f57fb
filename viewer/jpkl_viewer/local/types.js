// Types of what is computed without Python.

/**
 * Pixels, one byte a sample.
 * @typedef {{data: Uint8Array<ArrayBuffer>, width: number, height: number, samples: number}} Pixels
 */

/**
 * Decodes the bytes of a frame at 1 / `scale` of its size, of which sides are rounded up.
 * @typedef {(bytes: Uint8Array<ArrayBuffer>, size: FrameSize, scale: number) => Promise<Pixels>} Decode
 */

/** @typedef {{width: number, height: number, color: boolean}} FrameSize */

/**
 * A stack that a viewer shows, or compares with the one that it shows (`ViewedStack` in Python).
 * @typedef {object} LocalStack
 * @property {import("../browser/stack.js").Stack} stack
 * @property {import("./frames.js").Frames} frames
 * @property {LocalStack[]} others the stacks that it is compared with
 * @property {Record<string, Uint8Array>} colormaps 256 times red, green, blue
 */

/**
 * Answers a question about a stack: yields messages for the tool that has asked.
 * @typedef {(stack: LocalStack, message: any, task: import("./task.js").Task) =>
 *   AsyncGenerator<Record<string, unknown>, void, void>} Answer
 */

export {};
