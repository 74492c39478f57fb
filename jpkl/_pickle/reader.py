"""A data-only pickle reader: opcodes of protocols 0 to 5 in, plain data out.

It never imports `pickle`, and nothing that a file names is imported or called: see
`globals`. Bytes stay in the file as `Span`s until `resolve` fetches them, and the frames of
an `images` dict are collected in a `FrameTable`, so that neither the size of the file nor the
number of frames costs much memory.

Whatever is odd is an error: a name outside the closed list even where its result is thrown away,
marks or objects left over, an opcode that straddles a FRAME, a container that holds itself.
"""

from __future__ import annotations

from typing import Any

from jpkl._bytes import ByteSource
from jpkl._errors import FormatError
from jpkl._pickle.machine import Machine
from jpkl._pickle.opcodes import HANDLERS

_STOP = b"."[0]
_BATCH = 4096  # opcodes between two looks at the memory account
_OPCODE_BYTES = 16


class PickleReader:
    """Reads one pickle.

    Parameters
    ----------
    source : ByteSource
        What to read, from its first byte.
    salvaging : bool
        Read what a broken file still holds: a FRAME up to the end of a file that ends inside it, and the last
        value of a key that is there twice, instead of refusing them.
    """

    def __init__(self, source: ByteSource, *, salvaging: bool = False) -> None:
        self._machine = Machine(source, salvaging=salvaging)

    @property
    def position(self) -> int:
        """Offset of the next byte to read: the end of the pickle once `run` has returned."""
        return self._machine.window.position

    def run(self) -> Any:
        """Return what the pickle holds, with bytes as spans; see `resolve`.

        Raises
        ------
        FormatError
            If the pickle is malformed, ends too early, names a global that is not plain data, or
            is out of the limits.
        """
        machine, window, handlers = self._machine, self._machine.window, HANDLERS
        start = code = 0
        try:
            while True:
                machine.charge(_BATCH * _OPCODE_BYTES)
                for _ in range(_BATCH):
                    start = window.base + window.at
                    code = window.opcode()
                    if code == _STOP:
                        return self._finish()
                    handlers[code](machine)
        except IndexError:  # a pop or a look at the top of an empty stack
            raise FormatError(
                f"opcode {chr(code)!r} needs more objects than there are", offset=start
            ) from None
        except FormatError as error:
            if error.offset is None:
                error.offset = start
            raise

    def unfinished(self) -> list[Any]:
        """Return the objects on the stack, lowest first: what a cut-off pickle got to."""
        return [item for stack in (*self._machine.marks, self._machine.stack) for item in stack]

    def salvage(self) -> list[Any]:
        """Run as far as the pickle makes sense; return what it holds, or else what is `unfinished`."""
        try:
            return [self.run()]
        except FormatError:
            return self.unfinished()

    def _finish(self) -> Any:
        if self._machine.marks:
            raise FormatError("a MARK is left over at the end of the pickle")
        value = self._machine.stack.pop()
        if self._machine.stack:
            raise FormatError(f"{len(self._machine.stack)} objects are left over at the end of the pickle")
        return value
