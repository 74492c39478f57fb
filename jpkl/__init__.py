"""Keep, scrub and share n-dimensional image stacks: one JPEG per frame, indexed like a NumPy array.

`JPkl` encodes an array, indexes it, saves and loads it; `JPklWriter` streams frames to a file. The file
is a pickled dict of plain data that any Python reads, and loading one runs nothing from it.
"""

from __future__ import annotations

from jpkl._version import __version__

TYPE_CHECKING = False  # which `typing` has, too; but to import that takes longer than all that is done here
if TYPE_CHECKING:
    from typing import Any

    from jpkl._array import JPkl
    from jpkl._codecs.codec import Codec
    from jpkl._codecs.registry import register_codec
    from jpkl._errors import (
        ClosedStackError,
        FormatError,
        FrameChecksumError,
        FrameDecodeError,
        FrameEncodeError,
        FrameError,
        FrameNotWrittenError,
        FrameReadError,
        IncompleteStackError,
        JPklError,
        JPklWarning,
        MetadataError,
        MissingDependencyError,
        TruncatedFileError,
        UnknownCodecError,
        UnsafePickleError,
        UnsupportedVersionError,
    )
    from jpkl._fidelity import Fidelity
    from jpkl._originals.opening import open_anything as open
    from jpkl._to_file import encode
    from jpkl._writer import JPklWriter

__all__ = [
    "ClosedStackError",
    "Codec",
    "Fidelity",
    "FormatError",
    "FrameChecksumError",
    "FrameDecodeError",
    "FrameEncodeError",
    "FrameError",
    "FrameNotWrittenError",
    "FrameReadError",
    "IncompleteStackError",
    "JPkl",
    "JPklError",
    "JPklWarning",
    "JPklWriter",
    "MetadataError",
    "MissingDependencyError",
    "TruncatedFileError",
    "UnknownCodecError",
    "UnsafePickleError",
    "UnsupportedVersionError",
    "__version__",
    "encode",
    "open",
    "register_codec",
]

_PLACES = {
    "JPkl": "jpkl._array.JPkl",
    "JPklWriter": "jpkl._writer.JPklWriter",
    "encode": "jpkl._to_file.encode",
    "open": "jpkl._originals.opening.open_anything",
    "Codec": "jpkl._codecs.codec.Codec",
    "register_codec": "jpkl._codecs.registry.register_codec",
    "Fidelity": "jpkl._fidelity.Fidelity",
}

#: Everything is imported when it is first used: programs that load stacks need neither what encodes nor the
#: readers, and the command line can take Ctrl-C before NumPy is there.
_LATER = {name: _PLACES.get(name, f"jpkl._errors.{name}") for name in __all__ if name != "__version__"}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    from jpkl._later import import_later

    if name == "readers":
        return import_module("jpkl.readers")
    found = globals()[name] = import_later(name, _LATER, __name__)
    return found


def __dir__() -> list[str]:
    return [*__all__, "readers"]
