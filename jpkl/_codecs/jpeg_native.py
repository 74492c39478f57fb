"""The compiled JPEG encoder, where this installation has it: the bytes that Pillow makes, in less time.

It is a shared library without a line about Python, called through ctypes, which releases the GIL.
`hatch_build.py` compiles it when JPkl is installed, if there is a C compiler.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from ctypes import POINTER, byref, c_char_p, c_int32, c_int64, c_size_t, c_ssize_t, c_void_p
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jpkl._codecs.codec import Frame
from jpkl._codecs.elf import check_whole
from jpkl._codecs.jpeg_tables import Tables

LIBRARY_NAME = "jpeg_encoder.dll" if sys.platform == "win32" else "jpeg_encoder.so"
#: A library of another version, left behind by an earlier build, is not used.
_INTERFACE = 2
_NO_MEMORY = 1
#: Blocks that the library transforms together: the last axis of arrays of coefficients.
N_LANES = 16


class _Frame(ctypes.Structure):
    """What the library is told of a frame: ``frame_t``."""

    _fields_ = [
        ("pixels", c_void_p),
        ("row_nbytes", c_ssize_t),
        ("height", c_int32),
        ("width", c_int32),
        ("n_components", c_int32),
        ("steps", c_char_p),
        ("huffman", c_char_p),
        ("compared", c_char_p),
        ("compared_every", c_int32),
        ("is_measured", c_int32),
        ("errors", POINTER(c_int64)),
    ]


@cache
def _library() -> ctypes.CDLL | None:
    path = Path(__file__).with_name("native") / LIBRARY_NAME
    try:
        check_whole(path)
        return _declared(ctypes.CDLL(str(path)))
    except (OSError, AttributeError):  # not built, cut off, for another system, or another library
        return None


def _declared(library: ctypes.CDLL) -> ctypes.CDLL | None:
    """Return a library whose functions know their types; None if it is of another version."""
    if library.jpkl_jpeg_interface() != _INTERFACE:
        return None
    library.jpkl_jpeg_new.restype = c_void_p
    library.jpkl_jpeg_free.argtypes = [c_void_p]
    library.jpkl_jpeg_free.restype = None
    library.jpkl_jpeg_encode.argtypes = [c_void_p, POINTER(_Frame), POINTER(c_void_p), POINTER(c_size_t)]
    library.jpkl_jpeg_coefficients.argtypes = [c_void_p, POINTER(_Frame), c_void_p, c_size_t]
    library.jpkl_jpeg_error.argtypes = [c_void_p, c_size_t, c_size_t, c_char_p]
    library.jpkl_jpeg_error.restype = c_int64
    library.jpkl_jpeg_blank.argtypes = [c_void_p, c_size_t, c_size_t, c_char_p]
    library.jpkl_jpeg_blank.restype = c_size_t
    return library


def has_native() -> bool:
    """Return whether the compiled encoder is there."""
    return _library() is not None


def native_encode(image: Frame, tables: Tables, huffman: bytes | None) -> bytes:
    """Encode a frame as `encode_with` of ``jpeg_encoding.py`` does; only where `has_native`.

    Parameters
    ----------
    image, tables
        As there; at most 65535 pixels a side.
    huffman : bytes, optional
        Huffman tables, as `standard_huffman` returns them. By default they are made for this frame.

    Raises
    ------
    MemoryError
        If the frame is too large.
    """
    image = _with_whole_rows(image)
    return _encoded(_described(image, tables, huffman))


def native_measured(
    image: Frame, tables: Tables, huffman: bytes | None, compared: Tables | None, every: int, *, whole: bool
) -> tuple[bytes, tuple[int, int, int]]:
    """Encode a frame as `native_encode` does, and measure what decoded pixels lose.

    Parameters
    ----------
    image, tables, huffman
        As of `native_encode`.
    compared : Tables, optional
        Other tables, by which one of so many groups of 16 blocks is quantized, too.
    every : int
        How many.
    whole : bool
        Whether to measure all blocks.

    Returns
    -------
    data : bytes
        The frame.
    errors : tuple of int
        Sums of squared errors: of all blocks, if these are measured; of some blocks; of the same blocks by
        the other tables.
    """
    image = _with_whole_rows(image)
    frame, errors = _described(image, tables, huffman), (c_int64 * 3)()
    frame.compared = None if compared is None else bytes(compared[0]) + bytes(compared[1])
    frame.compared_every, frame.is_measured, frame.errors = every, whole, errors
    data = _encoded(frame)
    return data, (errors[0], errors[1], errors[2])


def _encoded(frame: _Frame) -> bytes:
    encoder, found, nbytes = _of_thread.encoder, c_void_p(), c_size_t()
    _check(encoder.library.jpkl_jpeg_encode(encoder.pointer, byref(frame), byref(found), byref(nbytes)))
    return ctypes.string_at(found.value or 0, nbytes.value)


class NativeCoefficients:
    """The coefficients of a frame, and what quantization makes of them; only where `has_native`.

    Parameters
    ----------
    image : ndarray of uint8
        Gray or RGB.
    """

    def __init__(self, image: Frame) -> None:
        image = _with_whole_rows(image)
        height, width = image.shape[:2]
        self.n_components = 1 if image.ndim == 2 else 3
        self.n_blocks = -(-height // 8) * -(-width // 8)
        self._n_groups = -(-self.n_blocks // N_LANES)
        #: Eight times the coefficients, those of lanes without a block 0.
        self._values: NDArray[np.int16] = np.empty((self._n_groups, self.n_components, 64, N_LANES), np.int16)
        encoder, frame = _of_thread.encoder, _described(image, ((1,) * 64,) * 2, None)
        self._library = encoder.library
        values = c_void_p(self._values.ctypes.data)
        _check(self._library.jpkl_jpeg_coefficients(encoder.pointer, byref(frame), values, self._values.size))

    def error(self, component: int, steps: tuple[int, ...]) -> int:
        """Return 64 times the sum of squared errors of a component's samples by a table of steps."""
        start, stride = self._start(component), 64 * self.n_components
        return int(self._library.jpkl_jpeg_error(start, self._n_groups, stride, bytes(steps)))

    def n_blank(self, steps: tuple[int, ...]) -> int:
        """Return how many blocks of luma keep nothing but their mean."""
        stride = 64 * self.n_components
        return int(self._library.jpkl_jpeg_blank(self._start(0), stride, self.n_blocks, bytes(steps)))

    def _start(self, component: int) -> c_void_p:
        return c_void_p(self._values[0, component].ctypes.data)


class _Encoder:
    """Memory of the library for one thread, which it keeps between frames."""

    def __init__(self) -> None:
        library = _library()
        assert library is not None
        self.library = library
        self.pointer = c_void_p(library.jpkl_jpeg_new())
        if self.pointer.value is None:
            raise MemoryError

    def __del__(self) -> None:
        if hasattr(self, "pointer"):
            self.library.jpkl_jpeg_free(self.pointer)


class _OfThread(threading.local):
    @property
    def encoder(self) -> _Encoder:
        if not hasattr(self, "_encoder"):
            self._encoder = _Encoder()
        return self._encoder


_of_thread = _OfThread()


def _with_whole_rows(image: Frame) -> Frame:
    """Return a frame each of whose rows is contiguous: a copy where it has none."""
    is_whole = image.strides[1:] == ((1,) if image.ndim == 2 else (3, 1))
    return image if is_whole and image.dtype == np.uint8 else np.ascontiguousarray(image, np.uint8)


def _described(image: Frame, tables: Tables, huffman: bytes | None) -> _Frame:
    height, width = image.shape[:2]
    steps = bytes(tables[0]) + bytes(tables[1])
    n_components = 1 if image.ndim == 2 else 3
    return _Frame(image.ctypes.data, image.strides[0], height, width, n_components, steps, huffman)


def _check(status: int) -> None:
    if status == _NO_MEMORY:
        raise MemoryError("no memory to encode a frame")
    if status:
        raise ValueError("a frame without pixels, or steps that are not from 1 to 255")
