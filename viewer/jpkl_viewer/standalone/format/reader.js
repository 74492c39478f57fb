// A data-only pickle reader: opcodes in, plain data out; as `jpkl/_pickle/reader.py`. Nothing that a file names is
// called, and whatever is odd is an error.

import {FormatError} from "./errors.js";
import {Machine} from "./machine.js";
import {HANDLERS} from "./opcodes.js";

const STOP = 0x2e;
/** Opcodes between two looks at the memory account. */
const BATCH = 4096;
const OPCODE_BYTES = 16;

/**
 * What a pickle holds, with bytes as spans (see `resolve`), and where it ends.
 * @param {import("./bytes.js").ByteSource} source
 * @param {(position: number) => void} [onProgress]
 * @returns {{value: import("./values.js").Value, end: number}}
 */
export function readPickle(source, onProgress) {
  const machine = new Machine(source);
  const {window} = machine;
  let start = 0;
  try {
    for (;;) {
      machine.charge(BATCH * OPCODE_BYTES);
      onProgress?.(window.position);
      for (let i = 0; i < BATCH; i++) {
        start = window.position;
        const code = window.opcode();
        if (code === STOP) return {value: finish(machine), end: window.position};
        HANDLERS[code](machine);
      }
    }
  } catch (error) {
    if (error instanceof FormatError) error.offset ??= start;
    throw error;
  }
}

/** @param {Machine} machine */
function finish(machine) {
  if (machine.marks.length) throw new FormatError("a MARK is left over at the end of the pickle");
  const value = machine.pop();
  if (machine.stack.length)
    throw new FormatError(`${machine.stack.length} objects are left over at the end of the pickle`);
  return value;
}
