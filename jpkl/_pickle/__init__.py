"""Pickles as plain data: the reader, and the writer.

All of JPkl's promise that loading a file runs nothing from it rests on this package, and on nothing else. The
reader interprets opcodes itself and never imports `pickle`; the closed list of names that it understands,
each of them symbolically, is `globals.GLOBALS`. Everything else is an `UnsafePickleError`.
"""

from jpkl._pickle.reader import PickleReader
from jpkl._pickle.resolve import resolve
from jpkl._pickle.writer import dump

__all__ = ["PickleReader", "dump", "resolve"]
