"""JPEG through Pillow: for tables that simplejpeg does not take, and where it has no wheel."""

from __future__ import annotations

import io
import os
import tempfile
import threading

import numpy as np
from PIL import Image

from jpkl._codecs.codec import Frame
from jpkl._codecs.jpeg_header import END_OF_IMAGE, is_complete, parse_jpeg_header
from jpkl._codecs.jpeg_tables import Tables
from jpkl._errors import FrameDecodeError

#: A thread's file for encoded frames keeps this much memory between frames.
_KEPT_NBYTES = 1 << 24


def pillow_encode(image: Frame, tables: Tables, *, optimize: bool) -> bytes:
    """Encode a frame as `encode_with` of ``jpeg_encoding.py``, which says what the parameters are."""
    picture = Image.fromarray(np.ascontiguousarray(image))
    steps = [list(table) for table in tables[: 1 if image.ndim == 2 else 2]]
    if optimize:
        try:
            return _saved(picture, steps, optimize=True)
        except OSError:
            pass  # RGB noise of the best quality takes more bytes than Pillow expects where it optimizes
    return _saved(picture, steps, optimize=False)


def _saved(picture: Image.Image, steps: list[list[int]], *, optimize: bool) -> bytes:
    if _scratch.file is not None:
        data = _saved_to_file(picture, _scratch.file, steps, optimize=optimize)
        if data.endswith(END_OF_IMAGE):
            return data
        # The disk may be full: Pillow does not look how much of a frame was written.
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", qtables=steps, optimize=optimize, subsampling="4:4:4")
    return buffer.getvalue()


def _saved_to_file(
    picture: Image.Image, scratch: io.FileIO, steps: list[list[int]], *, optimize: bool
) -> bytes:
    """Encode into a file: Pillow releases the GIL for these, and not for what is like a file."""
    scratch.seek(0)
    picture.save(scratch, "JPEG", qtables=steps, optimize=optimize, subsampling="4:4:4")
    nbytes = scratch.tell()
    scratch.seek(0)
    data = scratch.read(nbytes)
    if nbytes > _KEPT_NBYTES:
        scratch.truncate(0)
    return data


class _Scratch(threading.local):
    """A file for each thread, closed when the thread has ended: in memory where the system has such."""

    def __init__(self) -> None:
        self.file: io.FileIO | None = None
        try:
            if hasattr(os, "memfd_create"):
                self.file = _ClosedInSilence(os.memfd_create("jpkl"), "r+")
            else:
                with tempfile.TemporaryFile(
                    prefix="jpkl-"
                ) as temporary:  # Windows removes it with its last handle
                    self.file = _ClosedInSilence(os.dup(temporary.fileno()), "r+")
        except OSError:
            pass  # Pillow then encodes into memory, which keeps other threads waiting


class _ClosedInSilence(io.FileIO):
    """A file that is meant to be closed by the garbage collector, without the warning of Python."""

    def __del__(self) -> None:
        self.close()


_scratch = _Scratch()


def _forget_scratch_file() -> None:
    """Start again: a forked child would write into the same file as its parent."""
    global _scratch  # noqa: PLW0603, there is one
    _scratch = _Scratch()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_scratch_file)


def pillow_decode(data: bytes, out: Frame) -> None:
    """Decode a frame into an array of its shape.

    Raises
    ------
    FrameDecodeError
        If it is cut off or broken.
    """
    # Pillow pads truncated data with gray when any library in the process has set LOAD_TRUNCATED_IMAGES.
    if not is_complete(data, parse_jpeg_header(data)):
        raise FrameDecodeError("broken JPEG: it is cut off")
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
            out[...] = np.asarray(image.convert("L" if out.ndim == 2 else "RGB"))
    except (OSError, SyntaxError, ValueError) as error:
        raise FrameDecodeError(f"broken JPEG: {error}") from error
